// Clocks: the system's keep their promises, the manual one obeys.
#include "base/clock.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, TheWallClockLiesBetweenTwoReadingsOfTheStandardOne) {
  const SystemClock clock;
  const auto before =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const UnixMillis now = clock.now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

TEST(SystemClock, TheSteadyClockNeverGoesBack) {
  const SystemClock clock;
  std::chrono::nanoseconds last = clock.steady();
  for (int i = 0; i < 1000; ++i) {
    const std::chrono::nanoseconds next = clock.steady();
    ASSERT_LE(last, next);
    last = next;
  }
}

TEST(ManualClock, StandsStillUntilAdvanced) {
  ManualClock clock(unix_millis(1'752'400'000'123));
  EXPECT_EQ(to_count(clock.now()), 1'752'400'000'123);
  EXPECT_EQ(clock.steady(), 0ns);
  clock.advance(1500ms);
  EXPECT_EQ(to_count(clock.now()), 1'752'400'001'623);
  EXPECT_EQ(clock.steady(), 1500ms);
}

TEST(ManualClock, AJumpOfTheWallClockLeavesTheSteadyOneAlone) {
  ManualClock clock(unix_millis(5000));
  clock.advance(10ms);
  clock.jump_to(unix_millis(-7));
  EXPECT_EQ(to_count(clock.now()), -7);
  EXPECT_EQ(clock.steady(), 10ms);
}

}  // namespace
}  // namespace sluice
