// A holdfast.toml for what was found: one keyspace for each pattern of keys that was seen. Pure.
#pragma once

#include <string>

#include "config/config.h"
#include "posture/key_groups.h"

namespace holdfast::posture {

// `holdfast check` accepts it. `upstream_url` as it is to be written, without a password.
std::string proposed_config(const std::string& upstream_url, const KeyGroups& keys);

}  // namespace holdfast::posture
