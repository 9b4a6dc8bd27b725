// The file: permissions, rotation, what logrotate does, a disk that is full.
#include "audit/audit_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace holdfast::audit {
namespace {

namespace fs = std::filesystem;
using ::holdfast::testing::read_file;
using ::holdfast::testing::TempDir;

class AuditFileTest : public ::testing::Test {
 protected:
  TempDir dir;
  const std::string path = dir.file("audit.jsonl");
};

TEST_F(AuditFileTest, IsMadeForItsOwnerOnly) {
  AuditFile file({path});
  ASSERT_TRUE(file.append("line\n").ok());
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_EQ(read_file(path), "line\n");
}

TEST_F(AuditFileTest, IsRenamedWhenItIsLarge) {
  AuditFile file({path, 10, 2});
  for (const char* line : {"1111\n", "2222\n", "3333\n", "4444\n", "5555\n", "6666\n", "7777\n"})
    ASSERT_TRUE(file.append(line).ok());
  EXPECT_EQ(read_file(path), "7777\n");
  EXPECT_EQ(read_file(path + ".1"), "5555\n6666\n");
  EXPECT_EQ(read_file(path + ".2"), "3333\n4444\n");
  EXPECT_FALSE(fs::exists(path + ".3"));
}

TEST_F(AuditFileTest, IsEmptiedWhenNoneIsKept) {
  AuditFile file({path, 10, 0});
  for (const char* line : {"1111\n", "2222\n", "3333\n"}) ASSERT_TRUE(file.append(line).ok());
  EXPECT_EQ(read_file(path), "3333\n");
  EXPECT_FALSE(fs::exists(path + ".1"));
}

TEST_F(AuditFileTest, GoesOnInAFileThatIsThere) {
  ASSERT_TRUE(AuditFile({path, 10, 2}).append("1111\n").ok());
  AuditFile file({path, 10, 2});
  ASSERT_TRUE(file.append("2222\n").ok());
  ASSERT_TRUE(file.append("3333\n").ok());
  EXPECT_EQ(read_file(path + ".1"), "1111\n2222\n");
}

TEST_F(AuditFileTest, IsBegunAnewWhenSomebodyHasRenamedOrDeletedIt) {
  AuditFile file({path});
  ASSERT_TRUE(file.append("1\n").ok());
  fs::rename(path, path + "-yesterday");
  ASSERT_TRUE(file.append("2\n").ok());
  EXPECT_EQ(read_file(path), "2\n");
  fs::remove(path);
  ASSERT_TRUE(file.append("3\n").ok());
  EXPECT_EQ(read_file(path), "3\n");
  EXPECT_EQ(read_file(path + "-yesterday"), "1\n");
}

TEST_F(AuditFileTest, SaysWhyItCannotBeWritten) {
  AuditFile full({"/dev/full"});
  ASSERT_TRUE(full.open().ok());
  EXPECT_EQ(full.append("line\n").error().message(),
            "cannot write to the audit log '/dev/full': No space left on device");
  AuditFile nowhere({dir.file("none/audit.jsonl")});
  EXPECT_EQ(nowhere.append("line\n").error().message(),
            "cannot open the audit log '" + dir.file("none/audit.jsonl") + "': No such file or directory");
}

}  // namespace
}  // namespace holdfast::audit
