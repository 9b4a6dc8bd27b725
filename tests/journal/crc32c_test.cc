#include "journal/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace holdfast::journal {
namespace {

// RFC 3720, appendix B.4, and the usual check value.
TEST(Crc32c, KnownVectors) {
  std::string ascending(32, '\0');
  for (size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<char>(i);
  const std::string descending(ascending.rbegin(), ascending.rend());
  struct Vector {
    std::string bytes;
    uint32_t crc;
  };
  for (const auto& [bytes, crc] :
       {Vector{"", 0}, Vector{"123456789", 0xe3069283}, Vector{std::string(32, '\0'), 0x8a9136aa},
        Vector{std::string(32, '\xff'), 0x62a8ab43}, Vector{ascending, 0x46dd794e},
        Vector{descending, 0x113fdb5c}}) {
    EXPECT_EQ(crc32c(0, bytes), crc);
    EXPECT_EQ(crc32c_portable(0, bytes.data(), bytes.size()), crc);
  }
}

TEST(Crc32c, TheInstructionAndTheTableAgreeAtEveryLengthAndAlignment) {
  std::mt19937 random(1);
  std::string bytes(300, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (size_t from = 0; from < 9; ++from) {
    for (size_t size = 0; from + size <= bytes.size(); ++size)
      ASSERT_EQ(crc32c(7, bytes.data() + from, size), crc32c_portable(7, bytes.data() + from, size));
  }
}

// Long enough for every way in which pieces are put together.
TEST(Crc32c, TheInstructionAndTheTableAgreeOnLongRuns) {
  std::mt19937 random(2);
  std::string bytes(3 * 4096 * 3 + 3 * 256 + 17, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (size_t size = 3 * 256 - 9; size <= bytes.size(); size += 251)
    ASSERT_EQ(crc32c(9, bytes.data(), size), crc32c_portable(9, bytes.data(), size)) << size;
  EXPECT_EQ(crc32c(0, bytes), crc32c_portable(0, bytes.data(), bytes.size()));
}

TEST(Crc32c, Continues) {
  const std::string bytes = "the bytes of a group and of its record";
  for (size_t cut = 0; cut <= bytes.size(); ++cut)
    EXPECT_EQ(crc32c(crc32c(0, bytes.substr(0, cut)), bytes.substr(cut)), crc32c(0, bytes));
}

}  // namespace
}  // namespace holdfast::journal
