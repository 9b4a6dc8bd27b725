// The commands of a group, one after the other, with their arguments, offsets and databases.
//
// For groups whose checksum has matched (segment_reader.h). One thread. Memory is bounded: of a command
// beyond 1 MiB only the first megabyte of each argument is kept, of a command of hundreds of megabytes less.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {

struct StreamCommand {
  // Valid until the next next(). `sizes`: the bytes that each argument really has.
  std::span<const std::string_view> arguments;
  std::span<const uint64_t> sizes;
  uint64_t start = 0;  // replication offset before it
  uint64_t end = 0;    // and after it
  int db = 0;          // in which it ran
  bool in_transaction = false;
  uint64_t cut_before = 0;  // the last offset before it at which a cut may be: not inside MULTI/EXEC
  bool is_own = false;      // PING, SELECT, REPLCONF, MULTI, EXEC: no change of data

  std::string_view name() const { return arguments[0]; }
};

class CommandReader {
 public:
  explicit CommandReader(const FileReader& file);

  // Begins with the first command of a group; `group` is not kept.
  void begin(const ScannedGroup& group);
  // False at the end of the group.
  Result<bool> next(StreamCommand& command);

 private:
  Result<std::string_view> at_least(uint64_t position, size_t size);
  Result<uint64_t> take_number(uint64_t& position, char prefix);
  Result<uint64_t> take_large(uint64_t position);
  void note(std::string_view head, StreamCommand& command);

  const FileReader& file_;
  std::vector<char> buffer_;
  uint64_t buffer_at_ = 0;  // in the file, of buffer_[0]
  size_t buffer_size_ = 0;

  uint64_t at_ = 0;   // in the file, of the next command
  uint64_t end_ = 0;  // of the group's commands
  uint64_t offset_ = 0;
  int db_ = 0;
  bool in_transaction_ = false;
  uint64_t transaction_start_ = 0;

  std::vector<std::string_view> arguments_;
  std::vector<uint64_t> sizes_;
  std::string kept_;  // of arguments that are not all in the buffer
};

}  // namespace holdfast::journal
