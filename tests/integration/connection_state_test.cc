// The rest of what a connection can be: CLIENT REPLY, RESET, QUIT, HELLO, SELECT anywhere, SWAPDB, inline
// commands, WAIT, MONITOR. Side by side with Redis, in both protocols.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <regex>

#include "tests/integration/side_by_side.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::MatchesRegex;

class ConnectionState : public ::testing::TestWithParam<const char*> {
 protected:
  SideBySide both{GetParam(), {.environment = "allow = [\"swapdb\", \"monitor\", \"debug\"]\n"}};
};

TEST_P(ConnectionState, RepliesMayBeTurnedOff) {
  both.send("c",
            "CLIENT REPLY OFF\r\nSET key 5\r\nGET key\r\nGET\r\nNOSUCHCOMMAND\r\nCLIENT ID\r\nSELECT "
            "1\r\nINCR one\r\n"
            "MULTI\r\nINCR one\r\nEXEC\r\nCLIENT REPLY ON\r\nGET one\r\nSELECT 0\r\nGET key",
            4);
  both.send("c", "CLIENT REPLY SKIP\r\nGET key\r\nPING", 1);
  both.send("c", "CLIENT REPLY SKIP\r\nCLIENT GETNAME\r\nPING", 1);
  both.send("c", "CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nGET key\r\nPING", 1);
  both.send("c", "CLIENT REPLY SKIP\r\nCLIENT REPLY maybe\r\nPING", 1);
  both.send("c", "CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING", 2);
  both.send("c", "CLIENT REPLY OFF\r\nCLIENT REPLY SKIP\r\nPING\r\nPING\r\nCLIENT REPLY ON", 1);
  both.send("c", "CLIENT REPLY SKIP\r\nMULTI\r\nGET key\r\nEXEC", 2);
  both.send("c", "MULTI\r\nGET key\r\nEXEC", 3);
}

TEST_P(ConnectionState, MessagesComeAlsoWithRepliesTurnedOff) {
  both.send("c", "CLIENT REPLY OFF\r\nSUBSCRIBE a\r\nSUBSCRIBE", 1);
  both.send("other", "PUBLISH a x");
  both.expect("c", 1);
  both.send("c", "UNSUBSCRIBE a\r\nGET key\r\nCLIENT REPLY ON", 2);
}

TEST_P(ConnectionState, ResetMakesAFreshConnection) {
  both.send("c", "RESET x");
  both.send("c", "CLIENT SETNAME name\r\nSELECT 3\r\nSET key three\r\nWATCH key\r\nMULTI\r\nGET key\r\nRESET",
            7);
  both.send("c", "CLIENT GETNAME\r\nGET key\r\nEXEC\r\nSUBSCRIBE a\r\nRESET\r\nGET key", 6);
  both.send("c", "CLIENT TRACKING ON\r\nRESET\r\nCLIENT TRACKINGINFO", 3);
  both.send("c", "CLIENT REPLY OFF\r\nRESET\r\nPING", 2);
  both.send("c", "CLIENT REPLY SKIP\r\nRESET\r\nPING", 1);
  both.send("c", "BLPOP list 0.01\r\nRESET\r\nPING", 3);
}

TEST_P(ConnectionState, QuitEndsItAndWhatFollowsIsNotDone) {
  both.send("c", "MULTI\r\nSET key 1\r\nQUIT\r\nEXEC\r\nPING", 3);
  both.expect_closed("c");
  both.send("other", "GET key");
  both.send("d", "QUIT with more\r\nSET key 1", 1);
  both.expect_closed("d");
  both.send("other", "GET key");
}

TEST_P(ConnectionState, HelloWithItsOptions) {
  both.normalize = [](std::string frame) { return without_number(std::move(frame), "$2\r\nid\r\n:"); };
  both.send_each("c", R"(
HELLO 3 SETNAME one BOGUS
CLIENT GETNAME
HELLO 2 AUTH default anything SETNAME two
CLIENT GETNAME
HELLO 3 AUTH default
HELLO 3 SETNAME "a b"
HELLO 3 SETNAME three AUTH nobody x
CLIENT GETNAME
HELLO 3 SETNAME ""
CLIENT GETNAME
HELLO
HELLO 1
HELLO 4
HELLO 99999999999999999999
HELLO -3
HELLO 2
HGETALL h
HELLO 3
HGETALL h
WATCH key
HELLO 2
HGETALL h
)");
}

