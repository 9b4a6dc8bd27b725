#include "journal/redo_record.h"

#include <algorithm>
#include <cassert>
#include <memory>

#include "journal/crc32c.h"
#include "journal/durable_file.h"
#include "journal/file_reader.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kMagic = "HFREDO2\n";
// Of builds before 0.1.0: the next record follows at once, not at the next block.
constexpr std::string_view kOldMagic = "HFREDO1\n";
constexpr size_t kCrcAt = kRedoHeaderBytes - 4;

// Answers where the next one goes.
char* put_number(char* out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(value >> (8 * i));
  return out + bytes;
}

// Takes it from the front.
uint64_t take_number(std::string_view& from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t{static_cast<uint8_t>(from[i])} << (8 * i);
  from.remove_prefix(bytes);
  return value;
}

struct Record {
  uint64_t lap = 0;
  RedoPlace place;
  std::string_view bytes;
};

// Takes the record at the front; nothing: there is no whole one.
std::optional<Record> take_record(std::string_view& from) {
  if (from.size() < kRedoHeaderBytes) return std::nullopt;
  const bool is_old = from.starts_with(kOldMagic);
  if (!is_old && !from.starts_with(kMagic)) return std::nullopt;
  std::string_view header = from.substr(kMagic.size());
  Record record;
  record.lap = take_number(header, 8);
  record.place.sequence = take_number(header, 8);
  record.place.from = take_number(header, 8);
  record.place.seed = static_cast<uint32_t>(take_number(header, 4));
  const uint64_t size = take_number(header, 4);
  const auto crc = static_cast<uint32_t>(take_number(header, 4));
  if (size > from.size() - kRedoHeaderBytes) return std::nullopt;
  record.bytes = from.substr(kRedoHeaderBytes, size);
  if (crc32c(crc32c(0, from.substr(0, kCrcAt)), record.bytes) != crc) return std::nullopt;
  const size_t taken = is_old ? kRedoHeaderBytes + size : redo_record_size(size);
  from.remove_prefix(std::min(taken, from.size()));
  return record;
}

}  // namespace

size_t redo_record_size(size_t bytes) {
  return (kRedoHeaderBytes + bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

void write_redo_record(char* out, uint64_t lap, const RedoPlace& place, std::string_view bytes) {
  char* at = std::copy(kMagic.begin(), kMagic.end(), out);
  at = put_number(at, lap, 8);
  at = put_number(at, place.sequence, 8);
  at = put_number(at, place.from, 8);
  at = put_number(at, place.seed, 4);
  at = put_number(at, bytes.size(), 4);
  assert(at == out + kCrcAt);
  at = put_number(at, crc32c(crc32c(0, {out, kCrcAt}), bytes), 4);
  at = std::copy(bytes.begin(), bytes.end(), at);
  std::fill(at, out + redo_record_size(bytes.size()), '\0');
}

Result<std::optional<Redo>> read_redo(const std::string& dir) {
  bool missing = false;
  auto file = FileReader::open(dir + "/" + std::string(kRedoName), &missing);
  if (!file.ok() && missing) return std::optional<Redo>();
  if (!file.ok()) return file.error();
  std::string content(std::min(file.value()->size(), kRedoBytes), '\0');
  auto read = file.value()->read_at(0, content.data(), content.size());
  if (!read.ok()) {
    return Error(read.error().code(), read.error().message() +
                                          "; what was acknowledged last may stand in that file alone: keep a "
                                          "copy of the directory and look at the disk; to go on without it, "
                                          "move the file away");
  }
  std::string_view rest(content.data(), read.value());

  std::optional<Redo> redo;
  uint64_t lap = 0;
  while (const auto record = take_record(rest)) {
    if (!redo) {
      redo = Redo{record->place, {}};
      lap = record->lap;
    } else if (record->lap != lap || record->place.from != redo->end()) {
      break;
    }
    redo->bytes += record->bytes;
  }
  return redo;
}

}  // namespace holdfast::journal
