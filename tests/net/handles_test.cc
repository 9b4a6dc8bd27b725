// Timers, wake-ups, turn ends, signals, and the loop that they live on.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/loop.h"
#include "net/signal.h"
#include "net/timer.h"
#include "net/turn_end.h"
#include "net/wakeup.h"

namespace holdfast::net {
namespace {

TEST(Loop, EndsWhenNothingIsLeft) {
  Loop loop;
  loop.run();
}

TEST(LoopDeathTest, NamesAHandleThatIsStillOpen) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto loop = std::make_unique<Loop>();
        const Timer timer(*loop, [] {});
        loop.reset();
      },
      "a timer handle is still open on its loop");
}

TEST(Timer, CallsBackOnce) {
  Loop loop;
  int calls = 0;
  Timer timer(loop, [&] { ++calls; });
  EXPECT_FALSE(timer.is_active());
  timer.start_once(1);
  EXPECT_TRUE(timer.is_active());
  loop.run();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(timer.is_active());
  timer.close();
  loop.run();
}

TEST(Timer, RepeatsUntilItIsStopped) {
  Loop loop;
  int calls = 0;
  Timer repeating(loop, [&] {
    if (++calls == 3) repeating.stop();
  });
  repeating.start_repeating(1);
  loop.run();
  EXPECT_EQ(calls, 3);
  repeating.close();
  loop.run();
}

TEST(Timer, StartingAgainReplacesWhatWasSet) {
  Loop loop;
  int calls = 0;
  Timer timer(loop, [&] { ++calls; });
  timer.start_once(3'600'000);
  timer.start_once(0);
  loop.run();
  EXPECT_EQ(calls, 1);
  timer.close();
  loop.run();
}

TEST(Timer, MayBeDestroyedInItsOwnCallback) {
  Loop loop;
  std::unique_ptr<Timer> timer;
  std::string kept = "what the callback holds lives until it returns";
  std::string seen;
  timer = std::make_unique<Timer>(loop, [&timer, &seen, kept] {
    timer.reset();
    seen = kept;
  });
  timer->start_repeating(0);
  loop.run();
  EXPECT_EQ(seen, kept);
}

TEST(Timer, DestroyedBeforeItIsDueIsNeverCalled) {
  Loop loop;
  bool called = false;
  {
    Timer timer(loop, [&] { called = true; });
    timer.start_once(0);
  }
  loop.run();
  EXPECT_FALSE(called);
}

TEST(Timer, StaysClosed) {
  Loop loop;
  bool called = false;
  Timer timer(loop, [&] { called = true; });
  timer.close();
  timer.close();
  timer.start_once(0);
  timer.start_repeating(1);
  timer.stop();
  EXPECT_FALSE(timer.is_active());
  loop.run();
  EXPECT_FALSE(called);
}

TEST(Wakeup, WakesALoopFromAnotherThread) {
  constexpr int kSends = 1000;
  Loop loop;
  std::atomic<int> sent{0};
  int calls = 0;
  Wakeup wakeup(loop, [&] { ++calls; });
  std::thread sender([&] {
    for (; sent < kSends; ++sent) wakeup.send();
  });
  while (sent < kSends || calls == 0) uv_run(loop.raw(), UV_RUN_NOWAIT);
  sender.join();
  EXPECT_GE(calls, 1);
  EXPECT_LE(calls, kSends);
  wakeup.close();
  loop.run();
}

TEST(Wakeup, ASendAfterCloseIsNothing) {
  Loop loop;
  bool called = false;
  Wakeup wakeup(loop, [&] { called = true; });
  wakeup.send();
  wakeup.close();
  wakeup.send();
  loop.run();
  EXPECT_FALSE(called);
}

TEST(TurnEnd, ComesBeforeTheLoopSleepsAndAfterTheInputOfTheTurn) {
  struct Recorder final : TurnEnd::Handler {
    void turn_ended() override { order += 'E'; }
    std::string order;
  } recorder;
  Loop loop;
  TurnEnd turn_end(loop, recorder);
  Wakeup first(loop, [&] { recorder.order += '1'; });
  Wakeup second(loop, [&] { recorder.order += '2'; });
  first.send();
  second.send();
  uv_run(loop.raw(), UV_RUN_ONCE);
  EXPECT_EQ(recorder.order, "E12E");
  turn_end.close();
  first.close();
  second.close();
  loop.run();
}

TEST(Signal, CallsBackOnTheLoop) {
  Loop loop;
  int calls = 0;
  Signal signal(loop, SIGUSR1, [&] {
    ++calls;
    signal.close();
  });
  std::raise(SIGUSR1);
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST(Loop, IgnoresSigpipe) {
  const Loop loop;
  std::raise(SIGPIPE);  // would end the program
}

}  // namespace
}  // namespace holdfast::net