TEST_P(ConnectionState, SelectAnywhere) {
  both.send("c", "SELECT 2\r\nSET key two\r\nSELECT 3\r\nSET key three\r\nSELECT 0", 5);
  both.send("c",
            "WATCH key\r\nSELECT 3\r\nGET key\r\nMULTI\r\nGET key\r\nEXEC\r\nGET key\r\nSELECT 0\r\nGET key",
            9);
  both.send("c", "MULTI\r\nSELECT 3\r\nGET key\r\nEXEC\r\nGET key\r\nSELECT 0\r\nGET key", 7);
  both.send("c", "MULTI\r\nSELECT 3\r\nSELECT 2\r\nSELECT 9999\r\nSELECT x\r\nGET key\r\nEXEC\r\nGET key", 8);
  both.send("c", "GET key\r\nMULTI\r\nSELECT 3\r\nDISCARD\r\nGET key", 5);
  both.send("c", "MULTI\r\nSELECT\r\nEXEC\r\nGET key", 4);
  both.send("c", "SELECT 0\r\nWATCH key\r\nMULTI\r\nSELECT 3\r\nSET key 0", 5);
  both.send("other", "SET key touched");
  both.send("c", "EXEC\r\nGET key", 2);  // nothing ran, not even SELECT
  both.send("c", "SELECT 1\r\nSUBSCRIBE a\r\nUNSUBSCRIBE a\r\nSET key one\r\nSELECT 0\r\nGET key", 6);
}

TEST_P(ConnectionState, SwapdbIsSeenByEveryClientWhereverItIs) {
  both.send("zero", "SET key 0\r\nWATCH key", 2);
  both.send("one", "SELECT 1\r\nSET key 1", 2);
  both.send("other", "SWAPDB 0 1\r\nSWAPDB 0 x\r\nSWAPDB 0 9999\r\nSWAPDB 0", 4);
  both.send("zero", "GET key\r\nMULTI\r\nGET key\r\nEXEC\r\nGET key", 5);
  both.send("one", "GET key\r\nSELECT 1\r\nGET key\r\nSELECT 0\r\nGET key", 5);
}

TEST_P(ConnectionState, InlineCommandsAreLikeOthers) {
  both.send("c", "   set  key   \"a \\x41 b\"  \r\n\r\n get key\r\nGeT 'key'\r\nMULTI\r\nget key\r\nexec", 6);
  both.send("c", "set key 'a\\'b'\r\nget key\r\nSUBSCRIBE 'a b'\r\nUNSUBSCRIBE 'a b'", 4);
  both.send("c", "get \"unbalanced", 1);
}

TEST_P(ConnectionState, WatchAndMultiInEveryWrongPlace) {
  both.send_each("c", R"(
EXEC
DISCARD
UNWATCH
MULTI x
MULTI
MULTI
WATCH key
UNWATCH
EXEC
WATCH key
MULTI
DISCARD x
EXEC
EXEC
MULTI
UNWATCH x
DISCARD
MULTI
CLIENT ID x
EXEC
MULTI
AUTH
EXEC
MULTI
RESET x
EXEC
MULTI
CLIENT TRACKINGINFO
OBJECT HELP
EXEC
)");
}

TEST_P(ConnectionState, ScriptsFunctionsAndSortAreServedWhereverTheyRun) {
  const std::string library = "#!lua name=lib\\nredis.register_function('f',function(k,a) return a[1] end)";
  both.send("c", "SCRIPT LOAD \"return redis.call('INCR',KEYS[1])\"");
  both.send("c", "FUNCTION LOAD \"" + library + "\"");
  for (const std::string prefix : {"", "WATCH w\r\n", "CLIENT TRACKING ON\r\n"}) {
    const int extra = prefix.empty() ? 0 : 1;
    both.send("c",
              prefix +
                  "EVALSHA 44b25b2b8d8ea0ec0b9bb2e5a8e07dcd8ac2ac7b 1 n\r\nEVAL \"return "
                  "redis.call('GET',KEYS[1])\" 1 n\r\n"
                  "FCALL f 0 text\r\nFCALL_RO f 0 text\r\nSORT list\r\nOBJECT ENCODING n\r\nSCRIPT EXISTS x",
              7 + extra);
  }
  both.send("other",
            "FUNCTION LIST\r\nFUNCTION DELETE lib\r\nCOMMAND COUNT\r\nCONFIG GET maxmemory\r\nLATENCY LATEST",
            5);
}

TEST_P(ConnectionState, MonitorShowsCommandsUntilReset) {
  // The time and the address differ; and what Holdfast asks for itself comes through as well.
  both.normalize = [](std::string frame) {
    return std::regex_replace(frame, std::regex(R"(^\+[0-9.]+ \[(\d+) [^\]]*\])"), "+T [$1 A]");
  };
  both.send("other", "PING");
  both.send("c", "MONITOR x\r\nMONITOR", 2);
  both.send("other", "GET \"a \\x00 key\"");
  both.expect("c", 1);
  both.send("c", "RESET\r\nGET key\r\nSELECT 1\r\nGET key", 4);
}

