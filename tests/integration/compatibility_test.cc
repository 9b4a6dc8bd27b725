// An application cannot tell Holdfast from Redis: every command of compatibility/*.txt is sent to one
// redis-server directly and through Holdfast to another one in the same state, and the replies must be the
// same, byte for byte: in RESP2 and RESP3, one by one, as one pipeline, as inline commands, and each inside a
// transaction of its own. Afterwards both servers must hold the same data.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <tuple>

#include "config/load.h"
#include "policy/command_table.h"
#include "policy/policy.h"
#include "proxy/route.h"
#include "tests/integration/compatibility_cases.h"
#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

enum class Mode { kOneByOne, kPipeline, kInline, kTransaction };

constexpr const char* kModeNames[] = {"OneByOne", "Pipeline", "Inline", "InMulti"};
constexpr const char* kDirectory = HOLDFAST_SOURCE_DIR "/tests/integration/compatibility";

const std::vector<CaseTable>& tables() {
  static const std::vector<CaseTable> all = read_case_tables(kDirectory);
  return all;
}

// Sorted, so that elements in another order are the same.
std::string sorted_lines(const std::string& reply) {
  std::vector<std::string> lines;
  std::istringstream in(reply);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Redis alone, and Redis behind Holdfast.
struct Pair {
  explicit Pair(const std::string& environment)
      : stack({.environment = environment}),
        reference_control(reference.port()),
        stack_control(stack.redis.port()) {}

  // What a test has left behind is removed past Holdfast, whose policy would refuse it.
  void clear() {
    for (RedisClient* client : {&reference_control, &stack_control}) {
      ASSERT_EQ(client->command({"FLUSHALL"}), "OK");
      ASSERT_EQ(client->command({"FUNCTION", "FLUSH"}), "OK");
      ASSERT_EQ(client->command({"SCRIPT", "FLUSH"}), "OK");
    }
  }

  RedisServer reference;
  Stack stack;
  RedisClient reference_control;
  RedisClient stack_control;
};

class Compatibility : public ::testing::TestWithParam<std::tuple<size_t, const char*, Mode>> {
 protected:
  static void TearDownTestSuite() { pairs_.clear(); }

  static Pair& pair_for(const CaseTable& table) {
    std::unique_ptr<Pair>& pair = pairs_[table.everything_allowed];
    if (pair == nullptr) pair = std::make_unique<Pair>(table.everything_allowed ? "block = []\n" : "");
    return *pair;
  }

  static bool sends_transactions() { return std::get<2>(GetParam()) == Mode::kTransaction; }

  static std::string request(const Case& entry) {
    if (std::get<2>(GetParam()) == Mode::kInline) return encode_inline(entry.words);
    const std::string encoded = encode_request(entry.words);
    if (!sends_transactions()) return encoded;
    return encode_request({"MULTI"}) + encoded + encode_request({"EXEC"});
  }

  static std::string reply(RawClient& client) {
    std::string bytes = client.read_reply();
    for (int i = 0; sends_transactions() && i < 2; ++i) bytes += client.read_reply();
    return bytes;
  }

  static bool is_skipped(const Case& entry) { return sends_transactions() && entry.check == Check::kOnly; }

  static void expect_alike(const CaseTable& table, const Case& entry, const std::string& direct,
                           const std::string& through) {
    const auto details = [&] {
      return "tests/integration/compatibility/" + table.file + ".txt:" + std::to_string(entry.line) + ": " +
             encode_inline(entry.words) + "  Redis:    " + printable(direct) +
             "\n  Holdfast: " + printable(through);
    };
    const std::string pattern = sends_transactions() ? "+OK +QUEUED \\*1 " + entry.pattern : entry.pattern;
    switch (entry.check) {
      case Check::kSame:
        EXPECT_TRUE(direct == through) << details();
        break;
      case Check::kUnordered:
        EXPECT_TRUE(sorted_lines(direct) == sorted_lines(through)) << details();
        break;
      case Check::kLike:
        EXPECT_TRUE(is_like(direct, pattern)) << details();
        [[fallthrough]];
      case Check::kOnly:
        EXPECT_TRUE(is_like(through, pattern)) << details();
        break;
    }
  }

  static void run(const CaseTable& table, const Section& section, RawClient& direct, RawClient& through) {
    const bool at_once = std::get<2>(GetParam()) == Mode::kPipeline;
    std::string to_direct;
    std::string to_holdfast;
    for (const Case& entry : section.cases) {
      if (is_skipped(entry)) continue;
      const bool both = entry.check != Check::kOnly;
      if (at_once) {
        to_holdfast += request(entry);
        if (both) to_direct += request(entry);
        continue;
      }
      through.send(request(entry));
      if (both) direct.send(request(entry));
      const std::string expected = both ? reply(direct) : "";
      expect_alike(table, entry, expected, reply(through));
    }
    if (!at_once) return;
    direct.send(to_direct);
    through.send(to_holdfast);
    for (const Case& entry : section.cases) {
      const std::string expected = entry.check != Check::kOnly ? reply(direct) : "";
      expect_alike(table, entry, expected, reply(through));
    }
  }

 private:
  static inline std::map<bool, std::unique_ptr<Pair>> pairs_;
};

TEST_P(Compatibility, SameBytesAsFromRedisItself) {
  const CaseTable& table = tables()[std::get<0>(GetParam())];
  const std::string protocol = std::get<1>(GetParam());
  Pair& pair = pair_for(table);
  for (const Section& section : table.sections) {
    if (sends_transactions() && !section.not_in_multi.empty()) continue;
    pair.clear();
    RawClient direct(pair.reference.port());
    RawClient through(pair.stack.holdfast.port());
    if (protocol == "3") {
      direct.command({"HELLO", protocol});
      through.command({"HELLO", protocol});
    }
    run(table, section, direct, through);
    if (!section.not_same_data.empty()) continue;
    EXPECT_EQ(pair.stack_control.command({"DEBUG", "DIGEST"}),
              pair.reference_control.command({"DEBUG", "DIGEST"}))
        << "the data differ after section [" << section.name << "] of " << table.file;
  }
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<size_t, const char*, Mode>>& instance) {
  const auto& [table, protocol, mode] = instance.param;
  return tables()[table].file + "_Resp" + protocol + "_" + kModeNames[static_cast<int>(mode)];
}

// What both servers send for these bytes, and when they close.
TEST(CompatibilityOfBytes, SameAnswersToWhatIsHardlyARequest) {
  Pair pair("");
  std::ifstream in(std::string(kDirectory) + "/requests.raw");
  ASSERT_TRUE(in);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const auto bytes = split_words(line);
    ASSERT_TRUE(bytes && bytes->size() == 1) << "requests.raw:" << number;
    pair.clear();
    RawClient direct(pair.reference.port());
    RawClient through(pair.stack.holdfast.port());
    for (RawClient* client : {&direct, &through}) {
      client->send(bytes->front());
      client->socket().finish_sending();
    }
    const std::string expected = direct.read_to_end();
    EXPECT_EQ(printable(through.read_to_end()), printable(expected))
        << "requests.raw:" << number << ": " << line;
  }
}

