// Reads an RDB from its beginning to its end and shows which keys are in it, without making anything of their
// values.
//
// Formats of Redis 2.6 to 8.0 and Valkey up to 8 (RDB versions up to 12; rdb.h, rdb.c of Redis); a key of a
// type that is not known ends the reading with kInvalid. One thread; memory is bounded by one buffer and the
// longest key.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/file_reader.h"

namespace holdfast::journal {

struct RdbKey {
  static constexpr size_t kTextBytes = 128;

  int db = 0;
  std::string_view key;   // valid during the call
  std::string_view type;  // as TYPE says it; "module" for a module's
  std::optional<int64_t> expires_ms;
  // Of strings: the first kTextBytes, and how many there are.
  std::optional<std::string> text;
  uint64_t text_bytes = 0;
};

struct RdbReadOptions {
  // Only for keys that it says yes to are values looked at. Empty: for all.
  std::function<bool(std::string_view key)> wants = {};
  std::function<Status(const RdbKey&)> key = {};
  std::function<Status(uint64_t)> progress = {};  // see ScanOptions
};

// Answers the CRC-32C of the whole file. kCorrupt: it ends too early, or is no RDB.
Result<uint32_t> read_rdb(const FileReader& file, const RdbReadOptions& options);

}  // namespace holdfast::journal