// It sends a push before its reply, which on a shared link would be taken for somebody's.
TEST_P(ConnectionState, DebugProtocolSendsEveryType) {
  for (const std::string type : {"string", "integer", "double", "null", "array", "set", "map", "attrib",
                                 "push", "verbatim", "true", "false", "bignum"})
    both.send_whole("c", "GET key\r\nDEBUG PROTOCOL " + type + "\r\nMULTI\r\nDEBUG PROTOCOL " + type +
                             "\r\nEXEC\r\nGET key");
}

TEST_P(ConnectionState, WaitCountsAsRedisDoes) {
  // The reference has no replica, Holdfast's Redis has the journal.
  both.send("c", "SET key 1\r\nWAIT 0 100", 1);
  both.normalize = [](const std::string& frame) {
    return std::regex_replace(frame, std::regex(":1\r\n$"), ":0\r\n");
  };
  both.expect("c", 1);
  both.send_each("c", R"(
WAIT x 0
WAIT 0 x
WAIT 0 -1
WAIT 0
WAIT 2 1
)");
  // Redis 7.0 does not know it.
  EXPECT_TRUE(RawClient(both.stack().holdfast.port())
                  .command({"WAITAOF", "0", "0", "0"})
                  .starts_with("-ERR unknown command 'WAITAOF'"));
  both.send("c", "MULTI\r\nWAIT 1 0\r\nEXEC\r\nGET key", 4);
}

INSTANTIATE_TEST_SUITE_P(Protocols, ConnectionState, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

// --- What Redis alone does not show ---------------------------------------------------------------------

// A replica that has stopped reading: WAIT must not count it, whichever link the write went to.
TEST(Wait, IsAboutTheWritesOfThisSession) {
  Stack stack;
  RedisServer replica({"--replicaof", "127.0.0.1", std::to_string(stack.redis.port())});
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_until([&] { return direct.info("replication", "connected_slaves") == "2"; }));
  RawClient client(stack.holdfast.port());
  ASSERT_TRUE(wait_until([&] {
    client.command({"SET", "key", "0"});
    return client.command({"WAIT", "2", "100"}) == ":2\r\n";
  }));
  ::kill(replica.pid(), SIGSTOP);
  for (int i = 0; i < 10; ++i) {
    client.send("SET key " + std::to_string(i) + "\r\nWAIT 1 0\r\nWAIT 2 20\r\n");
    EXPECT_EQ(client.read_reply(), "+OK\r\n");
    EXPECT_EQ(client.read_reply(), ":1\r\n") << "the journal has it";
    EXPECT_EQ(client.read_reply(), ":1\r\n") << "the stopped replica cannot have it";
  }
  // A WAIT that blocks holds up nobody else.
  client.send("SET key x\r\nWAIT 2 0\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(other.command({"SET", "other", "1"}), "OK");
  ::kill(replica.pid(), SIGCONT);
  EXPECT_EQ(client.read_reply(), ":2\r\n");
}

TEST(Monitor, IsBlockedUnlessAllowed) {
  Stack stack;
  RedisClient client(stack.holdfast.port());
  EXPECT_TRUE(is_error(client.command({"MONITOR"}), "NOPERM"));
}

TEST(Monitor, AskedForTwiceItSaysNothingMoreAndGoesOn) {
  Stack stack({.environment = "allow = [\"monitor\"]\n"});
  RawClient client(stack.holdfast.port());
  client.send("MONITOR\r\nMONITOR\r\nRESET\r\nECHO done\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  std::string reply = client.read_reply();
  while (reply.starts_with("+1")) reply = client.read_reply();  // lines of Holdfast's own questions
  EXPECT_EQ(reply, "+RESET\r\n");
  EXPECT_EQ(client.read_reply(), "$4\r\ndone\r\n");
}

TEST(Monitor, RepliesKeepTheirPlaceBetweenTheLines) {
  Stack stack({.environment = "allow = [\"monitor\"]\n"});
  RawClient client(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  EXPECT_EQ(client.command({"MONITOR"}), "+OK\r\n");
  for (int i = 0; i < 100; ++i) other.command({"SET", "key", std::to_string(i)});
  client.send("PING\r\n");
  int lines = 0;
  int sets = 0;
  for (std::string frame; (frame = client.read_reply()) != "+PONG\r\n"; ++lines) {
    ASSERT_THAT(frame, MatchesRegex("\\+[0-9.]+ \\[0 .*\\] .*\r\n"));
    if (frame.find("\"SET\"") != std::string::npos) ++sets;
  }
  EXPECT_EQ(sets, 100);
  client.socket().close();
  RedisClient direct(stack.redis.port());
  EXPECT_TRUE(wait_until([&] {
    return direct.command({"CLIENT", "LIST"}).find("flags=O") == std::string::npos;
  }));
}

}  // namespace
}  // namespace holdfast::testing
