// What a decision about a user's ACL costs, without any server: from the arguments of a request to the
// verdict, keys found on the way. A typical user, one with thousands of key patterns, and thousands of users.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report/bars.h"
#include "bench/report/spread.h"
#include "bench/report/table.h"
#include "bench/scenarios/scenario.h"
#include "config/problems.h"
#include "policy/users.h"

namespace holdfast::bench {
namespace {

constexpr double kBarNs = 200;

using Line = std::vector<std::string_view>;

struct Request {
  policy::CommandId id;
  Line line;
};

// Twenty rules, as an application's user has them.
constexpr std::string_view kTypical =
    "+@read +@write +@connection +@transaction -@dangerous -@admin +config|get +client|setname -keys "
    "+publish "
    "-getdel ~order:* ~cart:* ~session:* %R~product:* %R~price:* %W~audit:* &events:* &news (+eval "
    "~script:*)";

// A few commands of each shape; every one is let through.
std::vector<Request> typical_requests() {
  const std::vector<Line> lines = {
      {"GET", "order:1000042"},
      {"SET", "cart:77:items", "value", "EX", "600"},
      {"HGETALL", "session:0123456789abcdef"},
      {"MGET", "product:1", "product:2", "price:1", "price:2"},
      {"ZADD", "order:queue", "1", "1000042"},
      {"LPUSH", "audit:2026", "x"},
      {"PUBLISH", "events:order", "x"},
      {"INCR", "order:counter"},
  };
  std::vector<Request> requests;
  for (const Line& line : lines) requests.push_back({policy::find_command(line[0], line[1]), line});
  return requests;
}

config::User user_of(std::string name, std::string acl) {
  config::User user;
  user.name = std::move(name);
  user.acl = {std::move(acl), {"bench", 1}};
  return user;
}

// Nanoseconds of one decision; `decide_one(i)` answers whether the i-th is let through.
template <typename DecideOne>
Result<Spread> measure(const Settings& settings, DecideOne decide_one) {
  constexpr size_t kBatch = 20'000;
  std::vector<double> rounds;
  for (int round = 0; round < settings.rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const auto wanted = std::chrono::duration<double>(std::min(settings.seconds, 0.3));
    size_t done = 0, refused = 0;
    auto end = begin;
    do {
      for (size_t i = 0; i < kBatch; ++i) refused += decide_one(done + i) ? 0 : 1;
      done += kBatch;
      end = std::chrono::steady_clock::now();
    } while (end - begin < wanted);
    if (refused != 0) return Error(ErrorCode::kRefused, "a decision that should let through refused");
    rounds.push_back(std::chrono::duration<double, std::nano>(end - begin).count() /
                     static_cast<double>(done));
  }
  return spread_of(std::move(rounds));
}

}  // namespace

Result<std::string> run_decision(const Settings& settings) {
  config::Environment environment;
  environment.name = "bench";
  environment.users.push_back(user_of("typical", std::string(kTypical)));
  environment.users.push_back(user_of("everything", "+@all ~* &*"));
  std::string many = "+@read +@write ~order:* ~cart:* ~session:* ~product:* ~price:* ~audit:* ";
  for (int i = 0; i < 10'000; ++i) many += "~tenant" + std::to_string(i) + ":* ";
  environment.users.push_back(user_of("many-patterns", many + "&events:* +publish"));
  const size_t others = 10'000;
  for (size_t i = 0; i < others; ++i)
    environment.users.push_back(user_of("user" + std::to_string(i), std::string(kTypical)));
  config::ProblemList problems("bench");
  const policy::Users users = policy::Users::compile(environment, problems);
  if (!problems.empty()) return Error(ErrorCode::kInvalid, problems.lines().front());

  const std::vector<Request> requests = typical_requests();
  policy::KeyUses uses;
  const auto with = [&](const policy::User& user) {
    return measure(settings, [&](size_t i) {
      const Request& request = requests[i % requests.size()];
      return policy::decide(user, request.id, request.line, uses).allowed();
    });
  };
  std::vector<const policy::User*> all;
  for (size_t i = 0; i < others; ++i) all.push_back(users.find("user" + std::to_string(i)));
  const auto typical = with(*users.find("typical"));
  const auto patterns = with(*users.find("many-patterns"));
  const auto any_user = measure(settings, [&](size_t i) {
    const Request& request = requests[i % requests.size()];
    return policy::decide(*all[(i * 7919) % others], request.id, request.line, uses).allowed();
  });
  const auto everything = with(*users.find("everything"));
  for (const auto* one : {&typical, &patterns, &any_user, &everything})
    if (!one->ok()) return one->error();

  Table table({"a user with", "ns per decision"});
  table.add({"20 rules", with_range(typical.value(), 0)});
  table.add({"10,006 key patterns", with_range(patterns.value(), 0)});
  table.add({"20 rules, one of 10,000 users each time", with_range(any_user.value(), 0)});
  table.add({"+@all ~* &*, decided in full (a session decides it once for each command)",
             with_range(everything.value(), 0)});
  Bars bars;
  bars.add("ns per decision of a user with 20 rules", typical.value(), Bars::Kind::kAtMost, kBarNs, 0);
  return "From the arguments of a request to the verdict, the keys found on the way; eight commands in turn, "
         "in one "
         "thread, without a server. Nothing is allocated (tests/policy/decision_cost_test.cc).\n\n" +
         table.to_string() + "\n" + bars.to_string();
}

}  // namespace holdfast::bench
