// The small files beside the journal: what is written is read again, and what is damaged is not believed.
#include "journal/notes.h"

#include <gtest/gtest.h>

#include "journal/lost_writes.h"
#include "journal/sealed_line.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

using testing::TempDir;

TEST(Notes, TheServerIsKnownAgain) {
  TempDir dir;
  EXPECT_FALSE(read_server_note(dir.path()));
  const ServerLife life{std::string(40, 'c'), 1, 2, 3, 4};
  ASSERT_TRUE(write_server_note(FileSystem::real(), dir.path(), life).ok());
  const auto read = read_server_note(dir.path());
  ASSERT_TRUE(read);
  EXPECT_TRUE(life.goes_on_as(*read));
  EXPECT_EQ(read->commands, 4u);

  std::string text = testing::read_file(dir.file("holdfast.server"));
  text[text.find("role_changes=1") + 13] = '0';
  testing::write_file(dir.file("holdfast.server"), text);
  EXPECT_FALSE(read_server_note(dir.path()));
}

TEST(Notes, ARecoveryIsRemembered) {
  TempDir dir;
  EXPECT_FALSE(read_recovery_note(dir.path()));
  const Endpoint told{Endpoint::Kind::kTcp, "::1", 7379, ""};
  const Endpoint other{Endpoint::Kind::kTcp, "127.0.0.1", 7380, ""};
  for (const bool keep_first : {true, false}) {
    ASSERT_TRUE(write_recovery_note(FileSystem::real(), dir.path(), {{other, told}, keep_first}).ok());
    ASSERT_TRUE(read_recovery_note(dir.path()));
    EXPECT_EQ(read_recovery_note(dir.path())->told, (std::vector<Endpoint>{other, told}));
    EXPECT_EQ(read_recovery_note(dir.path())->keep_first, keep_first);
  }
  ReplicationInfo info;
  info.master_host = "127.0.0.1";
  info.master_port = 7380;
  EXPECT_TRUE(read_recovery_note(dir.path())->is_about(info));
  info.master_port = 7379;
  EXPECT_FALSE(read_recovery_note(dir.path())->is_about(info));
  ASSERT_TRUE(remove_recovery_note(FileSystem::real(), dir.path()).ok());
  EXPECT_FALSE(read_recovery_note(dir.path()));
}

LostWrites lost_after(uint64_t after) {
  LostWrites lost;
  lost.generation = 3;
  lost.replid = std::string(40, 'a');
  lost.after = after;
  lost.end = 2000;
  lost.exact = true;
  lost.operations = 7;
  lost.keys = 3;
  lost.found_ms = 1'700'000'000'123;
  return lost;
}

TEST(LostWrites, AreNotedOnceAndSettled) {
  TempDir dir;
  FileSystem& files = FileSystem::real();
  ASSERT_TRUE(read_lost_writes(dir.path()).value().empty());
  ASSERT_TRUE(settle_lost_writes(files, dir.path(), "accepted", 5).ok());
  ASSERT_TRUE(note_lost_writes(files, dir.path(), lost_after(1000)).ok());
  ASSERT_TRUE(note_lost_writes(files, dir.path(), lost_after(1000)).ok());
  auto read = read_lost_writes(dir.path());
  ASSERT_EQ(read.value().size(), 1u);
  EXPECT_TRUE(read.value()[0].is_about(lost_after(1000)));
  EXPECT_TRUE(read.value()[0].is_open());
  EXPECT_EQ(read.value()[0].operations, 7u);
  EXPECT_EQ(read.value()[0].found_ms, 1'700'000'000'123);

  ASSERT_TRUE(settle_lost_writes(files, dir.path(), "given-back", 99).ok());
  ASSERT_TRUE(note_lost_writes(files, dir.path(), lost_after(1500)).ok());
  read = read_lost_writes(dir.path());
  ASSERT_EQ(read.value().size(), 2u);
  EXPECT_EQ(read.value()[0].outcome, "given-back");
  EXPECT_EQ(read.value()[0].settled_ms, 99);
  EXPECT_TRUE(read.value()[1].is_open());
}

TEST(LostWrites, ADamagedFileIsReported) {
  TempDir dir;
  ASSERT_TRUE(note_lost_writes(FileSystem::real(), dir.path(), lost_after(1000)).ok());
  std::string text = testing::read_file(dir.file("holdfast.lost"));
  text[20] ^= 1;
  testing::write_file(dir.file("holdfast.lost"), text);
  const auto read = read_lost_writes(dir.path());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(read.error().message().find("holdfast.lost: corrupt in line 1"), std::string::npos);
}

TEST(SealedLine, AnyChangedByteBreaksTheSeal) {
  const std::string line = seal_line("#HF thing name=value number=42");
  const auto opened = open_line(line, "thing");
  ASSERT_TRUE(opened);
  EXPECT_EQ(text_field(*opened, "name"), "value");
  EXPECT_EQ(number_field(*opened, "number"), 42u);
  EXPECT_EQ(text_field(*opened, "missing"), "");
  EXPECT_FALSE(open_line(line, "other"));
  for (size_t i = 0; i + 1 < line.size(); ++i) {
    std::string changed = line;
    changed[i] ^= 1;
    EXPECT_FALSE(open_line(changed, "thing")) << i;
  }
}

}  // namespace
}  // namespace holdfast::journal
