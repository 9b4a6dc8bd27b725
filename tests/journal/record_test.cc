// The bytes of docs/journal-format.md.
#include "journal/record.h"

#include <gtest/gtest.h>

#include "journal/crc32c.h"

namespace holdfast::journal {
namespace {

const std::string kReplid = "0123456789abcdef0123456789abcdef01234567";
const SegmentHeader kHeader{7, 3, kReplid, 1000, 2, 1700000000123, 0x00ff00ff00ff00ff};

TEST(Record, HeaderByteForByte) {
  uint32_t crc = 0;
  const std::string line = format_header(kHeader, crc);
  const std::string sealed =
      "#HF segment version=1 seq=7 generation=3 replid=0123456789abcdef0123456789abcdef01234567 start=1000 "
      "db=2 "
      "time=1700000000123 salt=00ff00ff00ff00ff crc=";
  EXPECT_EQ(crc, crc32c(0, sealed));
  EXPECT_EQ(line, sealed + "99497bf8\r\n");
  uint32_t parsed_crc = 0;
  auto parsed = parse_header(line, parsed_crc);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value(), kHeader);
  EXPECT_EQ(parsed_crc, crc);
}

TEST(Record, GroupByteForByte) {
  const GroupRecord record{1100, 100, 1700000000456, 3};
  const uint32_t crc_of_bytes = crc32c(0x12345678, std::string(100, 'x'));
  const std::string line = format_group(record, crc_of_bytes);
  EXPECT_EQ(line, "#HF group end=1100 length=100 time=1700000000456 db=3 crc=749cec33\r\n");
  auto parsed = parse_group(line, crc_of_bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value(), record);
  EXPECT_FALSE(parse_group(line, crc_of_bytes + 1).ok()) << "other bytes";
}

TEST(Record, IdByteForByte) {
  const IdRecord record{kReplid, 1100};
  const std::string line = format_id(record, 0x12345678);
  EXPECT_EQ(line, "#HF id replid=0123456789abcdef0123456789abcdef01234567 from=1100 crc=62390881\r\n");
  auto parsed = parse_id(line, 0x12345678);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value(), record);
}

TEST(Record, LinesFitRedis) {
  SegmentHeader header = kHeader;
  header.sequence = header.generation = header.start = header.salt = UINT64_MAX;
  header.db = INT32_MAX;
  header.time_ms = INT64_MAX;
  uint32_t crc = 0;
  EXPECT_LE(format_header(header, crc).size(), kLineBytesMax);
  EXPECT_TRUE(parse_header(format_header(header, crc), crc).ok());
  const GroupRecord record{UINT64_MAX, UINT64_MAX, INT64_MAX, INT32_MAX};
  EXPECT_LE(format_group(record, 0).size(), kLineBytesMax);
  EXPECT_EQ(parse_group(format_group(record, 0), 0).value(), record);
}

TEST(Record, EveryChangedByteIsSeen) {
  uint32_t crc = 0;
  const std::string lines[] = {format_header(kHeader, crc), format_group({1100, 100, 5, 0}, 9),
                               format_id({kReplid, 7}, 9)};
  for (const std::string& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      for (const int bit : {1, 2, 4, 8, 16, 32, 64, 128}) {
        std::string changed = line;
        changed[i] = static_cast<char>(changed[i] ^ bit);
        EXPECT_FALSE(parse_header(changed, crc).ok() || parse_group(changed, 9).ok() ||
                     parse_id(changed, 9).ok())
            << changed;
      }
    }
    for (size_t size = 0; size < line.size(); ++size) {
      const std::string cut = line.substr(0, size);
      EXPECT_FALSE(parse_header(cut, crc).ok() || parse_group(cut, 9).ok() || parse_id(cut, 9).ok());
    }
  }
}

TEST(Record, Prelude) {
  EXPECT_EQ(select_prelude(0), "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n");
  EXPECT_EQ(select_prelude(15), "*2\r\n$6\r\nSELECT\r\n$2\r\n15\r\n");
}

}  // namespace
}  // namespace holdfast::journal
