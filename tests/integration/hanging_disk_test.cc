// The journal's disk does not answer any more: nothing is acknowledged, people are told, and Holdfast can be
// stopped.
#include "tests/integration/hanging_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

TEST(HangingDiskTest, IsSaidAndOverWhenItAnswersAgain) {
  HangingDisk disk;
  Stack stack({.environment = "ack_timeout = \"200ms\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "before", "1"}), "OK");
  disk.stall();
  EXPECT_TRUE(is_error(client.command({"SET", "during", "1"}), "UNCERTAIN"));
  ASSERT_TRUE(stack.holdfast.wait_problem("hangs or does not keep up"));
  EXPECT_EQ(stack.holdfast.ready_status(), 503);
  EXPECT_TRUE(stack.holdfast.wait_log("hangs or does not keep up"));
  disk.go_on();
  EXPECT_TRUE(stack.holdfast.wait_ready());
  EXPECT_TRUE(stack.holdfast.wait_log("is not behind any more"));
  EXPECT_EQ(client.command({"SET", "after", "1"}), "OK");
}

TEST(HangingDiskTest, DoesNotKeepHoldfastFromLeaving) {
  HangingDisk disk;
  Stack stack({.server = "drain_timeout = \"200ms\"\n", .environment = "ack_timeout = \"200ms\"\n"});
  RedisClient client(stack.holdfast.port());
  ASSERT_EQ(client.command({"SET", "before", "1"}), "OK");
  disk.stall();
  EXPECT_TRUE(is_error(client.command({"SET", "during", "1"}), "UNCERTAIN"));
  EXPECT_EQ(stack.holdfast.stop(), 1);
  EXPECT_THAT(stack.holdfast.log(), ::testing::HasSubstr("leaving without it"));
  disk.go_on();
  stack.holdfast.start();
  RedisClient later(stack.holdfast.port());
  EXPECT_EQ(later.command({"SET", "after", "1"}), "OK");
}

}  // namespace
}  // namespace holdfast::testing
