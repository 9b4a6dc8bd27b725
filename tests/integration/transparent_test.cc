// Connections that a packet filter redirects: the real nftables in a network namespace of the test's own, and
// redis-cli, which knows nothing of Holdfast.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <functional>
#include <thread>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Until = HoldfastProcess::Until;

bool run_quietly(const std::vector<std::string>& command) {
  std::string output;
  const int status = run_program(command, output);
  EXPECT_EQ(status, 0) << command[0] << ": " << output;
  return status == 0;
}

// A namespace belongs to the thread that made it and to what it starts, and is gone with them.
class Transparent : public ::testing::Test {
 protected:
  void SetUp() override {
    bool allowed = false;
    std::thread([&] { allowed = unshare(CLONE_NEWNET) == 0; }).join();
    if (!allowed) GTEST_SKIP() << "network namespaces are not allowed here; run this test as root";
    std::string output;
    if (run_program({"nft", "--version"}, output) != 0) GTEST_SKIP() << "nft is not installed";
  }

  void in_namespace(const std::function<void()>& body) {
    std::thread([&] {
      ASSERT_EQ(unshare(CLONE_NEWNET), 0);
      ASSERT_TRUE(run_quietly({"ip", "link", "set", "lo", "up"}));
      body();
    }).join();
  }

  // What `user` sends to `port` of loopback goes to `to_port`. Holdfast runs as root, which this exempts
  // unless root is the one who is meant.
  void redirect(const std::string& user, int port, int to_port) {
    std::string rules;
    for (const char* family : {"ip", "ip6"})
      rules += std::string("add table ") + family + " t" + "\nadd chain " + family +
               " t output { type nat hook output priority -100; policy accept; }\nadd rule " + family +
               " t output meta skuid " + user + " tcp dport " + std::to_string(port) +
               " redirect to :" + std::to_string(to_port) + "\n";
    write_file(dir_.file("rules"), rules);
    ASSERT_TRUE(run_quietly({"nft", "-f", dir_.file("rules")})) << rules;
  }

  // redis-cli as a user that the rules are about.
  static std::string as_nobody(const std::vector<std::string>& command) {
    std::vector<std::string> words = {"setpriv", "--reuid", "nobody", "--clear-groups", "redis-cli", "-e"};
    words.insert(words.end(), command.begin(), command.end());
    std::string output;
    (void)run_program(words, output);
    return output;
  }

  static HoldfastConfig config_for(int port, const std::string& host = "127.0.0.1") {
    return {.listen = "", .environment = "transparent = \"" + host + ":" + std::to_string(port) + "\"\n"};
  }

  static double misdirected(const Holdfast& holdfast) {
    return holdfast.metric("holdfast_connections_misdirected_total{environment=\"default\"}");
  }

  TempDir dir_;
};

TEST_F(Transparent, AClientThatKnowsNothingIsServed) {
  in_namespace([&] {
    RedisServer redis;
    const int port = free_port();
    Holdfast holdfast(redis, config_for(port));
    redirect("nobody", redis.port(), port);
    const std::string redis_port = std::to_string(redis.port());
    EXPECT_THAT(as_nobody({"-p", redis_port, "SET", "key", "1"}), StartsWith("OK"));
    EXPECT_THAT(as_nobody({"-p", redis_port, "FLUSHALL"}), HasSubstr("NOPERM holdfast: "));
    EXPECT_EQ(holdfast.metric("holdfast_connections_total{environment=\"default\"}"), 2);
    EXPECT_EQ(misdirected(holdfast), 0);
    RedisClient direct(redis.port());
    EXPECT_EQ(direct.command({"GET", "key"}), "1");
  });
}

// The rules as they are delivered; only what a user has to fill in is filled in.
TEST_F(Transparent, TheDeliveredRulesDoWhatTheySay) {
  in_namespace([&] {
    RedisServer redis;
    const int port = free_port();
    std::string rules = read_file(HOLDFAST_SOURCE_DIR "/deploy/transparent/redirect.nft");
    const auto fill_in = [&](const std::string& name, const std::string& value) {
      const size_t at = rules.find("define " + name);
      ASSERT_NE(at, std::string::npos) << name;
      rules.replace(at, rules.find('\n', at) - at, "define " + name + " = " + value);
    };
    fill_in("redis_port", std::to_string(redis.port()));
    fill_in("holdfast_port", std::to_string(port));
    fill_in("holdfast_user", "\"root\"");
    write_file(dir_.file("redirect.nft"), rules);
    Holdfast holdfast(redis, config_for(port));
    // Twice: it replaces itself.
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(run_quietly({"nft", "-f", dir_.file("redirect.nft")}));
    const std::string redis_port = std::to_string(redis.port());
    EXPECT_THAT(as_nobody({"-p", redis_port, "SET", "key", "1"}), StartsWith("OK"));
    EXPECT_THAT(as_nobody({"-p", redis_port, "FLUSHALL"}), HasSubstr("NOPERM holdfast: "));
    EXPECT_EQ(holdfast.metric("holdfast_connections_total{environment=\"default\"}"), 2);
    EXPECT_EQ(misdirected(holdfast), 0);
    ASSERT_TRUE(run_quietly({"nft", "delete", "table", "inet", "holdfast"}));
    EXPECT_THAT(as_nobody({"-p", redis_port, "FLUSHALL"}), StartsWith("OK"));
    EXPECT_EQ(holdfast.metric("holdfast_connections_total{environment=\"default\"}"), 2);
  });
}

