// A command as a person types it in redis-cli, cut into its arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::cli {

// At spaces; "double quotes" with \n \r \t \b \a \\ \" \xNN, 'single quotes' with \' (sds.c, sdssplitargs).
Result<std::vector<std::string>> split_command(std::string_view text);

// The other way, for messages: quoted only where needed, and cut when it is long.
std::string join_command(const std::vector<std::string>& arguments);

}  // namespace holdfast::cli
