#include "journal/manifest.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.generation = 3;
  manifest.base = {5, 12345, 0x00abcdef, "0123456789abcdef0123456789abcdef01234567", 1000, 1700000000123};
  manifest.segments = {6, 9};
  return manifest;
}

TEST(Manifest, ByteForByte) {
  Manifest manifest = example();
  const std::string text =
      "#HF journal version=1 generation=3\n"
      "#HF base size=12345 crc=00abcdef replid=0123456789abcdef0123456789abcdef01234567 offset=1000 "
      "time=1700000000123\n"
      "file appendonly.aof.5.base.rdb seq 5 type b\n"
      "file appendonly.aof.6.incr.aof seq 6 type i\n"
      "file appendonly.aof.9.incr.aof seq 9 type i\n";
  EXPECT_EQ(format_manifest(manifest), text + "#HF manifest crc=d1d00df5\n");
  EXPECT_EQ(parse_manifest(format_manifest(manifest)).value(), manifest);
  manifest.closed = Manifest::Closed{2000, 1700000009999};
  EXPECT_EQ(format_manifest(manifest),
            text + "#HF closed offset=2000 time=1700000009999\n#HF manifest crc=9183008d\n");
  EXPECT_EQ(parse_manifest(format_manifest(manifest)).value(), manifest);
}

TEST(Manifest, EarlierStretchesStandInCommentsBeforeTheBase) {
  Manifest manifest = example();
  manifest.earlier.push_back({manifest.base, {6, 9}});
  manifest.base = {12, 23456, 0x12345678, "0123456789abcdef0123456789abcdef01234567", 90000, 1700000777000};
  manifest.segments = {10};  // begun before the base behind which it stands was made
  const std::string text = format_manifest(manifest);
  EXPECT_TRUE(text.starts_with(
      "#HF journal version=1 generation=3\n"
      "#HF earlier-base seq=5 size=12345 crc=00abcdef replid=0123456789abcdef0123456789abcdef01234567 "
      "offset=1000 time=1700000000123\n"
      "#HF earlier-segment seq=6\n"
      "#HF earlier-segment seq=9\n"
      "#HF base size=23456 crc=12345678 replid=0123456789abcdef0123456789abcdef01234567 offset=90000 "
      "time=1700000777000\n"
      "file appendonly.aof.12.base.rdb seq 12 type b\n"
      "file appendonly.aof.10.incr.aof seq 10 type i\n"
      "#HF manifest crc="))
      << text;
  EXPECT_EQ(parse_manifest(text).value(), manifest);
  ASSERT_EQ(manifest.stretches().size(), 2u);
  EXPECT_EQ(manifest.stretches()[0].segments, (std::vector<uint64_t>{6, 9}));
  EXPECT_EQ(manifest.file_names().size(), 5u);
  manifest.base.db = 3;
  EXPECT_NE(format_manifest(manifest).find(" time=1700000777000 db=3\nfile "), std::string::npos);
  EXPECT_EQ(parse_manifest(format_manifest(manifest)).value(), manifest);
  manifest.segments = {9};
  EXPECT_FALSE(parse_manifest(format_manifest(manifest)).ok()) << "a segment belongs to one stretch";
}

TEST(Manifest, EveryChangedOrMissingByteIsSeen) {
  const std::string text = format_manifest(example());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(parse_manifest(changed).ok()) << changed;
    EXPECT_FALSE(parse_manifest(text.substr(0, i)).ok()) << i;
    EXPECT_FALSE(parse_manifest(text.substr(0, i) + "\n" + text.substr(i)).ok()) << i;
  }
}

TEST(Manifest, AnothersIsRefusedAndNotCalledDamaged) {
  auto redis = parse_manifest("file appendonly.aof.1.base.rdb seq 1 type b\n");
  EXPECT_EQ(redis.error().code(), ErrorCode::kInvalid);
  EXPECT_NE(redis.error().message().find("was not written by Holdfast"), std::string::npos);
  auto newer = parse_manifest("#HF journal version=2 generation=1\n");
  EXPECT_EQ(newer.error().code(), ErrorCode::kInvalid);
  EXPECT_NE(newer.error().message().find("newer"), std::string::npos);
}

TEST(Manifest, Names) {
  EXPECT_EQ(sequence_of("appendonly.aof.12.base.rdb"), 12u);
  EXPECT_EQ(sequence_of("appendonly.aof.7.incr.aof"), 7u);
  EXPECT_EQ(generation_of("appendonly.aof.generation-2.manifest"), 2u);
  for (const char* name : {"appendonly.aof.07.incr.aof", "appendonly.aof.7.incr.aof.tmp",
                           "appendonly.aof.manifest", "appendonly.aof..incr.aof", "dump.rdb", ""}) {
    EXPECT_FALSE(sequence_of(name)) << name;
    EXPECT_FALSE(generation_of(name)) << name;
  }
}

TEST(Manifest, ReadsAFile) {
  testing::TempDir dir;
  auto none = read_manifest(dir.file("none"));
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none.value());
  testing::write_file(dir.file("bad"), "#HF journal version=1 generation=3\n");
  EXPECT_NE(read_manifest(dir.file("bad")).error().message().find(dir.file("bad")), std::string::npos);
}

}  // namespace
}  // namespace holdfast::journal