// The line that the pod's init container runs.
TEST_F(Transparent, TheDeliveredPodRedirectsWithIptables) {
  std::string output;
  if (run_program({"iptables", "--version"}, output) != 0) GTEST_SKIP() << "iptables is not installed";
  in_namespace([&] {
    RedisServer redis;
    const int port = free_port();
    const std::string pod = read_file(HOLDFAST_SOURCE_DIR "/deploy/transparent/pod.yaml");
    const size_t begin = pod.find("iptables -t nat ");
    ASSERT_NE(begin, std::string::npos);
    std::string line = pod.substr(begin, pod.find('\n', begin) - begin);
    const auto fill_in = [&](const std::string& option, const std::string& delivered,
                             const std::string& value) {
      const std::string text = option + " " + delivered;
      const size_t at = line.find(text);
      ASSERT_NE(at, std::string::npos) << text << " in " << line;
      line.replace(at, text.size(), option + " " + value);
    };
    fill_in("--dport", "6379", std::to_string(redis.port()));
    fill_in("--uid-owner", "10001", "0");
    fill_in("--to-ports", "15001", std::to_string(port));
    ASSERT_TRUE(run_quietly({"sh", "-c", line})) << line;
    Holdfast holdfast(redis, config_for(port));
    const std::string redis_port = std::to_string(redis.port());
    EXPECT_THAT(as_nobody({"-p", redis_port, "SET", "key", "1"}), StartsWith("OK"));
    EXPECT_THAT(as_nobody({"-p", redis_port, "FLUSHALL"}), HasSubstr("NOPERM holdfast: "));
    EXPECT_EQ(holdfast.metric("holdfast_connections_total{environment=\"default\"}"), 2);
    EXPECT_EQ(misdirected(holdfast), 0);
  });
}

TEST_F(Transparent, IPv6IsRedirectedToo) {
  in_namespace([&] {
    RedisServer redis({"--bind", "127.0.0.1", "::1"});
    const int port = free_port();
    HoldfastConfig config = config_for(port, "[::1]");
    config.upstream_url = "redis://[::1]:" + std::to_string(redis.port());
    Holdfast holdfast(config, Until::kReady);
    redirect("nobody", redis.port(), port);
    EXPECT_THAT(as_nobody({"-h", "::1", "-p", std::to_string(redis.port()), "SET", "key", "6"}),
                StartsWith("OK"));
    EXPECT_EQ(holdfast.metric("holdfast_connections_total{environment=\"default\"}"), 1);
  });
}

TEST_F(Transparent, AnUpstreamWithANameIsWhereItsNameLed) {
  in_namespace([&] {
    RedisServer redis;
    const int port = free_port();
    HoldfastConfig config = config_for(port);
    config.upstream_url = "redis://localhost:" + std::to_string(redis.port());
    Holdfast holdfast(config, Until::kReady);
    redirect("nobody", redis.port(), port);
    EXPECT_THAT(as_nobody({"-p", std::to_string(redis.port()), "SET", "key", "1"}), StartsWith("OK"));
    EXPECT_EQ(misdirected(holdfast), 0);
  });
}

TEST_F(Transparent, WhatWasMeantForAnotherAddressIsRefused) {
  in_namespace([&] {
    RedisServer redis;
    RedisServer another;
    const int port = free_port();
    Holdfast holdfast(redis, config_for(port));
    redirect("nobody", another.port(), port);
    EXPECT_THAT(
        as_nobody({"-p", std::to_string(another.port()), "PING"}),
        HasSubstr("ERR holdfast: this connection was meant for 127.0.0.1:" + std::to_string(another.port())));
    EXPECT_EQ(misdirected(holdfast), 1);
  });
}

TEST_F(Transparent, WhatWasNotRedirectedIsRefusedAndLoggedOnce) {
  in_namespace([&] {
    RedisServer redis;
    const int port = free_port();
    Holdfast holdfast(redis, config_for(port));
    for (int i = 0; i < 5; ++i) {
      RawClient client(port);
      EXPECT_THAT(client.read_to_end(), StartsWith("-ERR holdfast: this port takes only connections that"));
    }
    EXPECT_EQ(misdirected(holdfast), 5);
    const std::string log = holdfast.log();
    const size_t first = log.find("refused a connection from");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(log.find("refused a connection from", first + 1), std::string::npos);
  });
}

TEST_F(Transparent, HoldfastNeverTalksToItself) {
  in_namespace([&] {
    RedisServer redis;
    const int port = free_port();
    redirect("root", redis.port(), port);
    Holdfast holdfast(redis, config_for(port), Until::kStarted);
    EXPECT_TRUE(holdfast.wait_problem("a connection of Holdfast itself to 127.0.0.1:" +
                                      std::to_string(redis.port()) + " was redirected to Holdfast"));
    EXPECT_EQ(holdfast.stop(), 0);
  });
}

}  // namespace
}  // namespace holdfast::testing
