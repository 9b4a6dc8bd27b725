#include "journal/padding.h"

namespace holdfast::journal {

std::string make_padding(uint64_t from, size_t bytes) {
  const uint64_t end = (from + bytes + kPaddingLineBytes - 1) / kPaddingLineBytes * kPaddingLineBytes;
  std::string padding(static_cast<size_t>(end - from), '#');
  for (size_t at = kPaddingLineBytes - 1 - from % kPaddingLineBytes; at < padding.size();
       at += kPaddingLineBytes)
    padding[at] = '\n';
  if (!begins_line(from)) padding[0] = '#';
  return padding;
}

std::optional<uint64_t> end_of_content(std::string_view last, uint64_t from) {
  const size_t at = last.find_last_not_of("#\n");
  if (at == std::string_view::npos) return std::nullopt;
  const bool ends_line = last[at] == '\r' && at + 1 < last.size() && last[at + 1] == '\n';
  return from + at + (ends_line ? 2 : 1);
}

}  // namespace holdfast::journal
