// CLIENT: true for the session that asks, and nothing of other environments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tests/integration/side_by_side.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::MatchesRegex;

// What the built-in list blocks although Holdfast answers it for its own clients only.
const HoldfastConfig kOpen = {
    .environment = "allow = [\"client|kill\", \"client|no-evict\", \"client|pause\", \"client|unpause\"]\n"};

HoldfastConfig with_workers(int workers) {
  HoldfastConfig config = kOpen;
  config.server = "workers = " + std::to_string(workers) + "\n";
  return config;
}

std::string field(const std::string& line, const std::string& name) {
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  }
  return "(no " + name + ")";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("id=")) all.push_back(line);
  }
  return all;
}

class ClientCommands : public ::testing::TestWithParam<const char*> {};

TEST_P(ClientCommands, AnswerAsRedisWhatDoesNotDependOnTheConnection) {
  SideBySide both(GetParam(), kOpen);
  both.send_each("c", R"(
CLIENT
CLIENT HELP
CLIENT HELP x
CLIENT ID x
CLIENT INFO x
CLIENT GETNAME x
CLIENT SETNAME
CLIENT SETNAME a b
CLIENT SETNAME "a b"
CLIENT SETNAME name
CLIENT GETNAME
CLIENT SETNAME ""
CLIENT GETNAME
CLIENT LIST x
CLIENT LIST TYPE
CLIENT LIST TYPE x
CLIENT LIST TYPE master
CLIENT LIST TYPE PUBSUB
CLIENT LIST ID
CLIENT LIST ID x
CLIENT LIST ID 4000000000
CLIENT LIST TYPE normal x
CLIENT KILL
CLIENT KILL 127.0.0.1:1
CLIENT KILL ID
CLIENT KILL ID 0
CLIENT KILL ID x
CLIENT KILL ID 4000000000
CLIENT KILL TYPE x
CLIENT KILL TYPE master
CLIENT KILL USER nobody
CLIENT KILL SKIPME maybe
CLIENT KILL ID 1 LADDR
CLIENT KILL LADDR x TYPE pubsub
CLIENT KILL BOGUS x
CLIENT UNBLOCK
CLIENT UNBLOCK x
CLIENT UNBLOCK 4000000000
CLIENT UNBLOCK 4000000000 TIMEOUT
CLIENT UNBLOCK 4000000000 ERROR
CLIENT UNBLOCK 1 maybe
CLIENT UNBLOCK 1 2 3
CLIENT NO-EVICT on
CLIENT NO-EVICT OFF
CLIENT NO-EVICT
CLIENT NO-EVICT maybe
CLIENT REPLY
CLIENT REPLY maybe
CLIENT REPLY on
CLIENT GETREDIR
CLIENT GETREDIR x
CLIENT TRACKINGINFO
CLIENT TRACKINGINFO x
CLIENT CACHING YES
CLIENT CACHING
CLIENT PAUSE x
CLIENT PAUSE 1 maybe
CLIENT PAUSE 1 WRITE
CLIENT UNPAUSE
CLIENT PAUSE 10
SET key 1
CLIENT UNPAUSE x
)");
}

INSTANTIATE_TEST_SUITE_P(Protocols, ClientCommands, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

TEST(ClientKill, MayMeanTheClientsOfAUser) {
  Stack stack({.environment = R"(auth = "users"
allow = ["client|kill"]
[environment.default.user.one]
acl = "nopass +@all ~*"
[environment.default.user.two]
acl = "nopass +@all ~*"
)"});
  RedisClient killer(stack.holdfast.port());
  ASSERT_EQ(killer.command({"AUTH", "one", "x"}), "OK");
  RawClient one(stack.holdfast.port());
  RawClient two(stack.holdfast.port());
  ASSERT_EQ(one.command({"AUTH", "one", "x"}), "+OK\r\n");
  ASSERT_EQ(two.command({"AUTH", "two", "x"}), "+OK\r\n");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", "USER", "three"}), "-ERR No such user 'three'");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", "USER", "two"}), "1");
  EXPECT_EQ(two.read_to_end(), "");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", "USER", "one"}), "1");
  EXPECT_EQ(one.read_to_end(), "");
  EXPECT_EQ(killer.command({"PING"}), "PONG");
}

