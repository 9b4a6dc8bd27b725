// key_prefix: two environments on one Redis that do not see each other, and answer like two servers.
#include "policy/key_prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "policy/key_positions.h"
#include "proxy/route.h"
#include "tests/integration/compatibility_cases.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kAllowed = "block = []\n";

// "default" with the prefix "a:", and a second environment with "b:" on another port.
struct TwoEnvironments {
  explicit TwoEnvironments(std::vector<std::string> redis_arguments = {})
      : redis(std::move(redis_arguments)),
        holdfast(redis, {.environment = kAllowed +
                                        "key_prefix = \"a:\"\n[environment.second]\nlisten = "
                                        "[\"127.0.0.1:0\"]\nkey_prefix = \"b:\"\n" +
                                        kAllowed}) {
    const std::string log = holdfast.log();
    const std::string before = "listening on 127.0.0.1:";
    for (size_t at = log.find(before); at != std::string::npos; at = log.find(before, at + 1)) {
      if (log.substr(at, log.find('\n', at) - at).find("'second'") != std::string::npos)
        second_port = std::stoi(log.substr(at + before.size()));
    }
  }

  RedisServer redis;
  Holdfast holdfast;
  int second_port = 0;
};

// The elements of the reply's arrays in one order: Redis's own goes by hashes.
std::string sorted(const std::string& reply) {
  std::vector<std::string> lines;
  for (size_t at = 0, end = 0; (end = reply.find("\r\n", at)) != std::string::npos; at = end + 2)
    lines.push_back(reply.substr(at, end - at));
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Why a command of the tables is not served with a prefix; empty: it is.
std::string_view objection(const std::vector<std::string>& words) {
  static const policy::KeyPrefix prefix("a:", true);
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  const policy::CommandId id =
      policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  const int arity = policy::command(id).arity;
  const int size = static_cast<int>(words.size());
  if (arity > 0 ? size != arity : size < -arity) return {};
  policy::KeyUses uses;
  policy::find_keys(id, arguments, uses);
  return prefix.objection(id, arguments, uses);
}

// What differs although it is served: the name is in the answer's size or in statistics of the whole server.
bool differs(const Case& entry) {
  const std::string command = entry.words[0];
  const auto is = [&](const char* word) { return strcasecmp(command.c_str(), word) == 0; };
  return is("memory") || is("info") || is("command") || is("function") || is("script") || is("scan") ||
         is("client") || is("cluster") || is("latency") || is("slowlog") || is("config") || is("acl");
}

// Connections that Redis keeps state for run scripts too, so they have no rights to all keys.
bool needs_all_keys(const std::vector<std::string>& words) {
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  const policy::CommandId id =
      policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  policy::KeyUses uses;
  policy::find_keys(id, arguments, uses);
  return policy::KeyPrefix::needs_all_keys(id, uses);
}

bool is_word(const Case& entry, const char* word) {
  return strcasecmp(entry.words[0].c_str(), word) == 0;
}

// Inside MULTI only what Redis itself queues is served with a prefix.
bool is_queued_with_prefix(const Case& entry) {
  using proxy::Route;
  if (needs_all_keys(entry.words)) return false;
  const Route route =
      proxy::route_of(policy::find_command(entry.words[0], entry.words.size() > 1 ? entry.words[1] : ""));
  switch (route) {
    case Route::kSubscribe:
    case Route::kMonitor:
    case Route::kTracking:
    case Route::kTrackingInfo:
    case Route::kNoTouch:
    case Route::kHello:
    case Route::kAuth:
      return false;
    default:
      return !is_word(entry, "client");
  }
}

class KeyPrefixTables : public ::testing::TestWithParam<std::tuple<const char*, bool>> {};

// Every case of compatibility/*.txt through an environment with a prefix, beside another one with keys of the
// same names, against a redis-server of its own.
TEST_P(KeyPrefixTables, AreAnsweredAsByARedisOfItsOwn) {
  const auto [protocol, in_multi] = GetParam();
  RedisServer reference;
  TwoEnvironments shared;
  RedisClient reference_control(reference.port());
  RedisClient control(shared.redis.port());
  int compared = 0;
  for (const CaseTable& table : read_case_tables(HOLDFAST_SOURCE_DIR "/tests/integration/compatibility")) {
    if (table.file == "scripting" || table.file == "server" || table.file == "connection") continue;
    for (const Section& section : table.sections) {
      if (in_multi && !section.not_in_multi.empty()) continue;
      reference_control.command({"FLUSHALL"});
      control.command({"FLUSHALL"});
      for (const char* key : {"k", "x", "s", "l", "h", "z"})
        control.command({"SET", std::string("b:") + key, "decoy"});
      RawClient direct(reference.port());
      RawClient through(shared.holdfast.port());
      for (RawClient* client : {&direct, &through}) client->command({"HELLO", protocol});
      bool in_transaction = false;
      for (const Case& entry : section.cases) {
        if (entry.check == Check::kOnly || differs(entry)) continue;
        if (is_word(entry, "multi")) in_transaction = true;
        if (is_word(entry, "exec") || is_word(entry, "discard") || is_word(entry, "reset"))
          in_transaction = false;
        if ((in_multi || in_transaction) && !is_queued_with_prefix(entry)) continue;
        // Left out on both sides: a refusal would abort a transaction. WhatWouldReachOutsideIsRefused has
        // these.
        if (!objection(entry.words).empty()) continue;
        SCOPED_TRACE(table.file + ".txt:" + std::to_string(entry.line) + " " + encode_inline(entry.words));
        std::string expected;
        std::string got;
        const std::string request =
            in_multi ? encode_request({"MULTI"}) + encode_request(entry.words) + encode_request({"EXEC"})
                     : encode_request(entry.words);
        direct.send(request);
        through.send(request);
        for (int i = 0; i < (in_multi ? 3 : 1); ++i) {
          expected += direct.read_reply();
          got += through.read_reply();
        }
        if (entry.check == Check::kLike) continue;  // by chance or time
        ++compared;
        if (entry.check == Check::kUnordered)
          EXPECT_EQ(sorted(got), sorted(expected));
        else
          EXPECT_EQ(got, expected);
      }
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(compared, 1'000);
  EXPECT_EQ(control.command({"GET", "b:k"}), "decoy");
}

INSTANTIATE_TEST_SUITE_P(Both, KeyPrefixTables,
                         ::testing::Combine(::testing::Values("2", "3"), ::testing::Bool()));

// Random commands on few names, from two environments at once, against two servers.
TEST(KeyPrefix, ARandomWorkloadOfTwoEnvironmentsIsThatOfTwoServers) {
  RedisServer one;
  RedisServer two;
  TwoEnvironments shared;
  const unsigned seed = 20'251'126;
  std::mt19937 random(seed);
  const auto pick = [&](std::vector<std::string> words) { return words[random() % words.size()]; };
  RawClient direct[] = {RawClient(one.port()), RawClient(two.port())};
  RawClient through[] = {RawClient(shared.holdfast.port()), RawClient(shared.second_port)};
  for (auto* clients : {direct, through}) clients[1].command({"HELLO", "3"});
  const auto key = [&] { return pick({"a", "b", "c", "a:a", "b:b"}); };
  const auto command = [&]() -> std::vector<std::string> {
    switch (random() % 30) {
      case 0:
        return {"SET", key(), "v" + std::to_string(random() % 9)};
      case 1:
        return {"GET", key()};
      case 2:
        return {"DEL", key(), key()};
      case 3:
        return {"MSET", key(), "1", key(), "2"};
      case 4:
        return {"MGET", key(), key(), key()};
      case 5:
        return {"RPUSH", key(), "a:a", "x"};
      case 6:
        return {"LMPOP", "2", key(), key(), "LEFT"};
      case 7:
        return {"BLPOP", key(), key(), "0.001"};
      case 8:
        return {"LMOVE", key(), key(), "LEFT", "RIGHT"};
      case 9:
        return {"ZADD", key(), "1", "m", "2", "a:m"};
      case 10:
        return {"ZMPOP", "2", key(), key(), "MIN"};
      case 11:
        return {"BZPOPMIN", key(), "0.001"};
      case 12:
        return {"ZUNIONSTORE", key(), "2", key(), key()};
      case 13:
        return {"RENAME", key(), key()};
      case 14:
        return {"COPY", key(), key(), "REPLACE"};
      case 15:
        return {"XADD", key(), std::to_string(1 + random() % 99) + "-1", "f", "v"};
      case 16:
        return {"XREAD", "COUNT", "2", "STREAMS", key(), key(), "0", "0"};
      case 17:
        return {"XGROUP", "CREATE", key(), "g", "0"};
      case 18:
        return {"XREADGROUP", "GROUP", "g", "c", "STREAMS", key(), ">"};
      case 19:
        return {"XPENDING", key(), "g"};
      case 20:
        return {"SORT", key(), "ALPHA", "GET", "*", "GET", "#"};  // BY: equal weights have no order
      case 21:
        return {"SORT", key(), "ALPHA", "STORE", key()};
      case 22:
        return {"EXISTS", key(), key()};
      case 23:
        return {"TYPE", key()};
      case 24:
        return {"OBJECT", "ENCODING", key()};
      case 25:
        return {"SUNIONSTORE", key(), key(), key()};
      case 26:
        return {"SADD", key(), "a", "b"};
      case 27:
        return {"PUBLISH", "channel", "v"};
      case 28:
        return {"MULTI"};
      default:
        return {"EXEC"};
    }
  };
  bool in_multi[] = {false, false};
  for (int i = 0; i < 4'000; ++i) {
    const size_t side = random() % 2;
    const std::vector<std::string> words = command();
    if (words[0] == "MULTI") in_multi[side] = true;
    if (words[0] == "EXEC") in_multi[side] = false;
    if (in_multi[side] && needs_all_keys(words)) continue;
    ASSERT_EQ(through[side].command(words), direct[side].command(words))
        << "seed " << seed << ", step " << i << ", side " << side << ": " << encode_inline(words);
  }
  for (const size_t side : {0, 1}) {
    through[side].command({"DISCARD"});
    direct[side].command({"DISCARD"});
    for (const char* pattern : {"*", "a*", "?", "b:*"})
      EXPECT_EQ(sorted(through[side].command({"KEYS", pattern})),
                sorted(direct[side].command({"KEYS", pattern})))
          << pattern;
  }
}

TEST(KeyPrefix, TheJournalAndRedisHaveTheKeysWithIt) {
  TwoEnvironments shared;
  RedisClient client(shared.holdfast.port());
  RedisClient second(shared.second_port);
  RedisClient direct(shared.redis.port());
  EXPECT_EQ(client.command({"SET", "k", "1"}), "OK");
  EXPECT_EQ(second.command({"SET", "k", "2"}), "OK");
  EXPECT_EQ(client.command({"GET", "k"}), "1");
  EXPECT_EQ(direct.command({"MGET", "a:k", "b:k", "k"}), "[1, 2, (nil)]");
}

TEST(KeyPrefix, ScanWalksOverItsOwnKeysOnly) {
  TwoEnvironments shared;
  RedisClient client(shared.holdfast.port());
  RedisClient direct(shared.redis.port());
  for (int i = 0; i < 50; ++i) {
    client.command({"SET", "key:" + std::to_string(i), "v"});
    direct.command({"SET", "b:key:" + std::to_string(i), "v"});
  }
  const auto scanned = [&](std::vector<std::string> options) {
    RawClient raw(shared.holdfast.port());
    std::string all;
    std::string cursor = "0";
    do {
      std::vector<std::string> words = {"SCAN", cursor};
      words.insert(words.end(), options.begin(), options.end());
      const std::string reply = raw.command(words);
      const size_t begin = reply.find("\r\n", 4) + 2;
      cursor = reply.substr(begin, reply.find("\r\n", begin) - begin);
      all += reply;
    } while (cursor != "0");
    return std::pair(std::count(all.begin(), all.end(), 'k'), all);
  };
  EXPECT_EQ(scanned({}).first, 50);
  EXPECT_EQ(scanned({"MATCH", "key:1*"}).first, 11);
  EXPECT_EQ(scanned({"COUNT", "7", "MATCH", "nothing"}).first, 0);
  EXPECT_THAT(scanned({}).second, ::testing::Not(HasSubstr("a:key")));
}

TEST(KeyPrefix, PubSubStaysInside) {
  TwoEnvironments shared;
  RawClient subscriber(shared.holdfast.port());
  RedisClient publisher(shared.holdfast.port());
  RedisClient stranger(shared.second_port);
  EXPECT_EQ(subscriber.command({"SUBSCRIBE", "news"}), "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
  EXPECT_EQ(subscriber.command({"PSUBSCRIBE", "n*"}), "*3\r\n$10\r\npsubscribe\r\n$2\r\nn*\r\n:2\r\n");
  EXPECT_EQ(stranger.command({"PUBLISH", "news", "not for you"}), "0");
  EXPECT_EQ(publisher.command({"PUBLISH", "news", "a:text"}), "2");
  EXPECT_EQ(subscriber.read_reply(), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$6\r\na:text\r\n");
  EXPECT_EQ(subscriber.read_reply(), "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$6\r\na:text\r\n");
  EXPECT_EQ(publisher.command({"PUBSUB", "CHANNELS"}), "[news]");
  EXPECT_EQ(publisher.command({"PUBSUB", "NUMSUB", "news"}), "[news, 1]");
  EXPECT_EQ(stranger.command({"PUBSUB", "CHANNELS"}), "[]");
}

TEST(KeyPrefix, NotificationsAndInvalidationsSpeakOfTheClientsNames) {
  TwoEnvironments shared({"--notify-keyspace-events", "KEA"});
  RawClient client(shared.holdfast.port());
  RedisClient writer(shared.holdfast.port());
  RedisClient stranger(shared.second_port);
  EXPECT_EQ(client.command({"SUBSCRIBE", "__keyspace@0__:k"}),
            "*3\r\n$9\r\nsubscribe\r\n$16\r\n__keyspace@0__:k\r\n:1\r\n");
  stranger.command({"SET", "k", "v"});
  writer.command({"SET", "k", "v"});
  EXPECT_EQ(client.read_reply(), "*3\r\n$7\r\nmessage\r\n$16\r\n__keyspace@0__:k\r\n$3\r\nset\r\n");
  EXPECT_THAT(client.command({"PSUBSCRIBE", "__key*"}), HasSubstr("(rule 'key_prefix')"));

  RawClient events(shared.holdfast.port());
  EXPECT_THAT(events.command({"SUBSCRIBE", "__keyevent@0__:del"}), HasSubstr("__keyevent@0__:del"));
  EXPECT_THAT(events.command({"PSUBSCRIBE", "__keyevent@*__:expired"}), HasSubstr("__keyevent@*__:expired"));
  EXPECT_THAT(events.command({"PSUBSCRIBE", "__keyspace@*__:gone*"}), HasSubstr("__keyspace@*__:gone*"));
  for (const char* key : {"gone", "gone:1"}) {
    stranger.command({"SET", key, "v"});
    stranger.command({"DEL", key});
  }
  writer.command({"RPUSH", "gone:1", "v"});
  writer.command({"DEL", "gone:1"});
  EXPECT_EQ(events.read_reply(),
            "*4\r\n$8\r\npmessage\r\n$20\r\n__keyspace@*__:gone*\r\n$21\r\n__keyspace@0__:gone:1\r\n"
            "$5\r\nrpush\r\n");
  EXPECT_EQ(events.read_reply(),
            "*4\r\n$8\r\npmessage\r\n$20\r\n__keyspace@*__:gone*\r\n$21\r\n__keyspace@0__:gone:1\r\n"
            "$3\r\ndel\r\n");
  EXPECT_EQ(events.read_reply(), "*3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:del\r\n$6\r\ngone:1\r\n");
  EXPECT_EQ(stranger.command({"PUBLISH", "__keyevent@0__:del", "a:k"}), "0");

  RawClient tracking(shared.holdfast.port());
  tracking.command({"HELLO", "3"});
  EXPECT_EQ(tracking.command({"CLIENT", "TRACKING", "ON"}), "+OK\r\n");
  EXPECT_EQ(tracking.command({"GET", "k"}), "$1\r\nv\r\n");
  stranger.command({"SET", "k", "x"});
  writer.command({"SET", "k", "w"});
  EXPECT_EQ(tracking.read_reply(), ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n");

  RawClient broadcast(shared.holdfast.port());
  broadcast.command({"HELLO", "3"});
  EXPECT_EQ(broadcast.command({"CLIENT", "TRACKING", "ON", "BCAST"}), "+OK\r\n");
  stranger.command({"SET", "other", "x"});
  writer.command({"SET", "mine", "w"});
  EXPECT_EQ(broadcast.read_reply(), ">2\r\n$10\r\ninvalidate\r\n*1\r\n$4\r\nmine\r\n");
}

TEST(KeyPrefix, WhatWouldReachOutsideIsRefusedAlsoInAudit) {
  RedisServer redis;
  Holdfast holdfast(redis, {.environment = "mode = \"audit\"\nkey_prefix = \"a:\"\n"});
  RedisClient client(holdfast.port());
  const std::vector<std::vector<std::string>> commands = {{"FLUSHALL"},
                                                          {"FLUSHDB"},
                                                          {"SWAPDB", "0", "1"},
                                                          {"DBSIZE"},
                                                          {"MONITOR"},
                                                          {"SCRIPT", "FLUSH"},
                                                          {"DEBUG", "OBJECT", "k"},
                                                          {"MIGRATE", "h", "1", "k", "0", "1"},
                                                          {"FUNCTION", "FLUSH"},
                                                          {"SLOWLOG", "GET"}};
  for (const auto& command : commands) {
    const std::string reply = client.command(command);
    EXPECT_THAT(reply, HasSubstr("is blocked in environment 'default' (rule 'key_prefix')")) << command[0];
    EXPECT_TRUE(is_error(reply, "NOPERM")) << reply;
  }
  EXPECT_THAT(client.command({"INFO"}), ::testing::Not(HasSubstr("# Keyspace")));
  EXPECT_THAT(client.command({"INFO"}), HasSubstr("redis_version"));
}

TEST(KeyPrefix, ARandomKeyIsOneOfItsOwn) {
  TwoEnvironments shared;
  RedisClient client(shared.holdfast.port());
  RedisClient stranger(shared.second_port);
  EXPECT_EQ(client.command({"RANDOMKEY"}), "(nil)");
  for (int i = 0; i < 200; ++i) stranger.command({"SET", "other:" + std::to_string(i), "v"});
  EXPECT_EQ(client.command({"RANDOMKEY"}), "(nil)");
  EXPECT_EQ(client.command({"SET", "mine", "v"}), "OK");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.command({"RANDOMKEY"}), "mine");
  EXPECT_THAT(stranger.command({"RANDOMKEY"}), StartsWith("other:"));
}

// On a connection that Redis keeps state for, too; but not inside MULTI.
TEST(KeyPrefix, KeysAreListedOnAConnectionOfItsOwn) {
  TwoEnvironments shared;
  RedisClient(shared.second_port).command({"SET", "theirs", "v"});
  RawClient client(shared.holdfast.port());
  EXPECT_EQ(client.command({"SET", "k", "v"}), "+OK\r\n");
  EXPECT_EQ(client.command({"WATCH", "k"}), "+OK\r\n");
  const std::string keys = "*1\r\n$1\r\nk\r\n";
  client.send(
      "KEYS *\r\nSCAN 0 COUNT 100\r\nRANDOMKEY\r\nKEYS *\r\nGET k\r\nEVAL \"return redis.call('KEYS', '*')\" "
      "0\r\n");
  EXPECT_EQ(client.read_reply(), keys);
  EXPECT_EQ(client.read_reply(), "*2\r\n$1\r\n0\r\n" + keys);
  EXPECT_EQ(client.read_reply(), "$1\r\nk\r\n");
  EXPECT_EQ(client.read_reply(), keys);
  EXPECT_EQ(client.read_reply(), "$1\r\nv\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-"));  // a script is no wiser than before
  EXPECT_EQ(client.command({"MULTI"}), "+OK\r\n");
  EXPECT_THAT(client.command({"KEYS", "*"}), HasSubstr("inside MULTI, where key_prefix does not serve it"));
  EXPECT_THAT(client.command({"EXEC"}), StartsWith("-EXECABORT"));
  RawClient subscriber(shared.holdfast.port());
  EXPECT_THAT(subscriber.command({"HELLO", "3"}), StartsWith("%"));
  EXPECT_THAT(subscriber.command({"SUBSCRIBE", "c"}), HasSubstr("subscribe"));
  EXPECT_EQ(subscriber.command({"KEYS", "*"}), keys);
  EXPECT_EQ(subscriber.command({"PUBSUB", "CHANNELS"}), "*1\r\n$1\r\nc\r\n");
}

TEST(KeyPrefix, ScriptsReachTheirOwnKeysOnly) {
  TwoEnvironments shared;
  RawClient client(shared.holdfast.port());
  RedisClient direct(shared.redis.port());
  direct.command({"SET", "b:k", "theirs"});
  direct.command({"SET", "k", "nobody's"});
  EXPECT_EQ(client.command({"EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", "1", "k", "v"}), "+OK\r\n");
  EXPECT_EQ(direct.command({"GET", "a:k"}), "v");
  EXPECT_EQ(client.command({"GET", "k"}), "$1\r\nv\r\n");
  for (const char* script :
       {"return redis.call('GET', 'b:k')", "return redis.call('GET', 'k')", "return redis.call('KEYS', '*')",
        "return redis.call('SCAN', '0')", "return redis.call('FLUSHALL')", "return redis.call('RANDOMKEY')",
        "return redis.call('SWAPDB', 0, 1)"})
    EXPECT_THAT(client.command({"EVAL", script, "0"}), StartsWith("-")) << script;
  EXPECT_EQ(direct.command({"GET", "b:k"}), "theirs");
  // What a script may not, its client still may, on its own names.
  EXPECT_EQ(client.command({"KEYS", "*"}), "*1\r\n$1\r\nk\r\n");
  EXPECT_EQ(client.command({"RPUSH", "l", "1"}), ":1\r\n");
  EXPECT_EQ(client.command({"SORT", "l", "BY", "w_*", "GET", "#"}), "*1\r\n$1\r\n1\r\n");
  EXPECT_EQ(client.command({"EVAL", "return redis.call('GET', KEYS[1])", "1", "k"}), "$1\r\nv\r\n");
}

TEST(KeyPrefix, LargeRequestsAndPipelinesKeepTheirOrder) {
  TwoEnvironments shared;
  RedisClient client(shared.holdfast.port());
  const std::string large(1'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    client.append({"INCR", "n"});
    client.append({"SET", "large", large});
    client.append({"STRLEN", "large"});
    client.append({"PING"});
  }
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(client.next_reply(), std::to_string(i));
    EXPECT_EQ(client.next_reply(), "OK");
    EXPECT_EQ(client.next_reply(), "1000000");
    EXPECT_EQ(client.next_reply(), "PONG");
  }
  RedisClient direct(shared.redis.port());
  EXPECT_EQ(direct.command({"STRLEN", "a:large"}), "1000000");
}

}  // namespace
}  // namespace holdfast::testing
