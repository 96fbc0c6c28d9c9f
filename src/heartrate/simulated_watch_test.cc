#include "heartrate/simulated_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::heartrate {
namespace {

const SampleTime start =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + std::chrono::hours(15);

std::vector<Sample> session(std::uint64_t seed) {
  SimulatedWatch watch({.seed = seed, .start = start});
  std::vector<Sample> samples;
  while (const auto sample = watch.next()) {
    samples.push_back(*sample);
  }
  return samples;
}

TEST(SimulatedWatch, TheSameSeedGivesTheSameSession) {
  const auto first = session(7);
  const auto second = session(7);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(to_record(first[i]), to_record(second[i]));
  }
  EXPECT_NE(to_record(session(8)[100]), to_record(first[100]));
}

TEST(SimulatedWatch, AQuarterOfAnHourHasAboutOneSampleASecondInOrder) {
  const auto samples = session(1);
  EXPECT_NEAR(static_cast<double>(samples.size()), 900, 5);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    EXPECT_LT(samples[i - 1].time, samples[i].time);
  }
  EXPECT_EQ(samples.front().time, start);
  EXPECT_LT(samples.back().time, start + std::chrono::seconds(900));
}

TEST(SimulatedWatch, TheHeartRestsWorksAndRecovers) {
  const auto samples = session(3);
  std::int32_t highest = 0;
  for (const Sample& sample : samples) {
    EXPECT_GE(sample.heart_rate, 40);
    EXPECT_LE(sample.heart_rate, 200);
    highest = std::max(highest, sample.heart_rate);
  }
  EXPECT_LT(samples[20].heart_rate, 75);
  EXPECT_GT(highest, 155);
  EXPECT_LT(samples.back().heart_rate, highest - 40);
}

TEST(SimulatedWatch, ARecordLooksAsPythonPrintsIt) {
  EXPECT_EQ(to_record({start + std::chrono::microseconds(1'023'456), 89}),
            "{\"timestamp\": \"2025-07-13T15:00:01.023456\", \"heart_rate\": 89}\n");
  EXPECT_EQ(to_record({start, 60}),
            "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 60}\n");
}

}  // namespace
}  // namespace sluice::heartrate