// Every field of Redis's own line, in its order.
TEST(ClientInfo, HasTheFieldsOfRedis) {
  Stack stack;
  const auto names = [](const std::string& line) {
    std::vector<std::string> found;
    std::istringstream words(line);
    for (std::string word; words >> word;) found.push_back(word.substr(0, word.find('=')));
    return found;
  };
  RedisClient direct(stack.redis.port());
  RedisClient through(stack.holdfast.port());
  EXPECT_EQ(names(through.command({"CLIENT", "INFO"})), names(direct.command({"CLIENT", "INFO"})));
}

TEST(ClientInfo, SaysWhatTheSessionIs) {
  Stack stack(kOpen);
  RawClient client(stack.holdfast.port());
  client.command({"CLIENT", "SETNAME", "me"});
  const std::string id = client.command({"CLIENT", "ID"});
  const auto line = [&] { return client.command({"CLIENT", "INFO"}); };
  EXPECT_EQ(":" + field(line().substr(line().find("id=")), "id") + "\r\n", id);
  EXPECT_EQ(field(line(), "name"), "me");
  EXPECT_EQ(field(line(), "addr").substr(0, 10), "127.0.0.1:");
  EXPECT_EQ(field(line(), "laddr"), "127.0.0.1:" + std::to_string(stack.holdfast.port()));
  EXPECT_EQ(field(line(), "flags"), "N");
  EXPECT_EQ(field(line(), "cmd"), "client|info");
  EXPECT_EQ(field(line(), "db"), "0");
  EXPECT_EQ(field(line(), "resp"), "2");
  client.command({"SELECT", "5"});
  client.command({"CLIENT", "NO-EVICT", "ON"});
  EXPECT_EQ(field(line(), "db"), "5");
  EXPECT_EQ(field(line(), "flags"), "e");
  client.command({"HELLO", "3"});
  client.command({"SUBSCRIBE", "a"});
  client.command({"PSUBSCRIBE", "b*"});
  client.command({"CLIENT", "TRACKING", "ON"});
  EXPECT_EQ(field(line(), "resp"), "3");
  EXPECT_EQ(field(line(), "flags"), "Pte");
  client.command({"CLIENT", "TRACKING", "OFF"});
  client.command({"CLIENT", "TRACKING", "ON", "BCAST"});
  EXPECT_EQ(field(line(), "flags"), "PtBe");
  EXPECT_EQ(field(line(), "sub"), "1");
  EXPECT_EQ(field(line(), "psub"), "1");
  EXPECT_EQ(field(line(), "ssub"), "0");
  EXPECT_EQ(field(line(), "redir"), "0");
  client.command({"CLIENT", "SETINFO", "LIB-NAME", "library"});
  client.command({"CLIENT", "SETINFO", "lib-ver", "1.2"});
  EXPECT_EQ(field(line(), "lib-name"), "library");
  EXPECT_EQ(field(line(), "lib-ver"), "1.2");
}

TEST(ClientList, ShowsTheSessionsOfAllWorkersAndNothingElse) {
  Stack stack(with_workers(3));
  std::vector<std::unique_ptr<RedisClient>> clients;
  std::set<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<RedisClient>(stack.holdfast.port()));
    ids.insert(clients.back()->command({"CLIENT", "ID"}));
  }
  EXPECT_EQ(ids.size(), 12u) << "ids are not unique";
  std::set<std::string> listed;
  for (const std::string& line : lines_of(clients[0]->command({"CLIENT", "LIST"})))
    listed.insert(field(line, "id"));
  EXPECT_EQ(listed, ids);
  const auto some =
      lines_of(clients[0]->command({"CLIENT", "LIST", "ID", *ids.begin(), *ids.rbegin(), "999999"}));
  EXPECT_EQ(some.size(), 2u);
  clients[5]->command({"SUBSCRIBE", "a"});
  EXPECT_EQ(lines_of(clients[0]->command({"CLIENT", "LIST", "TYPE", "pubsub"})).size(), 1u);
  EXPECT_EQ(lines_of(clients[0]->command({"CLIENT", "LIST", "TYPE", "normal"})).size(), 11u);
}

