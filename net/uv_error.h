// Turns libuv's error numbers into Errors.
#pragma once

#include <string_view>

#include "base/result.h"

namespace holdfast::net {

// "<what>: connection refused"; the code is kUnavailable, kTimeout or kIo.
Error uv_error(std::string_view what, int uv_problem);

}  // namespace holdfast::net
