// From recorders on several threads to the file, and what happens while it cannot be written.
#include "audit/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::audit {
namespace {

using ::holdfast::testing::read_file;
using ::holdfast::testing::TempDir;
using ::holdfast::testing::wait_until;
using ::testing::HasSubstr;

void record(Recorder& recorder, std::string_view user, uint64_t command = 0) {
  Sighting sighting;
  sighting.user = user;
  sighting.verdict = "refused";
  recorder.record(sighting, command, 0);
}

std::string content(const std::string& path) {
  return std::filesystem::exists(path) ? read_file(path) : "";
}

TEST(AuditLog, WritesWhatAllThreadsSaw) {
  const TempDir dir;
  const std::string path = dir.file("audit.jsonl");
  {
    AuditLog log(3);
    ASSERT_TRUE(log.configure({path}).ok());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < 3; ++i)
      threads.emplace_back([&log, i] {
        for (uint64_t command = 0; command < 100; ++command)
          record(log.recorder(i), "user " + std::to_string(i), command);
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(wait_until([&] { return log.stats().written.get() == 300; }));
    record(log.recorder(0), "the last");
  }
  const std::string text = read_file(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 301);
  EXPECT_THAT(text, HasSubstr("the last"));
}

TEST(AuditLog, IsOffUntilItHasAPath) {
  AuditLog log(1);
  EXPECT_FALSE(log.recorder(0).is_on());
  ASSERT_TRUE(log.configure({}).ok());
  EXPECT_FALSE(log.recorder(0).is_on());
}

TEST(AuditLog, AFileThatCannotBeOpenedChangesNothing) {
  const TempDir dir;
  AuditLog log(1);
  ASSERT_TRUE(log.configure({dir.file("a")}).ok());
  EXPECT_FALSE(log.configure({dir.file("none/b")}).ok());
  record(log.recorder(0), "app");
  EXPECT_TRUE(wait_until([&] { return content(dir.file("a")).find("app") != std::string::npos; }));
}

TEST(AuditLog, WhatAFullDiskSwallowsIsCountedAndSaidLater) {
  const TempDir dir;
  const std::string path = dir.file("audit.jsonl");
  AuditLog log(1);
  ASSERT_TRUE(log.configure({"/dev/full"}).ok());
  record(log.recorder(0), "lost", 1);
  record(log.recorder(0), "lost", 2);
  EXPECT_TRUE(wait_until([&] { return log.stats().dropped.get() == 2; }));
  EXPECT_EQ(log.stats().failing.get(), 1u);
  ASSERT_TRUE(log.configure({path}).ok());
  record(log.recorder(0), "kept", 3);
  EXPECT_TRUE(wait_until([&] {
    const std::string text = content(path);
    return text.find("kept") != std::string::npos &&
           text.find("\"event\":\"dropped\",\"count\":2}") != std::string::npos;
  })) << content(path);
  EXPECT_TRUE(wait_until([&] { return log.stats().failing.get() == 0u; }));
}

TEST(AuditLog, ReopensWhenItIsTold) {
  const TempDir dir;
  const std::string path = dir.file("audit.jsonl");
  AuditLog log(1);
  ASSERT_TRUE(log.configure({path}).ok());
  record(log.recorder(0), "before", 1);
  EXPECT_TRUE(wait_until([&] { return log.stats().written.get() == 1; }));
  std::filesystem::rename(path, path + ".old");
  log.reopen();
  EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(path); }));
  record(log.recorder(0), "after", 2);
  EXPECT_TRUE(wait_until([&] { return content(path).find("after") != std::string::npos; }));
}

}  // namespace
}  // namespace holdfast::audit
