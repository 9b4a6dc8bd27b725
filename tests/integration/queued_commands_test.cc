// Inside MULTI: commands that Holdfast answers itself, and those that change the state of the connection.
// Side by side with Redis, in both protocols.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <regex>

#include "tests/integration/side_by_side.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const HoldfastConfig kOpen{.environment = "block = []\nunknown_commands = \"allow\"\n"};

class QueuedCommands : public ::testing::TestWithParam<const char*> {
 protected:
  SideBySide both{GetParam(), kOpen};
};

INSTANTIATE_TEST_SUITE_P(Protocols, QueuedCommands, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

TEST_P(QueuedCommands, AnswersTakeTheirPlaceAmongTheOthers) {
  both.send("c",
            "MULTI\r\nSET key 1\r\nCLIENT GETNAME\r\nCLIENT SETNAME me\r\nINCR key\r\nCLIENT GETNAME\r\nGET "
            "key\r\nEXEC\r\nCLIENT GETNAME",
            9);
  both.send("c", "MULTI\r\nCLIENT SETNAME other\r\nDISCARD\r\nCLIENT GETNAME", 4);
  both.send("c", "MULTI\r\nCLIENT GETREDIR\r\nEXEC\r\nGET key", 4);
  both.send("c", "MULTI\r\nCLIENT NO-EVICT on\r\nCLIENT NO-EVICT maybe\r\nCLIENT SETNAME \"a b\"\r\nEXEC", 5);
  both.send("c", "MULTI\r\nCLIENT GETNAME\r\nMULTI\r\nWATCH key\r\nGET key\r\nCLIENT GETNAME\r\nEXEC", 7);
}

TEST_P(QueuedCommands, AMistakeAbortsAll) {
  both.send("c", "MULTI\r\nCLIENT SETNAME me\r\nCLIENT GETNAME x\r\nEXEC\r\nCLIENT GETNAME", 5);
  both.send("c", "MULTI\r\nCLIENT SETNAME me\r\nGET\r\nEXEC\r\nCLIENT GETNAME", 5);
  both.send("c", "MULTI\r\nSUBSCRIBE\r\nEXEC\r\nPING", 4);
}

TEST_P(QueuedCommands, AWatchedKeyThatChangedUndoesThemToo) {
  both.send("c", "WATCH key\r\nMULTI\r\nCLIENT SETNAME me\r\nSUBSCRIBE a\r\nCLIENT REPLY OFF", 5);
  both.send("other", "SET key 1");
  both.send("c", "EXEC\r\nCLIENT GETNAME\r\nGET key", 3);
}

// Redis unsubscribes from all in an order of its own; the channels here have one letter.
std::string with_sorted_unsubscriptions(std::string text) {
  static const std::regex unsubscribed("unsubscribe\r\n\\$1\r\n([a-z])");
  std::vector<size_t> places;
  std::string channels;
  for (std::sregex_iterator match(text.begin(), text.end(), unsubscribed), end; match != end; ++match) {
    places.push_back(static_cast<size_t>(match->position(1)));
    channels += match->str(1);
  }
  std::ranges::sort(channels);
  for (size_t i = 0; i < places.size(); ++i) text[places[i]] = channels[i];
  return text;
}

TEST_P(QueuedCommands, SubscriptionsBeginAndEndInExec) {
  both.normalize = with_sorted_unsubscriptions;
  both.send_whole("c", "MULTI\r\nSUBSCRIBE a\r\nEXEC");
  both.send("other", "PUBLISH a x");
  both.expect("c", 1);
  both.send("c", "UNSUBSCRIBE a\r\nGET key", 2);
  both.send_whole("c", "MULTI\r\nSUBSCRIBE a b\r\nGET key\r\nUNSUBSCRIBE\r\nPING\r\nEXEC\r\nINCR n");
  both.send_whole("c", "SUBSCRIBE a b c");
  both.send_whole("c", "UNSUBSCRIBE");
  both.send_whole("d",
                  "MULTI\r\nSSUBSCRIBE s\r\nMONITOR\r\nPSUBSCRIBE p\r\nPUNSUBSCRIBE p\r\nEXEC\r\nINCR n");
  both.send_whole("d", "MULTI\r\nSUNSUBSCRIBE\r\nUNSUBSCRIBE\r\nEXEC\r\nINCR n");
}

// In RESP2 Redis then refuses what Holdfast has to ask behind EXEC: the offset of its writes, and the
// database.
TEST_P(QueuedCommands, SubscriptionsThatBeginInExecDoNotHideItsWritesAndItsDatabase) {
  both.send_whole("c", "MULTI\r\nSET key 1\r\nSUBSCRIBE a\r\nEXEC");
  both.send("c", "UNSUBSCRIBE\r\nSET key 2\r\nGET key", 3);
  both.send_whole("c", "MULTI\r\nSELECT 1\r\nSUBSCRIBE a\r\nINCR n\r\nEXEC");
  both.send("c", "UNSUBSCRIBE a\r\nINCR n\r\nSELECT 0\r\nGET n\r\nSELECT 1\r\nGET n\r\nSELECT 0", 7);
  both.send_whole("c", "MULTI\r\nSELECT 2\r\nSUBSCRIBE a\r\nINCR n\r\nUNSUBSCRIBE\r\nEXEC\r\nINCR n");
  both.send(
      "c",
      "SELECT 0\r\nCLIENT REPLY SKIP\r\nPING\r\nWATCH key\r\nMULTI\r\nSELECT 1\r\nSET key 3\r\nSUBSCRIBE a",
      6);
  both.send("other", "SET key touched");
  both.send("c", "EXEC\r\nINCR n\r\nSET key 4\r\nGET key", 4);
  both.send_whole(
      "c", "MULTI\r\nSELECT 3\r\nSET key x\r\nSUBSCRIBE a\r\nCLIENT REPLY OFF\r\nEXEC\r\nRESET\r\nGET key");
}

TEST_P(QueuedCommands, TrackingBeginsAndEndsInExec) {
  const int push = GetParam() == std::string("3") ? 1 : 0;
  both.send_whole(
      "c",
      "MULTI\r\nCLIENT TRACKING ON\r\nGET key\r\nCLIENT GETREDIR\r\nCLIENT TRACKINGINFO\r\nCLIENT "
      "CACHING YES\r\nEXEC");
  both.send("other", "SET key 1");
  both.expect("c", push);
  both.send_whole("c",
                  "MULTI\r\nCLIENT TRACKING OFF\r\nCLIENT TRACKING maybe\r\nCLIENT TRACKING ON REDIRECT "
                  "4000000000\r\nGET key\r\nEXEC\r\nCLIENT TRACKINGINFO");
  both.send("other", "SET key 2");
  both.send_whole("c", "MULTI\r\nCLIENT TRACKING ON BCAST PREFIX k NOLOOP\r\nSET key 3\r\nGET key\r\nEXEC");
  both.send("other", "SET key 4");
  both.expect("c", push);
}

TEST_P(QueuedCommands, ErrorsOfWhatHoldfastAnswersAreThoseOfRedis) {
  both.normalize = [](const std::string& frame) { return without_number(frame, "id\r\n:"); };
  both.send_whole("c", "MULTI\r\nAUTH a\r\nAUTH nobody b\r\nAUTH default any\r\nHELLO 9\r\nHELLO x\r\nEXEC");
  both.send_whole("c", "MULTI\r\nHELLO 3 AUTH nobody b\r\nHELLO 2 AUTH default any SETNAME me\r\nEXEC");
  both.send_whole("c", "CLIENT GETNAME\r\nMULTI\r\nREADONLY\r\nSCRIPT DEBUG maybe\r\nASKING\r\nEXEC");
  both.send_whole("c", "MULTI\r\nCLIENT NOSUCH\r\nEXEC");
  both.send_whole("c", "MULTI\r\nSCRIPT NOSUCH\r\nGET key\r\nEXEC");
  both.send_whole("c", "MULTI\r\nCLIENT\r\nEXEC\r\nMULTI\r\nAUTH\r\nEXEC\r\nMULTI\r\nAUTH a b c\r\nEXEC");
}

TEST_P(QueuedCommands, RepliesMayBeTurnedOffInTheMiddle) {
  both.send("c",
            "MULTI\r\nINCR a\r\nCLIENT REPLY OFF\r\nINCR a\r\nCLIENT GETNAME\r\nCLIENT REPLY ON\r\nINCR "
            "a\r\nEXEC\r\nECHO 1\r\nECHO 2\r\nECHO 3",
            8);
  both.send("d", "MULTI\r\nINCR a\r\nCLIENT REPLY SKIP\r\nEXEC\r\nECHO not\r\nECHO 1\r\nECHO 2", 5);
  both.send("e",
            "CLIENT REPLY SKIP\r\nMULTI\r\nCLIENT GETNAME\r\nCLIENT REPLY SKIP\r\nEXEC\r\nECHO not\r\nECHO 1",
            3);
  both.send("f", "CLIENT REPLY OFF\r\nMULTI\r\nCLIENT REPLY ON\r\nINCR a\r\nEXEC\r\nPING", 3);
  both.send("g", "MULTI\r\nCLIENT REPLY OFF\r\nEXEC\r\nPING\r\nCLIENT REPLY ON\r\nPING", 4);
}

TEST_P(QueuedCommands, HelloChangesTheProtocolOfWhatFollows) {
  both.normalize = [](const std::string& frame) { return without_number(frame, "id\r\n:"); };
  for (const std::string to : {"2", "3"}) {
    both.send(
        "c",
        "HSET h f v\r\nMULTI\r\nHGETALL h\r\nHELLO " + to +
            " SETNAME me\r\nHGETALL h\r\nCLIENT GETNAME\r\nGET missing\r\nEXEC\r\nHGETALL h\r\nGET missing",
        10);
    both.send("c",
              "MULTI\r\nHELLO\r\nHELLO " + to + " BOGUS\r\nHELLO " + to +
                  " SETNAME other BOGUS\r\nEXEC\r\nCLIENT GETNAME",
              6);
    both.send("c", "MULTI\r\nSELECT 2\r\nHELLO " + to + "\r\nSET in2 x\r\nEXEC\r\nGET in2\r\nSELECT 0", 7);
  }
}

TEST_P(QueuedCommands, TellAndChangeOnlyWhatIsTrueThen) {
  both.send_each("c", R"(
MULTI
CLIENT LIST TYPE master
CLIENT LIST TYPE x
CLIENT KILL 127.0.0.1:1
CLIENT KILL ID 4000000000
CLIENT KILL ID x
CLIENT UNBLOCK 4000000000
CLIENT UNBLOCK x
CLIENT HELP
EXEC
PING
)");
  both.normalize = [](const std::string& frame) { return frame.substr(0, 4); };
  both.send("c", "MULTI\r\nCLIENT ID\r\nCLIENT INFO\r\nCLIENT LIST\r\nEXEC", 5);
}

TEST(QueuedInfo, SaysWhatTheSessionIsInTheTransaction) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  const std::string id = client.command({"CLIENT", "ID"}).substr(1);
  client.send("MULTI\r\nSELECT 3\r\nCLIENT INFO\r\nCLIENT ID\r\nEXEC\r\n");
  for (int i = 0; i < 4; ++i) client.read_reply();
  const std::string reply = client.read_reply();
  EXPECT_THAT(reply, ::testing::StartsWith("*3\r\n+OK\r\n$"));
  EXPECT_THAT(reply, HasSubstr("id=" + id.substr(0, id.size() - 2) + " "));
  EXPECT_THAT(reply, HasSubstr(" flags=x db=3 "));
  EXPECT_THAT(reply, HasSubstr(" multi=3 "));
  EXPECT_THAT(reply, ::testing::EndsWith("\r\n:" + id));
  EXPECT_THAT(client.command({"CLIENT", "INFO"}), HasSubstr(" flags=N db=3 "));
}

