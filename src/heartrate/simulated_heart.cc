// The simulated heart.
#include "heartrate/simulated_heart.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluice::heartrate {
namespace {

constexpr double rest_bpm = 62;
constexpr double warm_up_bpm = 118;
constexpr double steady_bpm = 138;
constexpr double hard_bpm = 172;
constexpr double easy_bpm = 128;
constexpr double recovery_bpm = 92;

constexpr double rate_bpm_min = 40;
constexpr double rate_bpm_max = 220;

// Parts of a training at which its stretches end.
constexpr double rest_end = 0.06;
constexpr double warm_up_end = 0.22;
constexpr double work_end = 0.82;

// Uniform in [-1, 1).
double swing(Random& random) {
  constexpr std::uint64_t steps = 1U << 20;
  return static_cast<double>(random.below(steps)) / (steps / 2.0) - 1.0;
}

double work_bpm(TrainingPlan plan, double part) {
  if (plan == TrainingPlan::easy) {
    return steady_bpm;
  }
  constexpr double interval_pairs = 5;
  const double phase = (part - warm_up_end) / (work_end - warm_up_end) * interval_pairs;
  return phase - std::floor(phase) < 0.6 ? hard_bpm : easy_bpm;
}

// How strongly beats swing: 1 at rest, next to nothing where the heart races.
double variability(double rate_bpm) {
  constexpr double full_below_bpm = 65;
  constexpr double least_above_bpm = 140;
  constexpr double least = 0.06;
  const double ease = (least_above_bpm - rate_bpm) / (least_above_bpm - full_below_bpm);
  return std::clamp(ease, least, 1.0);
}

}  // namespace

double demand_bpm(TrainingPlan plan, double part) {
  if (plan == TrainingPlan::rest || part < rest_end) {
    return rest_bpm;
  }
  if (part < warm_up_end) {
    return warm_up_bpm;
  }
  return part < work_end ? work_bpm(plan, part) : recovery_bpm;
}

double energy_kj_per_minute(double rate_bpm) {
  constexpr double weight_kg = 75;
  constexpr double age_years = 35;
  constexpr double lying_still = 5;
  return std::max(lying_still,
                  -55.0969 + 0.6309 * rate_bpm + 0.1988 * weight_kg + 0.2017 * age_years);
}

SimulatedHeart::SimulatedHeart(double rate_bpm, std::uint64_t variability_seed)
    : rate_bpm_(std::clamp(rate_bpm, rate_bpm_min, rate_bpm_max)), variability_(variability_seed) {}

double SimulatedHeart::interval_s() {
  constexpr double breath_part = 0.045;  // of an interval, at rest, to either side
  constexpr double chance_part = 0.025;
  constexpr double breaths_per_minute_at_rest = 14;
  constexpr double breaths_per_bpm = 0.2;
  const double mean_s = 60 / rate_bpm_;
  const double wave = std::sin(2 * std::numbers::pi * breath_);
  const double interval_s =
      mean_s *
      (1 + variability(rate_bpm_) * (breath_part * wave + chance_part * swing(variability_)));
  const double breaths_per_minute =
      breaths_per_minute_at_rest + breaths_per_bpm * std::max(0.0, rate_bpm_ - rest_bpm);
  breath_ += interval_s * breaths_per_minute / 60;
  breath_ -= std::floor(breath_);
  return interval_s;
}

void SimulatedHeart::advance(double elapsed_s, double demanded_bpm, Random& random) {
  constexpr double rise_per_step = 0.045;
  constexpr double fall_per_step = 0.022;
  const double gap = demanded_bpm - rate_bpm_;
  rate_bpm_ += gap * (gap > 0 ? rise_per_step : fall_per_step) + swing(random) * 1.2;
  rate_bpm_ = std::clamp(rate_bpm_, rate_bpm_min, rate_bpm_max);
  beats_s_.clear();
  while (next_beat_s_ <= elapsed_s) {
    beats_s_.push_back(next_beat_s_);
    next_beat_s_ += interval_s();
  }
}

}  // namespace sluice::heartrate
