// Draws problems for a person: each with its place, the line of the file, and where in it.
//
//   holdfast.toml:5:1: error: unknown key 'lisen' in [environment.default]; did you mean 'listen'?
//       5 | lisen = ["127.0.0.1:6380"]
//         | ^~~~~
//
// A password that the line holds is not shown. Pure; any thread.
#pragma once

#include <string>

#include "config/problems.h"

namespace holdfast::config {

// All problems in the order of the file, each ends with a newline.
std::string draw(const ProblemList& problems);

// "2 errors and 1 warning"
std::string count_of(const ProblemList& problems);

// The line as it may be shown: passwords in urls and ACL rules, and whatever a key with "password" in its
// name holds, are "***". `column` (1 = the first, 0: none) is moved with what stands there.
std::string without_secrets(std::string_view line, int& column);

}  // namespace holdfast::config
