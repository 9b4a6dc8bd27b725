// What stands behind the last record of a segment that is being written: room for the groups to come.
//
// Bytes that overwrite what a file already has change none of its metadata, so fdatasync need not wait for
// the file system's own journal (docs/performance.md). The room is made of annotation lines, which Redis's
// loader and redis-check-aof skip: '#' and LF only, so that what an overwriting leaves of them is still a
// line. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::journal {

// A line of padding ends before each file offset that is a multiple of this. Two of them together are still
// shorter than the longest line that a loader takes: the first byte may have to be rewritten (begins_line()).
inline constexpr uint64_t kPaddingLineBytes = 512;

// Padding from file offset `from` on, to a line's end, at least `bytes` of it.
std::string make_padding(uint64_t from, size_t bytes);

// May a record end at this offset, with padding behind it? Not where that has its LF: a loader knows no blank
// lines. Then a '#' is to be written there.
inline bool begins_line(uint64_t offset) {
  return offset % kPaddingLineBytes != kPaddingLineBytes - 1;
}

// Where the bytes of a file end that may end in padding: behind the last byte that is neither '#' nor LF and
// the LF of its line. A record, a header and a command end in CRLF, so of these nothing is taken for padding.
// `last`: the end of the file, beginning at offset `from`; nothing when it is padding through and through.
std::optional<uint64_t> end_of_content(std::string_view last, uint64_t from);

}  // namespace holdfast::journal
