#include "heartrate/zone_shares.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

TEST(ZoneShares, WholePartsAddUpToTheWhole) {
  struct Case {
    std::vector<double> parts;
    std::int64_t total;
    std::vector<std::int64_t> whole;
  };

  const std::vector<Case> cases = {
      {{}, 0, {}},
      {{1.2, 2.4, 2.4}, 6, {1, 3, 2}},
      {{100.0 / 3, 100.0 / 3, 100.0 / 3}, 100, {34, 33, 33}},
      {{0.6, 0.5, 98.9}, 100, {1, 0, 99}},
      {{10.0, 0.9}, 10, {10, 0}},
      {{0, 0}, 0, {0, 0}},
      {{2.5}, 9, {3}},  // more than can be had
      {{2.5}, 1, {2}},  // and less
  };
  for (const Case& each : cases) {
    EXPECT_EQ(whole_parts(each.parts, each.total), each.whole) << each.total;
  }
}

TEST(ZoneShares, TimesAndPercentsAddUp) {
  SessionFigures figures;
  figures.zones = {100'500ms, 100'400ms, 0ms, 100'300ms};
  const auto shares = zone_shares(figures);
  ASSERT_EQ(shares.size(), 4U);
  EXPECT_EQ(shares[0].time, 101s);
  EXPECT_EQ(shares[1].time, 100s);
  EXPECT_EQ(shares[3].time, 100s);  // of 301.2 s
  EXPECT_EQ(shares[0].percent + shares[1].percent + shares[2].percent + shares[3].percent, 100);
  EXPECT_EQ(shares[2].percent, 0);
  EXPECT_EQ(shares[2].share, 0);
}

TEST(ZoneShares, NoTimeHasNoShares) {
  SessionFigures figures;
  figures.zones = {0s, 0s};
  EXPECT_TRUE(zone_shares(figures).empty());
}

}  // namespace
}  // namespace sluice::heartrate
