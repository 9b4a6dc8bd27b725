// Unix sockets on both sides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using Until = HoldfastProcess::Until;

struct UnixFront : ::testing::Test {
  TempDir dir;
  std::string path = dir.file("h.sock");
  RedisServer redis;
  HoldfastConfig config{.listen = "unix:" + path};
};

TEST_F(UnixFront, IsServedByEveryWorkerAndRemovedAtTheEnd) {
  config.server = "workers = 2\n";
  config.environment = "unix_permissions = \"0660\"\n";
  Holdfast holdfast(redis, config);
  struct stat file {};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0660u);
  for (int i = 0; i < 20; ++i) {
    RedisClient client(path);
    EXPECT_EQ(client.command({"SET", "key", std::to_string(i)}), "OK");
  }
  EXPECT_EQ(holdfast.stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixFront, ClientInfoSaysSoAsRedisDoes) {
  Holdfast holdfast(redis, config);
  const std::string info = RedisClient(path).command({"CLIENT", "INFO"});
  EXPECT_NE(info.find(" addr=" + path + ":0 laddr=" + path + ":0 "), std::string::npos) << info;
  EXPECT_NE(info.find(" flags=U "), std::string::npos) << info;
}

TEST_F(UnixFront, ADeadProcessIsReplacedAndALiveOneIsNot) {
  Holdfast first(redis, config);
  HoldfastConfig other = config;
  Holdfast second(redis, other, Until::kStarted);
  EXPECT_TRUE(second.wait_problem("in standby on"));
  first.kill();
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(second.wait_ready());
  EXPECT_EQ(RedisClient(path).command({"SET", "key", "1"}), "OK");
}

TEST_F(UnixFront, AFileThatIsNoSocketIsLeftAlone) {
  write_file(path, "precious");
  Holdfast holdfast(redis, config, Until::kStarted);
  EXPECT_TRUE(holdfast.wait_problem("is no socket"));
  holdfast.stop();
  EXPECT_EQ(read_file(path), "precious");
}

TEST(UnixUpstream, LinksAndJournalUseIt) {
  TempDir dir;
  RedisServer redis({"--unixsocket", dir.file("r.sock"), "--requirepass", "s3cret"});
  Holdfast holdfast({.upstream_url = "unix://:s3cret@" + dir.file("r.sock")}, Until::kReady);
  EXPECT_EQ(RedisClient(holdfast.port()).command({"SET", "key", "1"}), "OK");
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "1");
}

}  // namespace
}  // namespace holdfast::testing
