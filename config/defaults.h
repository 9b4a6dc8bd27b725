// What every section says when nobody wrote it: the defaults that are more than a number in config.h.
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast::config {

Server default_server();
Upstream default_upstream(const std::string& name);

// Listens only when it is the environment "default": two environments cannot share an address.
Environment default_environment(const std::string& name);

inline constexpr const char* kDefaultUpstream = "main";
inline constexpr const char* kDefaultEnvironment = "default";

}  // namespace holdfast::config
