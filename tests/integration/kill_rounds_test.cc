// Redis, Holdfast or both are killed under load, again and again, in any order: nothing that was acknowledged
// may be missing, whether Redis keeps its data itself or not.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>

#include "tests/integration/load.h"
#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

constexpr int kRounds = 5;

class KillRounds : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(KillRounds, NothingAcknowledgedIsMissing) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  Stack stack({}, GetParam());
  std::vector<std::unique_ptr<Load>> loads;
  loads.push_back(std::make_unique<Load>(stack.holdfast.port(), 3, 8));
  ASSERT_TRUE(loads.back()->wait_acknowledged(500));
  for (int round = 0; round < kRounds; ++round) {
    const unsigned what = round < 3 ? static_cast<unsigned>(round) : random() % 3;  // each at least once
    const bool redis = what != 1, holdfast = what != 0;
    if (holdfast) stack.holdfast.kill();
    if (redis) stack.redis.kill();
    if (redis) stack.redis.start();
    if (holdfast) {
      loads.back()->join();
      stack.holdfast.start(HoldfastProcess::Until::kStarted);
      loads.push_back(std::make_unique<Load>(stack.holdfast.port(), 3, 8));
    }
    const uint64_t before = loads.back()->acknowledged();
    ASSERT_TRUE(loads.back()->wait_acknowledged(before + 300 + random() % 500))
        << "round " << round << " after " << what << "\n"
        << stack.holdfast.ready_page() << stack.holdfast.log();
  }
  loads.back()->stop();
  for (const auto& load : loads) load->join();
  RedisClient direct(stack.redis.port());
  ASSERT_TRUE(wait_journaled(stack.holdfast, stack.redis));
  Restored restored(stack.holdfast);
  for (const auto& load : loads) {
    EXPECT_EQ(load->missing_in(direct), 0);
    EXPECT_EQ(load->missing_in(restored.client()), 0);
  }
  EXPECT_EQ(digest(restored.client()), digest(direct));
}

INSTANTIATE_TEST_SUITE_P(Persistence, KillRounds,
                         ::testing::Values(std::vector<std::string>{},
                                           std::vector<std::string>{"--appendonly", "yes"},
                                           std::vector<std::string>{"--save", "1 1"}),
                         [](const auto& parameter) {
                           return std::string(std::array{"Without", "Aof", "Rdb"}[parameter.index]);
                         });

}  // namespace
}  // namespace holdfast::testing
