// Checks for broken invariants.
#include "base/check.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Check, PassesInSilence) {
  int evaluated = 0;
  SLUICE_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, AFailedOneNamesConditionAndPlaceAndAborts) {
  const int rows = 3;
  EXPECT_DEATH(SLUICE_CHECK(rows == 4), "check_test.cc:[0-9]+: broken invariant: rows == 4");
}

}  // namespace
}  // namespace sluice
