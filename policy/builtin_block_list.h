// "@builtin": the commands that an environment blocks unless it is told otherwise.
//
// A command is here when one call of it can lose data, stop or stall the server for everybody, change its
// configuration or security, or cut off or deceive the journal. What ordinary applications, client libraries
// and monitoring use is not here; docs/policy.md has both lists. Pure and constant; any thread.
#pragma once

#include <span>
#include <string_view>

namespace holdfast::policy {

struct BuiltinBlock {
  std::string_view command;  // as CommandInfo::name: "flushall", "config|set"
  std::string_view reason;   // one clause for a person: what one call does, or has done to people
};

std::span<const BuiltinBlock> builtin_block_list();

}  // namespace holdfast::policy
