// A decision allocates nothing, however many rules the user has and whatever the verdict is.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "policy/users.h"

namespace {

// Counted only while a test asks for it; gtest and everything else allocate as they like.
bool counting = false;
size_t allocations = 0;

void* allocate(size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(size_t size) {
  return allocate(size);
}
void* operator new[](size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}

namespace holdfast::policy {
namespace {

size_t allocations_of(const User& user, const std::vector<std::string_view>& line, KeyUses& uses) {
  const CommandId id = find_command(line[0], line.size() > 1 ? line[1] : std::string_view());
  allocations = 0;
  counting = true;
  decide(user, id, line, uses);
  counting = false;
  return allocations;
}

TEST(DecisionCost, ADecisionAllocatesNothing) {
  config::Environment environment;
  environment.name = "default";
  config::User config;
  config.name = "u";
  config.acl.value =
      "+@read +@write -@dangerous +select|0 ~order:* %R~product:* %W~a?b*c &events:* (+eval ~script:*) "
      "(+@all ~x)";
  for (int i = 0; i < 1'000; ++i) config.acl.value += " ~tenant" + std::to_string(i) + ":*";
  environment.users.push_back(config);
  config::ProblemList problems("h.toml");
  const Users users = Users::compile(environment, problems);
  ASSERT_TRUE(problems.empty()) << problems.lines()[0];
  const User& user = *users.find("u");
  KeyUses uses;
  std::vector<std::string> keys;
  for (int i = 0; i < 1'000; ++i) keys.push_back("tenant" + std::to_string(i) + ":k");
  std::vector<std::string_view> mget = {"MGET"};
  mget.insert(mget.end(), keys.begin(), keys.end());
  allocations_of(user, mget, uses);  // the first one of that size makes room for its keys
  const std::vector<std::vector<std::string_view>> lines = {
      mget,
      {"GET", "order:1"},
      {"GET", "other"},
      {"SET", "product:1", "v", "GET"},
      {"CONFIG", "SET", "a", "b"},
      {"SELECT", "1"},
      {"NOSUCH", "x"},
      {"SORT", "order:1", "BY", "w_*", "STORE", "order:2", "STORE", "x"},
      {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "order:1", ">"},
      {"EVAL", "s", "2", "script:1", "script:2"},
      {"PUBLISH", "events:1", "m"},
      {"PSUBSCRIBE", "events:*"},
      {"MIGRATE", "h", "1", "", "0", "1", "KEYS", "a", "b"},
  };
  for (const auto& line : lines) EXPECT_EQ(allocations_of(user, line, uses), 0u) << line[0];
}

}  // namespace
}  // namespace holdfast::policy
