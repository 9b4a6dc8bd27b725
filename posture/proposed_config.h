// A holdfast.toml for what was found: one keyspace for each pattern of keys that was seen. Pure.
#pragma once

#include <string>

#include "config/config.h"
#include "posture/key_groups.h"

namespace holdfast::posture {

// `holdfast check` accepts it, and `holdfast run` reaches the same Redis. `upstream`: how that was reached;
// no password is written, but the file it came from is named (`password_file`, empty: it did not come from
// one).
std::string proposed_config(const config::Upstream& upstream, const std::string& password_file,
                            const KeyGroups& keys);

// How the address of an upstream is written: without a login.
std::string bare_url(const config::Upstream& upstream);

}  // namespace holdfast::posture
