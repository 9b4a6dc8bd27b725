#include "journal/group_pacer.h"

#include <gtest/gtest.h>

namespace holdfast::journal {
namespace {

constexpr uint64_t kUs = 1'000;
constexpr uint64_t kSync = 2'400 * kUs;
constexpr size_t kGroup = 5'000;

// Groups whose bytes are all back `return_ns` after each sync; what the pacer waited for the last of them.
class Clients {
 public:
  uint64_t one_group(uint64_t return_ns) {
    pacer.durable(now_, kGroup, kSync);
    const GroupPacer::Pause pause = pacer.before_group(now_, 10, 0, true);
    const uint64_t waited = std::min(pause.ns, return_ns);
    const size_t returned = waited == return_ns ? kGroup : 0;
    pacer.begin(now_ + waited, returned, true);
    now_ += waited + kSync;
    return waited;
  }
  uint64_t groups(int count, uint64_t return_ns) {
    uint64_t waited = 0;
    for (int i = 0; i < count; ++i) waited = one_group(return_ns);
    return waited;
  }

  GroupPacer pacer;

 private:
  uint64_t now_ = 1'000'000 * kUs;
};

TEST(GroupPacer, BeginsAtOnceWithTheFirstGroupAndWhenAllAreBack) {
  GroupPacer pacer;
  EXPECT_EQ(pacer.before_group(1'000'000 * kUs, 100, 100, true).ns, 0u);
  pacer.durable(1'000'000 * kUs, 100, kSync);
  EXPECT_EQ(pacer.before_group(1'000'010 * kUs, 100, 100, true).ns, 0u);
}

TEST(GroupPacer, WaitsForClientsThatReturnSoonerThanASyncTakes) {
  Clients clients;
  EXPECT_EQ(clients.groups(50, 1'000 * kUs), 1'000 * kUs);
}

TEST(GroupPacer, AsksForTheBytesThatAreStillOut) {
  GroupPacer pacer;
  pacer.durable(1'000'000 * kUs, 800, kSync);
  const GroupPacer::Pause pause = pacer.before_group(1'000'100 * kUs, 500, 100, true);
  EXPECT_GT(pause.ns, 0u);
  EXPECT_EQ(pause.bytes, 600u);  // seven eighths of 800, of which 100 are back
}

TEST(GroupPacer, DoesNotWaitForClientsThatReturnLater) {
  Clients clients;
  EXPECT_EQ(clients.groups(20, 2 * kSync), 0u);
}

TEST(GroupPacer, MeasuresAgainAfterAWhile) {
  Clients clients;
  clients.groups(20, 2 * kSync);
  EXPECT_EQ(clients.groups(110, 500 * kUs), 500 * kUs);
}

TEST(GroupPacer, NeverWaitsLongerThanASync) {
  Clients clients;
  for (int i = 0; i < 300; ++i) EXPECT_LT(clients.one_group(2 * kSync), kSync);
}

TEST(GroupPacer, OneThatIsLateDoesNotEndIt) {
  Clients clients;
  clients.groups(20, 1'000 * kUs);
  clients.one_group(2 * kSync);
  EXPECT_EQ(clients.groups(3, 1'000 * kUs), 1'000 * kUs);
}

TEST(GroupPacer, SpacesGroupsThatNobodyWaitsFor) {
  GroupPacer pacer;
  pacer.durable(1'000'000 * kUs, 100, kSync);
  const GroupPacer::Pause pause = pacer.before_group(1'000'500 * kUs, 100, 0, false);
  EXPECT_EQ(pause.ns, 9'500 * kUs);
  EXPECT_GT(pause.bytes, 1'000u);
  EXPECT_EQ(pacer.before_group(1'000'500 * kUs, pause.bytes + 100, 0, false).ns, 0u);
  EXPECT_EQ(pacer.before_group(1'010'000 * kUs, 100, 0, false).ns, 0u);
}

}  // namespace
}  // namespace holdfast::journal
