// Compression of an answer. Any thread; keeps zlib out of everybody else's headers.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::metrics {

// Empty when there is no memory for it: then the bytes go out as they are.
std::string gzip(std::string_view bytes);

}  // namespace holdfast::metrics
