// Figures for people. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

std::string readable_bytes(uint64_t bytes);  // "12.3 MiB", "512 B"

}  // namespace holdfast
