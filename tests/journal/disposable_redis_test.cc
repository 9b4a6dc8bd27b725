// A redis-server of our own: it answers, it leaves nothing behind, and it never outlives who started it.
#include "journal/disposable_redis.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMinuteMs = 60'000;

bool is_running(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  return !text.empty() && text.find(") Z ") == std::string::npos;
}

TEST(DisposableRedis, AValkeyIsFoundWhereThereIsNoRedis) {
  testing::TempDir bin;
  fs::create_symlink("/bin/true", bin.file("valkey-server"));
  const std::string path = std::getenv("PATH");
  ASSERT_EQ(setenv("PATH", bin.path().c_str(), 1), 0);
  const auto found = find_redis_server("");
  const auto named = find_redis_server("redis-server");
  fs::create_symlink("/bin/true", bin.file("redis-server"));
  const auto both = find_redis_server("");
  ASSERT_EQ(setenv("PATH", path.c_str(), 1), 0);
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(found.value(), bin.file("valkey-server"));
  EXPECT_FALSE(named.ok());
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both.value(), bin.file("redis-server"));
}

TEST(DisposableRedis, AnswersOnAUnixSocketAndLeavesNothing) {
  testing::TempDir parent;
  StopSignal stop;
  pid_t pid = 0;
  {
    auto redis = DisposableRedis::start({.parent_dir = parent.path()}, stop);
    ASSERT_TRUE(redis.ok()) << redis.error().message();
    const Status loaded = redis.value()->wait_loaded(kMinuteMs);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message();
    pid = redis.value()->pid();
    auto connection = redis.value()->connect(kMinuteMs);
    ASSERT_TRUE(connection.ok()) << connection.error().message();
    EXPECT_EQ(connection.value()->command({"SELECT", "9999"}).value(), "OK");
    EXPECT_EQ(connection.value()->command({"SET", "key", "value"}).value(), "OK");
    EXPECT_EQ(connection.value()->command({"GET", "key"}).value(), "value");
    EXPECT_NE(connection.value()->command({"INFO", "server"}).value().find("tcp_port:0\r\n"),
              std::string::npos);
    EXPECT_FALSE(fs::is_empty(parent.path()));
  }
  EXPECT_FALSE(is_running(pid));
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

TEST(DisposableRedis, ALongPathIsNoObstacle) {
  testing::TempDir parent;
  const std::string deep = parent.file(std::string(120, 'd'));
  ASSERT_TRUE(fs::create_directory(deep));
  StopSignal stop;
  auto redis = DisposableRedis::start({.parent_dir = deep}, stop);
  ASSERT_TRUE(redis.ok()) << redis.error().message();
  const Status loaded = redis.value()->wait_loaded(kMinuteMs);
  EXPECT_TRUE(loaded.ok()) << loaded.error().message();
}

TEST(DisposableRedis, AProgramThatIsNotThereIsOneSentence) {
  testing::TempDir parent;
  StopSignal stop;
  auto redis =
      DisposableRedis::start({.program = "/nowhere/redis-server", .parent_dir = parent.path()}, stop);
  ASSERT_FALSE(redis.ok());
  EXPECT_EQ(redis.error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(redis.error().message(),
            "/nowhere/redis-server is not a program that can be run; correct --redis-server or redis_server");
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

TEST(DisposableRedis, OneThatEndsSaysWhatItSaid) {
  testing::TempDir parent;
  StopSignal stop;
  auto redis = DisposableRedis::start({.parent_dir = parent.path(),
                                       .prepare = [](const std::string& dir) -> Status {
                                         std::ofstream(dir + "/dump.rdb") << "this is not an RDB file at all";
                                         return {};
                                       }},
                                      stop);
  ASSERT_TRUE(redis.ok()) << redis.error().message();
  const Status loaded = redis.value()->wait_loaded(kMinuteMs);
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message().find("ended (exit status 1), saying: "), std::string::npos)
      << loaded.error().message();
}

TEST(DisposableRedis, AStopEndsTheWait) {
  testing::TempDir parent;
  StopSignal stop;
  stop.request();
  auto redis = DisposableRedis::start({.parent_dir = parent.path()}, stop);
  ASSERT_TRUE(redis.ok());
  EXPECT_EQ(redis.value()->wait_loaded(kMinuteMs).error().message(), "Holdfast is stopping");
}

TEST(DisposableRedis, DiesWithAKilledProcessAndTheNextStartCleansUp) {
  testing::TempDir parent;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    StopSignal stop;
    auto redis = DisposableRedis::start({.parent_dir = parent.path()}, stop);
    const pid_t pid = redis.ok() && redis.value()->wait_loaded(kMinuteMs).ok() ? redis.value()->pid() : 0;
    (void)!write(ends[1], &pid, sizeof pid);
    while (true) pause();
  }
  pid_t pid = 0;
  ASSERT_EQ(read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  close(ends[0]);
  close(ends[1]);
  ASSERT_GT(pid, 0);
  ASSERT_TRUE(is_running(pid));

  EXPECT_TRUE(ScratchDir::remove_leftovers(parent.path()).empty()) << "it is in use";
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(testing::wait_until([pid] { return !is_running(pid); }));
  EXPECT_FALSE(fs::is_empty(parent.path()));
  EXPECT_EQ(ScratchDir::remove_leftovers(parent.path()).size(), 1u);
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

}  // namespace
}  // namespace holdfast::journal