TEST(ClientList, ShowsNothingOfOtherEnvironments) {
  HoldfastConfig config = with_workers(2);
  const int other_port = free_port();
  config.environment +=
      "[environment.other]\nupstream = \"main\"\nallow = [\"client|kill\"]\nlisten = [\"127.0.0.1:" +
      std::to_string(other_port) + "\"]\n";
  Stack stack(config);
  RedisClient here(stack.holdfast.port());
  RedisClient there(other_port);
  const std::string there_id = there.command({"CLIENT", "ID"});
  EXPECT_EQ(lines_of(here.command({"CLIENT", "LIST"})).size(), 1u);
  EXPECT_EQ(lines_of(here.command({"CLIENT", "LIST", "ID", there_id})).size(), 0u);
  EXPECT_EQ(here.command({"CLIENT", "KILL", "ID", there_id}), "0");
  EXPECT_EQ(here.command({"CLIENT", "KILL", "TYPE", "normal"}), "0");
  there.append({"BLPOP", "list", "0"});
  int done = 0;
  ASSERT_EQ(redisBufferWrite(there.context(), &done), REDIS_OK);
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
  EXPECT_EQ(here.command({"CLIENT", "UNBLOCK", there_id}), "0");
  EXPECT_EQ(here.command({"RPUSH", "list", "x"}), "1");
  EXPECT_EQ(there.next_reply(), "[list, x]");
}

TEST(ClientKill, EndsWhoIsMeantOnAnyWorker) {
  Stack stack(with_workers(3));
  RedisClient killer(stack.holdfast.port());
  std::vector<std::unique_ptr<RawClient>> victims;
  for (int i = 0; i < 9; ++i) {
    victims.push_back(std::make_unique<RawClient>(stack.holdfast.port()));
    const std::string id = victims.back()->command({"CLIENT", "ID"});
    EXPECT_EQ(killer.command({"CLIENT", "KILL", "ID", id.substr(1, id.size() - 3)}), "1");
    EXPECT_EQ(victims.back()->read_to_end(), "");
  }
  RawClient by_address(stack.holdfast.port());
  const std::string address = field(by_address.command({"CLIENT", "INFO"}), "addr");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", address}), "OK");
  EXPECT_EQ(by_address.read_to_end(), "");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", address}), "-ERR No such client");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", "TYPE", "normal"}), "0");  // not itself
}

TEST(ClientKill, OneMayKillItselfAndStillGetsTheReply) {
  Stack stack(kOpen);
  RawClient client(stack.holdfast.port());
  client.send("SET key 1\r\nCLIENT KILL TYPE normal SKIPME no\r\nSET key 2\r\n");
  EXPECT_EQ(client.read_to_end(), "+OK\r\n:1\r\n");
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(other.command({"GET", "key"}), "1");
}

TEST(ClientUnblock, EndsTheWaitOfAClientOnAnyWorker) {
  Stack stack(with_workers(3));
  RedisClient direct(stack.redis.port());
  RedisClient other(stack.holdfast.port());
  for (int i = 0; i < 6; ++i) {
    RawClient blocked(stack.holdfast.port());
    const std::string reply = blocked.command({"CLIENT", "ID"});
    const std::string id = reply.substr(1, reply.size() - 3);
    EXPECT_EQ(other.command({"CLIENT", "UNBLOCK", id}), "0");
    const auto block = [&](const char* command) {
      blocked.send(command);
      ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") == "1"; }));
    };
    block("BLPOP list 0\r\n");
    EXPECT_EQ(field(lines_of(other.command({"CLIENT", "LIST", "ID", id}))[0], "flags"), "b");
    EXPECT_EQ(other.command({"CLIENT", "UNBLOCK", id}), "1");
    EXPECT_EQ(blocked.read_reply(), "*-1\r\n");
    block("XREAD BLOCK 0 STREAMS s $\r\n");
    EXPECT_EQ(other.command({"CLIENT", "UNBLOCK", id, "ERROR"}), "1");
    EXPECT_EQ(blocked.read_reply(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    block("WAIT 5 0\r\n");
    EXPECT_EQ(other.command({"CLIENT", "UNBLOCK", id, "timeout"}), "1");
    EXPECT_THAT(blocked.read_reply(), MatchesRegex(":[01]\r\n"));
    EXPECT_EQ(blocked.command({"PING"}), "+PONG\r\n");
  }
}

TEST(ClientPause, AWriteThatIsPausedDoesNotKeepUnpauseWaiting) {
  Stack stack(kOpen);
  RawClient writer(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(other.command({"CLIENT", "PAUSE", "600000", "WRITE"}), "OK");
  writer.send("SET key 1\r\n");
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("clients", "blocked_clients") != "0"; }));
  EXPECT_EQ(other.command({"CLIENT", "UNPAUSE"}), "OK");
  EXPECT_EQ(writer.read_reply(), "+OK\r\n");
}

}  // namespace
}  // namespace holdfast::testing
