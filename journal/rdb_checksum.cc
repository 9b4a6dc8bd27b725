#include "journal/rdb_checksum.h"

#include <array>

namespace holdfast::journal {
namespace {

constexpr uint64_t kPolynomial = 0x95ac9329ac4bc9b5;  // reflected
constexpr char kEofOpcode = static_cast<char>(0xff);

// As in crc32c.cc: kTables[k][b] is byte b followed by k zero bytes.
constexpr auto kTables = [] {
  std::array<std::array<uint64_t, 256>, 8> tables{};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint64_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

uint64_t little_endian(const char* bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i)
    word |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return word;
}

}  // namespace

uint64_t crc64(uint64_t crc, std::string_view bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const uint64_t word = crc ^ little_endian(at);
    crc = kTables[7][word & 0xff] ^ kTables[6][(word >> 8) & 0xff] ^ kTables[5][(word >> 16) & 0xff] ^
          kTables[4][(word >> 24) & 0xff] ^ kTables[3][(word >> 32) & 0xff] ^
          kTables[2][(word >> 40) & 0xff] ^ kTables[1][(word >> 48) & 0xff] ^ kTables[0][word >> 56];
  }
  for (; left > 0; ++at, --left)
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xff];
  return crc;
}

void RdbChecksum::feed(std::string_view bytes) {
  if (bytes.empty()) return;
  if (head_.size() < kMagic) head_ += bytes.substr(0, kMagic - head_.size());
  // What is certainly not among the last bytes of the file is summed up.
  if (bytes.size() >= kEnd) {
    crc_ = crc64(crc_, tail_);
    if (!tail_.empty()) before_ = tail_.back();
    const std::string_view body = bytes.substr(0, bytes.size() - kEnd);
    crc_ = crc64(crc_, body);
    if (!body.empty()) before_ = body.back();
    tail_ = bytes.substr(bytes.size() - kEnd);
    return;
  }
  tail_ += bytes;
  if (tail_.size() <= kEnd) return;
  const size_t surplus = tail_.size() - kEnd;
  crc_ = crc64(crc_, std::string_view(tail_).substr(0, surplus));
  before_ = tail_[surplus - 1];
  tail_.erase(0, surplus);
}

bool RdbChecksum::has_magic() const {
  // Valkey 9 and newer write the other one (rdb.c, rdbSaveRio).
  for (const std::string_view name : {"REDIS", "VALKEY"}) {
    if (head_.size() == kMagic && head_.starts_with(name) &&
        head_.find_first_not_of("0123456789", name.size()) == std::string::npos)
      return true;
  }
  return false;
}

RdbChecksum::Verdict RdbChecksum::finish(std::string& problem) const {
  if (!has_magic() || tail_.size() < kEnd || before_ != kEofOpcode) {
    problem = has_magic() ? "it does not end as an RDB does" : "it does not begin as an RDB does";
    return Verdict::kNotAnRdb;
  }
  const uint64_t written = little_endian(tail_.data());
  if (written == 0) return Verdict::kNone;
  if (written == crc_) return Verdict::kRight;
  problem = "the checksum that Redis wrote at its end does not match";
  return Verdict::kWrong;
}

}  // namespace holdfast::journal
