// The error replies of policy, as bytes of RESP. Text from outside (a client's command name, names and rules
// of the configuration) is made printable first, so no carriage return or line feed can end the reply early
// and forge another. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/command_table.h"

namespace holdfast::policy {

// At most `limit` bytes of `text`, every byte that is not printable ASCII as '?'.
std::string printable(std::string_view text, size_t limit = std::string_view::npos);

// A command's name as a person types it: "FLUSHALL", "CONFIG SET".
std::string display_name(const CommandInfo& command);

// "-NOPERM holdfast: <what> is blocked in environment '<environment>' (rule '<rule>')\r\n"
std::string refusal(std::string_view what, std::string_view environment, std::string_view rule);

}  // namespace holdfast::policy
