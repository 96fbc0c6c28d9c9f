#include "s3/pace.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(Pace, LetsRequestsGoWhileNothingIsOverloaded) {
  Pace pace;
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(pace.admit(milliseconds(7)), milliseconds(7));
  }
}

TEST(Pace, KeepsADistanceThatGrowsWithEachOverload) {
  Pace pace;
  SeededRandom random(1);
  pace.overloaded(milliseconds(0), random);
  EXPECT_EQ(pace.distance(), Pace::first_distance);
  const nanoseconds first = pace.admit(milliseconds(1));
  EXPECT_GE(first, milliseconds(100));
  EXPECT_LE(first, milliseconds(150));
  EXPECT_EQ(pace.admit(milliseconds(1)), first + milliseconds(100));
  EXPECT_EQ(pace.admit(milliseconds(5'000)), milliseconds(5'000));
  pace.overloaded(milliseconds(0), random);
  EXPECT_EQ(pace.distance(), milliseconds(200));
  for (int turn = 0; turn < 20; ++turn) {
    pace.overloaded(milliseconds(0), random);
  }
  EXPECT_EQ(pace.distance(), Pace::distance_max);
}

TEST(Pace, ComesBackToFullSpeed) {
  Pace pace;
  SeededRandom random(1);
  for (int turn = 0; turn < 20; ++turn) {
    pace.overloaded(milliseconds(0), random);
  }
  int successes = 0;
  while (pace.distance().count() > 0) {
    pace.succeeded();
    ASSERT_LT(++successes, 30);
  }
  EXPECT_GT(successes, 5);
  EXPECT_EQ(pace.admit(milliseconds(3)), milliseconds(3));
}

}  // namespace
}  // namespace sluice::s3
