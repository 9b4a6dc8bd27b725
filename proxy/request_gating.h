// What a request waits for on account of the journal: the durability of its keys and of its environment's
// reads. Pure; any thread. The same for a running Holdfast and for `holdfast explain`.
#pragma once

#include <span>
#include <string_view>

#include "config/config.h"
#include "policy/command_table.h"
#include "proxy/gating.h"

namespace holdfast::proxy {

// What nobody knows is never taken for a read.
bool may_write(policy::CommandId id);

// `durability`: what the strictest of its keys asks for, should it write.
Gating gating_of_request(const config::Environment& config, policy::CommandId id,
                         config::Durability durability, std::span<const std::string_view> arguments);

// As far as it is known without the arguments: the strictest that any can ask for.
Gating strictest_gating(const config::Environment& config, policy::CommandId id,
                        config::Durability durability);

// SET's options decide whether its reply tells what was there.
bool gating_needs_arguments(const config::Environment& config, policy::CommandId id);

}  // namespace holdfast::proxy
