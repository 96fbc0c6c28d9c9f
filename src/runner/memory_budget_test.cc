#include "runner/memory_budget.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::runner {
namespace {

TEST(MemoryBudget, OneThatIsAloneMayHoldAllOfIt) {
  MemoryBudget budget(1'000);
  MemoryBudget::Share share(&budget);
  EXPECT_EQ(share.hold(0), 1'000U);
  EXPECT_EQ(share.hold(500), 1'000U);
  EXPECT_EQ(share.hold(950), 1'000U);
  EXPECT_EQ(share.hold(1'200), 1'000U) << "too much is told what it may";
  EXPECT_EQ(budget.bytes_held(), 1'200U);
}

TEST(MemoryBudget, WhatOthersDoNotUseMayBeHeld) {
  MemoryBudget budget(1'000);
  MemoryBudget::Share large(&budget);
  MemoryBudget::Share small(&budget);
  small.hold(100);
  EXPECT_EQ(large.hold(600), 900U);
}

TEST(MemoryBudget, WhereItIsShortTheLargeOneGivesWayToTheSmallOne) {
  MemoryBudget budget(1'000);
  MemoryBudget::Share large(&budget);
  MemoryBudget::Share small(&budget);
  large.hold(900);
  EXPECT_EQ(small.hold(50), 125U) << "a quarter of its equal part until there is room";
  EXPECT_EQ(large.hold(900), 500U);
  large.hold(400);
  EXPECT_EQ(small.hold(50), 600U);
}

TEST(MemoryBudget, WhatAShareHeldGoesBackWithIt) {
  MemoryBudget budget(1'000);
  MemoryBudget::Share stays(&budget);
  {
    MemoryBudget::Share ends(&budget);
    ends.hold(800);
  }
  EXPECT_EQ(budget.bytes_held(), 0U);
  EXPECT_EQ(stays.hold(1), 1'000U);
}

TEST(MemoryBudget, WithoutOneThereIsNoEnd) {
  MemoryBudget::Share share(nullptr);
  EXPECT_EQ(share.hold(1), std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace sluice::runner
