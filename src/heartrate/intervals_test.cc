// Tests of the intervals between beats.
#include "heartrate/intervals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

struct Record {
  std::chrono::milliseconds at;
  std::vector<double> rr_ms;
};

Session session_of(const std::vector<Record>& records) {
  Session session;
  for (const Record& record : records) {
    Beat beat;
    beat.time = start + record.at;
    beat.rr_ms = record.rr_ms;
    session.beats.push_back(beat);
  }
  return session;
}

TEST(Intervals, AreLaidBackwardsFromTheirRecord) {
  const auto intervals = intervals_of(session_of({{0ms, {}}, {2000ms, {800, 600}}}));
  ASSERT_EQ(intervals.size(), 2U);
  EXPECT_EQ(intervals[0].end, start + 1400ms);
  EXPECT_EQ(intervals[1].end, start + 2000ms);
  EXPECT_FALSE(intervals[0].follows);
  EXPECT_TRUE(intervals[1].follows);
}

TEST(Intervals, ASeamHoldsWhereTheIntervalsReachBack) {
  struct Case {
    const char* name;
    Record later;
    bool follows;
  };

  for (const Case& one : {Case{"a second later", {1000ms, {900}}, true},
                          Case{"just within the slack", {3900ms, {900}}, true},
                          Case{"just beyond", {3901ms, {900}}, false},
                          Case{"a pause that the sensor kept", {60s, {30000, 29500}}, true},
                          Case{"a pause that it did not", {60s, {900}}, false},
                          Case{"more than time allows", {1000ms, {900, 900, 900, 900}}, true}}) {
    const auto intervals = intervals_of(session_of({{0ms, {800}}, one.later}));
    EXPECT_EQ(intervals[1].follows, one.follows) << one.name;
  }
}

TEST(Intervals, TheFiguresAreThoseOfTheBook) {
  // Differences 50, -100, 0: one above 50.  Mean 787.5, squared deviations 6875 in all.
  const auto figures = variability_of(
      intervals_of(session_of({{800ms, {800}}, {1650ms, {850}}, {3150ms, {750, 750}}})));
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->intervals, 4U);
  EXPECT_EQ(figures->differences, 3U);
  EXPECT_DOUBLE_EQ(figures->mean_ms, 787.5);
  EXPECT_DOUBLE_EQ(*figures->sdnn_ms, std::sqrt(6875.0 / 3));
  EXPECT_DOUBLE_EQ(*figures->rmssd_ms, std::sqrt(12500.0 / 3));
  EXPECT_DOUBLE_EQ(*figures->pnn50_percent, 100.0 / 3);
}

TEST(Intervals, TooFewSayNothing) {
  EXPECT_FALSE(variability_of({}));
  const auto one = variability_of(intervals_of(session_of({{0ms, {800}}})));
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->sdnn_ms);
  EXPECT_FALSE(one->rmssd_ms);
  EXPECT_FALSE(one->pnn50_percent);
  const auto apart = variability_of(intervals_of(session_of({{0ms, {800}}, {1h, {700}}})));
  EXPECT_TRUE(apart->sdnn_ms);
  EXPECT_FALSE(apart->rmssd_ms) << "nothing follows across the gap";
}

TEST(Intervals, SmallVariationOnAHighLevelIsNotRoundedAway) {
  std::vector<Record> records;
  for (int i = 0; i < 1'000'000; ++i) {
    records.push_back({std::chrono::milliseconds(1000L * i), {1e9 + (i % 2 == 0 ? 0.5 : -0.5)}});
  }
  const auto figures = variability_of(intervals_of(session_of(records)));
  EXPECT_DOUBLE_EQ(figures->mean_ms, 1e9);
  EXPECT_NEAR(*figures->sdnn_ms, 0.5 * std::sqrt(1e6 / (1e6 - 1)), 1e-12);
  EXPECT_DOUBLE_EQ(*figures->rmssd_ms, 1);
}

}  // namespace
}  // namespace sluice::heartrate
