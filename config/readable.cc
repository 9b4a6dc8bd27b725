#include "config/readable.h"

#include <cstddef>

namespace holdfast::config {
namespace {

constexpr int kMaxDepth = 100;

// Length of the UTF-8 sequence that `lead` begins, 0 when it cannot begin one.
size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

}  // namespace

int first_unreadable_line(std::string_view text) {
  int line = 1;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = sequence_length(lead);
    if (lead == 0 || length == 0 || length > text.size() - i) return line;
    for (size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return line;
    if (lead == '\n') ++line;
    i += length;
  }
  return 0;
}

int first_too_deep_line(std::string_view text) {
  int line = 1, depth = 0;
  bool comment = false;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      comment = false;
    } else if (c == '#') {
      comment = true;
    } else if (!comment && (c == '[' || c == '{')) {
      if (++depth > kMaxDepth) return line;
    } else if (!comment && (c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return 0;
}

}  // namespace holdfast::config
