// Tests of the figures of a session.
#include "heartrate/figures.h"

#include <gtest/gtest.h>

#include <numeric>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

struct Record {
  std::chrono::milliseconds at;
  std::optional<std::int32_t> rate;
  std::optional<bool> contact;
};

SessionFigures figures_of_records(const std::vector<Record>& records) {
  Session session;
  for (const Record& record : records) {
    Beat beat;
    beat.time = start + record.at;
    beat.heart_rate = record.rate;
    beat.contact = record.contact;
    session.beats.push_back(beat);
  }
  return figures_of(session, *Zones::from_bounds({100, 120}), 30s);
}

TEST(Figures, RatesAreCountedOnceEachAndZeroIsOne) {
  const auto figures = figures_of_records({{0s, 90, {}}, {1s, {}, {}}, {2s, 0, {}}, {3s, 90, {}}});
  EXPECT_EQ(figures.records, 4U);
  ASSERT_TRUE(figures.rate);
  EXPECT_EQ(figures.rate->beats, 3U);
  EXPECT_EQ(figures.rate->min, 0);
  EXPECT_EQ(figures.rate->min_at, 2U);
  EXPECT_EQ(figures.rate->max, 90);
  EXPECT_EQ(figures.rate->max_at, 0U) << "the first of equals";
  EXPECT_DOUBLE_EQ(figures.rate->mean(), 60);
}

TEST(Figures, WithoutRatesThereIsNoMean) {
  const auto figures = figures_of_records({{0s, {}, {}}, {2500ms, {}, {}}});
  EXPECT_FALSE(figures.rate);
  EXPECT_EQ(figures.unrated, 2500ms);
  EXPECT_EQ(figures.duration, 2500ms);
}

TEST(Figures, ARateHoldsUntilTheNextRecordAndAPauseIsInNoZone) {
  const auto figures = figures_of_records({{0s, 99, {}},
                                           {1500ms, 100, {}},
                                           {4s, {}, {}},
                                           {5s, 150, {}},
                                           {35s, 150, {}},     // 30 s: held
                                           {65001ms, 90, {}},  // a millisecond more: a pause
                                           {65001ms, 90, {}},
                                           {66s, 90, {}}});
  EXPECT_EQ(figures.zones, (std::vector<std::chrono::microseconds>{2499ms, 2500ms, 30s}));
  EXPECT_EQ(figures.unrated, 1s);
  EXPECT_EQ(figures.pauses.count, 1U);
  EXPECT_EQ(figures.pauses.longest, 30001ms);
  const auto in_zones =
      std::accumulate(figures.zones.begin(), figures.zones.end(), std::chrono::microseconds(0));
  EXPECT_EQ(in_zones + figures.unrated + figures.pauses.total, figures.duration);
}

TEST(Figures, ContactLossesAreRunsOfRecords) {
  const auto figures = figures_of_records({{0s, 90, true},
                                           {1s, 90, false},
                                           {2s, 90, false},
                                           {4s, 90, true},
                                           {5s, 90, false},
                                           {60s, 90, {}},
                                           {61s, 90, false}});
  EXPECT_EQ(figures.contact_losses.count, 3U);
  EXPECT_EQ(figures.contact_losses.total, 3s) << "the pause and the end hold for no time";
  EXPECT_EQ(figures.contact_losses.longest, 3s);
  EXPECT_EQ(figures.rate->beats, 7U);
}

TEST(Figures, OneRecordLastsNoTime) {
  const auto figures = figures_of_records({{0s, 90, {}}});
  EXPECT_EQ(figures.duration, 0s);
  EXPECT_EQ(figures.rate->beats, 1U);
  EXPECT_EQ(figures.pauses.count, 0U);
  EXPECT_FALSE(figures.variability);
}

}  // namespace
}  // namespace sluice::heartrate
