// Delays grow to the cap, stay within their jitter, and start over after a success.
#include "delivery/backoff.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(Backoff, DelaysDoubleUpToTheCapAndStayWithinTheirJitter) {
  SeededRandom random(1);
  Backoff backoff;
  EXPECT_TRUE(backoff.is_due(nanoseconds(0)));
  EXPECT_FALSE(backoff.is_failing());
  nanoseconds now{0};
  milliseconds expected = Backoff::first_delay;
  for (int i = 0; i < 100; ++i) {
    backoff.failed(now, random);
    const nanoseconds delay = backoff.due() - now;
    EXPECT_GE(delay, expected / 2) << i;
    EXPECT_LE(delay, expected) << i;
    EXPECT_FALSE(backoff.is_due(now));
    EXPECT_TRUE(backoff.is_due(backoff.due()));
    now = backoff.due();
    expected = std::min(expected * 2, Backoff::delay_max);
  }
}

TEST(Backoff, ASuccessStartsOver) {
  SeededRandom random(2);
  Backoff backoff;
  for (int i = 0; i < 20; ++i) {
    backoff.failed(nanoseconds(0), random);
  }
  backoff.succeeded();
  EXPECT_TRUE(backoff.is_due(nanoseconds(0)));
  backoff.failed(nanoseconds(0), random);
  EXPECT_LE(backoff.due(), Backoff::first_delay);
}

}  // namespace
}  // namespace sluice::delivery
