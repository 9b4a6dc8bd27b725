#include "journal/rdb_checksum.h"

#include <gtest/gtest.h>

#include "tests/journal/made_journal.h"

namespace holdfast::journal {
namespace {

RdbChecksum::Verdict verdict_of(const std::string& bytes, size_t piece) {
  RdbChecksum checksum;
  for (size_t at = 0; at < bytes.size(); at += piece)
    checksum.feed(std::string_view(bytes).substr(at, piece));
  std::string problem;
  return checksum.finish(problem);
}

std::string rdb_of(const std::string& magic) {
  std::string rdb = magic + std::string(100, 'x') + "\xff";
  const uint64_t crc = crc64(0, rdb);
  for (int i = 0; i < 8; ++i) rdb += static_cast<char>(crc >> (8 * i));
  return rdb;
}

// crc64.c, crc64Test.
TEST(RdbChecksum, KnownVector) {
  EXPECT_EQ(crc64(0, "123456789"), 0xe9c6d914c4b8d9caull);
  EXPECT_EQ(crc64(crc64(0, "1234"), "56789"), 0xe9c6d914c4b8d9caull);
}

TEST(RdbChecksum, InPiecesOfEverySize) {
  const std::string rdb = rdb_of("REDIS0010");
  std::string wrong = rdb;
  wrong[50] = 'y';
  const std::string none = rdb.substr(0, rdb.size() - 8) + std::string(8, '\0');
  for (size_t piece = 1; piece <= rdb.size(); ++piece) {
    ASSERT_EQ(verdict_of(rdb, piece), RdbChecksum::Verdict::kRight) << piece;
    ASSERT_EQ(verdict_of(wrong, piece), RdbChecksum::Verdict::kWrong) << piece;
    ASSERT_EQ(verdict_of(none, piece), RdbChecksum::Verdict::kNone) << piece;
    ASSERT_EQ(verdict_of(rdb.substr(1), piece), RdbChecksum::Verdict::kNotAnRdb) << piece;
    ASSERT_EQ(verdict_of(rdb + "x", piece), RdbChecksum::Verdict::kNotAnRdb) << piece;
  }
  EXPECT_EQ(verdict_of("", 1), RdbChecksum::Verdict::kNotAnRdb);
  EXPECT_EQ(verdict_of(empty_rdb(), 3), RdbChecksum::Verdict::kRight);
}

TEST(RdbChecksum, OfRedisAndOfValkey) {
  EXPECT_EQ(verdict_of(rdb_of("REDIS0011"), 7), RdbChecksum::Verdict::kRight);
  EXPECT_EQ(verdict_of(rdb_of("VALKEY080"), 7), RdbChecksum::Verdict::kRight);
  EXPECT_EQ(verdict_of(rdb_of("VALKEY08x"), 7), RdbChecksum::Verdict::kNotAnRdb);
  EXPECT_EQ(verdict_of(rdb_of("REDIS001x"), 7), RdbChecksum::Verdict::kNotAnRdb);
}

}  // namespace
}  // namespace holdfast::journal
