// The bytes of an RDB in order, as its parts are written: lengths, strings, numbers.
//
// One thread. The first error stays: everything after it answers zeros and empty strings, so that it is asked
// for once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/file_reader.h"

namespace holdfast::journal {

class RdbSource {
 public:
  RdbSource(const FileReader& file, std::function<Status(uint64_t)> progress);

  const Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }
  void fail(const std::string& what);
  uint64_t offset() const { return buffer_start_ + at_; }
  uint32_t crc() const {
    return crc_;
  }  // CRC-32C of everything up to what was read ahead; at the end, of the file
  bool at_end();

  uint8_t byte();
  uint64_t little_endian(int bytes);
  void skip(uint64_t bytes);
  // A length (rdb.c, rdbLoadLen).
  uint64_t length();
  // A string (rdbGenericLoadStringObject): the first `most` bytes of it; `size` says how many it has.
  std::string text(uint64_t most, uint64_t* size = nullptr);
  void skip_text();

 private:
  struct Coded {
    uint64_t value = 0;
    bool is_special = false;  // a string that is no string of bytes
  };
  Coded coded_length();
  bool fill();
  std::string raw(uint64_t bytes);
  std::string compressed(uint64_t most, uint64_t* size);

  const FileReader& file_;
  std::function<Status(uint64_t)> progress_;
  Status status_;
  std::vector<char> buffer_;
  uint64_t buffer_start_ = 0;  // of the buffer in the file
  size_t filled_ = 0;
  size_t at_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace holdfast::journal