// The others were asked before EXEC.
TEST(QueuedList, ShowsWhatTheSessionIsThen) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\nCLIENT SETNAME me\r\nCLIENT LIST\r\nEXEC\r\n");
  for (int i = 0; i < 3; ++i) client.read_reply();
  EXPECT_THAT(client.read_reply(), HasSubstr(" name=me "));
}

TEST(QueuedKill, EndsOthersAndItselfOnlyIfExecRuns) {
  Stack stack({.server = "workers = 2\n", .environment = "allow = [\"client|kill\", \"client|list\"]\n"});
  RawClient killer(stack.holdfast.port());
  std::vector<std::unique_ptr<RawClient>> victims;
  for (int i = 0; i < 4; ++i) {
    victims.push_back(std::make_unique<RawClient>(stack.holdfast.port()));
    EXPECT_EQ(victims.back()->command({"PING"}), "+PONG\r\n");
  }
  RedisClient other(stack.holdfast.port());
  killer.send("WATCH key\r\nMULTI\r\nCLIENT KILL TYPE normal\r\n");
  for (int i = 0; i < 3; ++i) killer.read_reply();
  EXPECT_EQ(other.command({"SET", "key", "1"}), "OK");
  EXPECT_EQ(killer.command({"EXEC"}), "*-1\r\n");
  for (auto& victim : victims) EXPECT_EQ(victim->command({"PING"}), "+PONG\r\n");

  killer.send("MULTI\r\nCLIENT KILL TYPE normal SKIPME no\r\nGET key\r\nEXEC\r\nSET key 2\r\n");
  for (int i = 0; i < 3; ++i) killer.read_reply();
  EXPECT_EQ(killer.read_to_end(), "*2\r\n:6\r\n");
  for (auto& victim : victims) EXPECT_EQ(victim->read_to_end(), "");
}

