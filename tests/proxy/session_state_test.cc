#include "proxy/session_state.h"

#include <gtest/gtest.h>

#include "proxy/link_state.h"

namespace holdfast::proxy {
namespace {

TEST(SessionState, IsPlainOnlyOnTheSharedLinkWithReplies) {
  SessionState state;
  EXPECT_TRUE(state.is_plain());
  state.enter(SessionState::Link::kOwn);
  EXPECT_FALSE(state.is_plain());
  state.enter(SessionState::Replies::kOff);
  state.enter(SessionState::Link::kShared);
  EXPECT_FALSE(state.is_plain());
  state.enter(SessionState::Replies::kOn);
  EXPECT_TRUE(state.is_plain());
}

TEST(SessionState, WhatRedisKeepsHoldsTheLinkUntilItIsLeft) {
  SessionState state;
  state.enter(SessionState::Link::kOwn);
  state.hold(SessionState::kBlocking, true);
  EXPECT_FALSE(state.holds_link());  // its reply does
  state.hold(SessionState::kTracking, true);
  state.hold(SessionState::kMonitoring, true);
  state.hold(SessionState::kMonitoring, false);
  EXPECT_TRUE(state.holds_link());
  state.enter(SessionState::Link::kShared);
  EXPECT_FALSE(state.holds_link());
  EXPECT_FALSE(state.holds(SessionState::kBlocking));
}

TEST(SessionState, WhoIsToBeATargetLeavesTheSharedLinkAndKeepsItsOwn) {
  SessionState state;
  state.enter(SessionState::Target::kWanted);
  EXPECT_FALSE(state.is_plain());
  state.enter(SessionState::Link::kOwn);
  state.enter(SessionState::Target::kNobodys);
  state.hold(SessionState::kTarget, true);
  EXPECT_TRUE(state.holds_link());
  state.enter(SessionState::Link::kShared);
  EXPECT_TRUE(state.is_plain());
}

TEST(SessionState, ALargeRequestHoldsTheLink) {
  SessionState state;
  state.enter(SessionState::Link::kOwn);
  state.enter(SessionState::Input::kLarge);
  EXPECT_TRUE(state.holds_link());
  state.enter(SessionState::Input::kRequests);
  EXPECT_FALSE(state.holds_link());
}

TEST(SessionState, LifeGoesOneWay) {
  SessionState state;
  EXPECT_TRUE(state.is_serving());
  state.enter(SessionState::Life::kLeaving);
  EXPECT_FALSE(state.is_over());
  state.enter(SessionState::Life::kClosing);
  EXPECT_TRUE(state.is_over());
  state.enter(SessionState::Life::kClosed);
  EXPECT_EQ(state.life(), SessionState::Life::kClosed);
}

#ifndef NDEBUG
TEST(SessionStateDeathTest, NoStepIsTakenBack) {
  EXPECT_DEATH(
      {
        SessionState state;
        state.enter(SessionState::Life::kClosing);
        state.enter(SessionState::Life::kLeaving);
      },
      "");
  EXPECT_DEATH(
      {
        SessionState state;
        state.enter(SessionState::Wait::kLink);
        state.enter(SessionState::Wait::kRoom);
      },
      "");
  EXPECT_DEATH(
      {
        LinkState state;
        state.enter(LinkState::Life::kReady);
      },
      "");
}
#endif

TEST(LinkState, TaintStays) {
  LinkState state;
  state.enter(LinkState::Life::kHandshake);
  state.enter(LinkState::Life::kReady);
  EXPECT_FALSE(state.is_tainted());
  state.taint();
  EXPECT_TRUE(state.is_tainted());
  state.enter(LinkState::Trust::kAsked);
  EXPECT_TRUE(state.is_asked());
  state.enter(LinkState::Trust::kKnown);
  state.enter(LinkState::Life::kClosed);
  EXPECT_TRUE(state.is_closed());
}

}  // namespace
}  // namespace holdfast::proxy
