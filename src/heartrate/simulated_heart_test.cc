#include "heartrate/simulated_heart.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::heartrate {
namespace {

// Beats of ten minutes towards one rate, after it has settled.
std::vector<double> beats_at(double bpm, double& mean_rate) {
  SeededRandom random(4);
  SimulatedHeart heart(bpm, 5);
  std::vector<double> beats;
  double rate_sum = 0;
  for (int second = 0; second < 600; ++second) {
    heart.advance(second, bpm, random);
    rate_sum += heart.rate_bpm();
    beats.insert(beats.end(), heart.beats_s().begin(), heart.beats_s().end());
  }
  mean_rate = rate_sum / 600;
  return beats;
}

// Root mean square of the differences of neighbouring intervals, in milliseconds.
double rmssd_ms(const std::vector<double>& beats) {
  double sum = 0;
  for (std::size_t i = 2; i < beats.size(); ++i) {
    const double difference = beats[i] - 2 * beats[i - 1] + beats[i - 2];
    sum += difference * difference;
  }
  return 1000 * std::sqrt(sum / static_cast<double>(beats.size() - 2));
}

TEST(SimulatedHeart, BeatsAsOftenAsItsRateSays) {
  for (const double bpm : {45.0, 62.0, 120.0, 190.0}) {
    double mean_rate = 0;
    const auto beats = beats_at(bpm, mean_rate);
    EXPECT_NEAR(static_cast<double>(beats.size()) / 10, mean_rate, mean_rate * 0.01) << bpm;
    EXPECT_NEAR(mean_rate, bpm, 3) << bpm;
    EXPECT_EQ(beats.front(), 0);
    for (std::size_t i = 1; i < beats.size(); ++i) {
      EXPECT_NEAR(beats[i] - beats[i - 1], 60 / mean_rate, 60 / mean_rate * 0.3);
    }
  }
}

TEST(SimulatedHeart, VariesFromBeatToBeatAtRestAndHardlyAtEffort) {
  double mean_rate = 0;
  const double at_rest = rmssd_ms(beats_at(62, mean_rate));
  const double at_effort = rmssd_ms(beats_at(172, mean_rate));
  EXPECT_GT(at_rest, 20);
  EXPECT_LT(at_rest, 80);
  EXPECT_LT(at_effort, 10);
}

TEST(SimulatedHeart, RisesFasterThanItFalls) {
  SeededRandom random(1);
  SimulatedHeart heart(62, 1);
  for (int second = 0; second < 30; ++second) {
    heart.advance(second, 172, random);
  }
  const double risen = heart.rate_bpm() - 62;
  SimulatedHeart other(172, 1);
  for (int second = 0; second < 30; ++second) {
    other.advance(second, 62, random);
  }
  EXPECT_GT(risen, 172 - other.rate_bpm() + 15);
}

TEST(SimulatedHeart, StaysWithinWhatAHeartCanDo) {
  SeededRandom random(9);
  SimulatedHeart slow(-100, 1);
  SimulatedHeart fast(1000, 1);
  for (int second = 0; second < 300; ++second) {
    slow.advance(second, -100, random);
    fast.advance(second, 1000, random);
    EXPECT_GE(slow.rate_bpm(), 40);
    EXPECT_LE(fast.rate_bpm(), 220);
  }
}

TEST(TrainingPlan, HasTheStretchesItsNameSays) {
  struct Case {
    TrainingPlan plan;
    double part;
    double bpm;
  };

  for (const Case& one : {Case{TrainingPlan::intervals, 0, 62},
                          Case{TrainingPlan::intervals, 0.1, 118},
                          Case{TrainingPlan::intervals, 0.23, 172},
                          Case{TrainingPlan::intervals, 0.33, 128},
                          Case{TrainingPlan::intervals, 0.81, 128},
                          Case{TrainingPlan::intervals, 0.9, 92},
                          Case{TrainingPlan::easy, 0, 62},
                          Case{TrainingPlan::easy, 0.1, 118},
                          Case{TrainingPlan::easy, 0.5, 138},
                          Case{TrainingPlan::easy, 1, 92},
                          Case{TrainingPlan::rest, 0, 62},
                          Case{TrainingPlan::rest, 0.5, 62},
                          Case{TrainingPlan::rest, 1, 62}}) {
    EXPECT_EQ(demand_bpm(one.plan, one.part), one.bpm) << one.part;
  }
}

TEST(Energy, GrowsWithTheRateFromThatOfLyingStill) {
  EXPECT_EQ(energy_kj_per_minute(0), 5);
  EXPECT_NEAR(energy_kj_per_minute(100), 29.96, 0.01);
  EXPECT_NEAR(energy_kj_per_minute(170), 74.12, 0.01);
}

}  // namespace
}  // namespace sluice::heartrate
