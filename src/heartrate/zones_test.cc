// Tests of zones.
#include "heartrate/zones.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

TEST(Zones, ABoundBelongsToTheZoneItOpens) {
  const auto zones = Zones::from_bounds({100, 120});
  ASSERT_TRUE(zones);
  EXPECT_EQ(zones->size(), 3U);
  EXPECT_EQ(zones->zone_of(0), 0U);
  EXPECT_EQ(zones->zone_of(99), 0U);
  EXPECT_EQ(zones->zone_of(100), 1U);
  EXPECT_EQ(zones->zone_of(119), 1U);
  EXPECT_EQ(zones->zone_of(120), 2U);
  EXPECT_EQ(zones->zone_of(255), 2U);
}

TEST(Zones, RangesAreOfWholeRates) {
  const auto zones = Zones::from_bounds({100, 120});
  EXPECT_EQ(zones->range_text(0), "below 100");
  EXPECT_EQ(zones->range_text(1), "100 to 119");
  EXPECT_EQ(zones->range_text(2), "from 120");
}

TEST(Zones, AnAgeGivesFiveAndTheDefaultIsThatOfThirty) {
  EXPECT_EQ(Zones::from_age(30)->bounds(), Zones().bounds());
  EXPECT_EQ(Zones::from_age(47)->bounds(), (std::vector<std::int32_t>{87, 104, 121, 138, 156}));
  for (std::int32_t years = 1; years <= age_years_max; ++years) {
    const auto zones = Zones::from_age(years);
    ASSERT_TRUE(zones) << years;
    EXPECT_TRUE(Zones::from_bounds(zones->bounds())) << years;
  }
}

TEST(Zones, WhatMakesNoneIsRefused) {
  for (const std::vector<std::int32_t>& bounds : std::vector<std::vector<std::int32_t>>{
           {}, {0}, {-5}, {100, 100}, {120, 100}, std::vector<std::int32_t>(13, 1)}) {
    EXPECT_FALSE(Zones::from_bounds(bounds)) << bounds.size();
  }
  EXPECT_FALSE(Zones::from_age(0));
  EXPECT_FALSE(Zones::from_age(121));
}

}  // namespace
}  // namespace sluice::heartrate
