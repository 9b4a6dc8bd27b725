// A small file, whole: the configuration itself and the files of secrets that it names.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace holdfast::config {

// The error names the path and the reason. A file larger than `max_bytes` is refused: it is not what was
// meant (a device, a log). Blocking; main thread, at start or reload.
Result<std::string> read_file(const std::string& path, size_t max_bytes);

}  // namespace holdfast::config
