// The checksum that a Redis writes at the end of an RDB: is the file as that Redis made it?
//
// CRC-64 of the Jones polynomial over everything before it, little endian, behind the EOF opcode (rdb.c,
// rdbSaveRio; crc64.c); eight zero bytes when the Redis has rdbchecksum no. Pure; feed it the file in pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::journal {

// crc64(crc64(0, a), b) == crc64(0, ab). Check value of "123456789": e9c6d914c4b8d9ca.
uint64_t crc64(uint64_t crc, std::string_view bytes);

class RdbChecksum {
 public:
  void feed(std::string_view bytes);

  enum class Verdict { kRight, kWrong, kNone, kNotAnRdb };
  // After the last piece. `problem` says what is wrong, for a person.
  Verdict finish(std::string& problem) const;

 private:
  bool has_magic() const;

  static constexpr size_t kEnd = 8;
  static constexpr size_t kMagic = 9;  // REDIS and four digits, or VALKEY and three

  uint64_t crc_ = 0;  // of everything but the last kEnd bytes
  std::string head_;  // the first kMagic bytes
  std::string tail_;  // the last kEnd bytes, or fewer
  char before_ = 0;   // the byte before them
};

}  // namespace holdfast::journal
