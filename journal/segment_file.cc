#include "journal/segment_file.h"

#include "journal/manifest.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

// Whether the redo log is of this very file. A header that cannot be read is for others to complain about.
bool belongs_to(const FileReader& segment, const Redo& redo) {
  uint32_t seed = 0;
  const auto header = read_segment_header(segment, seed, nullptr);
  return header.ok() && header.value().sequence == redo.place.sequence && seed == redo.place.seed;
}

Result<bool> has_all(const FileReader& segment, const Redo& redo) {
  if (segment.size() < redo.end()) return false;
  std::string bytes(redo.bytes.size(), '\0');
  auto read = segment.read_at(redo.place.from, bytes.data(), bytes.size());
  if (!read.ok()) return read.error();
  return bytes == redo.bytes;
}

}  // namespace

Result<std::optional<uint64_t>> first_changed_byte(const FileReader& replaced, const Redo& redo) {
  auto file = FileReader::open(replaced.path());
  if (!file.ok()) return file.error();
  std::string bytes(redo.bytes.size(), '\0');
  auto read = file.value()->read_at(redo.place.from, bytes.data(), bytes.size());
  if (!read.ok()) return read.error();
  for (size_t i = 0; i < read.value(); ++i) {
    if (bytes[i] != redo.bytes[i] && bytes[i] != '\0') return std::optional(redo.place.from + i);
  }
  return std::optional<uint64_t>();
}

bool counts_for(const FileReader& segment, const Redo& redo) {
  return belongs_to(segment, redo) && segment.size() >= redo.place.from;
}

bool is_gap_before(const FileReader& segment, const Redo& redo) {
  return belongs_to(segment, redo) && segment.size() < redo.place.from;
}

Result<std::unique_ptr<FileReader>> open_segment(const std::string& dir, uint64_t sequence,
                                                 const std::optional<Redo>& redo, bool* missing) {
  auto file = FileReader::open(dir + "/" + segment_name(sequence), missing);
  if (!file.ok() || !redo || redo->place.sequence != sequence) return file;
  FileReader& segment = *file.value();
  if (!counts_for(segment, *redo)) return file;
  const auto whole = has_all(segment, *redo);
  if (!whole.ok()) return whole.error();
  if (!whole.value()) segment.replace(redo->place.from, redo->bytes);
  return file;
}

}  // namespace holdfast::journal