TEST(QueuedUnblock, EndsTheWaitOfAnother) {
  Stack stack({.environment = "block = []\n"});
  RawClient blocked(stack.holdfast.port());
  RawClient client(stack.holdfast.port());
  std::string id = blocked.command({"CLIENT", "ID"}).substr(1);
  id.resize(id.size() - 2);
  blocked.send("BLPOP queue 0\r\n");
  ASSERT_TRUE(wait_until([&] {
    return client.command({"CLIENT", "LIST"}).find("flags=b") != std::string::npos;
  }));
  client.send("MULTI\r\nCLIENT UNBLOCK " + id + " ERROR\r\nEXEC\r\n");
  for (int i = 0; i < 2; ++i) client.read_reply();
  EXPECT_EQ(client.read_reply(), "*1\r\n:1\r\n");
  EXPECT_EQ(blocked.read_reply(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
}

TEST(QueuedLoss, ALinkThatIsCutInExecIsOneUncertainAnswer) {
  Stack stack;
  RawClient client(stack.holdfast.port());
  client.send("MULTI\r\nCLIENT GETNAME\r\nSUBSCRIBE a\r\nSET key 1\r\n");
  for (int i = 0; i < 4; ++i) client.read_reply();
  kill(stack.redis.pid(), SIGSTOP);
  client.send("EXEC\r\n");
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric(
               "holdfast_requests_total{environment=\"default\",command=\"exec\",verdict=\"allowed\"}") == 1;
  }));
  stack.redis.kill();
  EXPECT_THAT(client.read_reply(), ::testing::StartsWith("-UNCERTAIN holdfast: "));
}

}  // namespace
}  // namespace holdfast::testing