// Commands without a case, each with its reason.
const std::map<std::string_view, std::string_view>& not_in_the_tables() {
  static const std::map<std::string_view, std::string_view> reasons = {
      {"bgrewriteaof", "runs in the background of the server"},
      {"bgsave", "runs in the background of the server"},
      {"client|no-touch", "of a newer Redis than the tables are made for"},
      {"waitaof", "of a newer Redis than the tables are made for"},
      {"quit", "ends the connection: requests.raw"},
      {"holdfast|explain", "is none of Redis's"},
      {"holdfast|help", "is none of Redis's"},
      {"holdfast|slowlog", "is none of Redis's"},
      {"holdfast|status", "is none of Redis's"},
      {"holdfast", "is none of Redis's"},
      {"memory|malloc-stats", "differs from moment to moment"},
      {"latency|graph", "needs a server that was slow before"},
      {"command", "the order of its reply depends on the server's own hash seed"},
  };
  return reasons;
}

// A command that is served and that no table has is one for which nobody has proved that it is the same.
TEST(CompatibilityTables, HaveEveryCommandThatIsServed) {
  const config::Config defaults = config::defaults();
  const auto policy = policy::Policy::compile(defaults.environments.at(0));
  ASSERT_TRUE(policy.ok());
  std::set<policy::CommandId> covered;
  for (const CaseTable& table : tables()) {
    for (const Section& section : table.sections) {
      for (const Case& entry : section.cases)
        covered.insert(policy::find_command(entry.words[0], entry.words.size() > 1 ? entry.words[1] : ""));
    }
  }
  for (size_t i = 1; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    const std::string_view name = policy::command(id).name;
    const bool served = proxy::route_of(id) != proxy::Route::kUnsupported &&
                        policy.value()->decide(id).decision == policy::Decision::kAllow;
    EXPECT_TRUE(!served || covered.contains(id) || not_in_the_tables().contains(name))
        << name << " is served and has no case in tests/integration/compatibility/";
    EXPECT_FALSE(covered.contains(id) && not_in_the_tables().contains(name))
        << name << " has a case: take it off the list of those without";
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Compatibility,
                         ::testing::Combine(::testing::Range(size_t{0}, tables().size()),
                                            ::testing::Values("2", "3"),
                                            ::testing::Values(Mode::kOneByOne, Mode::kPipeline, Mode::kInline,
                                                              Mode::kTransaction)),
                         name_of);

}  // namespace
}  // namespace holdfast::testing
