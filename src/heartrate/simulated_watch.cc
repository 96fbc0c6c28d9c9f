// The simulated watch.
#include "heartrate/simulated_watch.h"

#include "base/check.h"
#include "heartrate/beat.h"

#include <algorithm>
#include <cmath>

namespace sluice::heartrate {
namespace {

using std::chrono::microseconds;

constexpr double rest_bpm = 62;
constexpr double warm_up_bpm = 118;
constexpr double hard_bpm = 172;
constexpr double easy_bpm = 128;
constexpr double recovery_bpm = 92;

// What the effort asks for at a moment of the session, given as a fraction of its length.
double demand_bpm(double part) {
  if (part < 0.06) {
    return rest_bpm;
  }
  if (part < 0.22) {
    return warm_up_bpm;
  }
  if (part < 0.82) {
    constexpr double interval_pairs = 5;
    const double phase = (part - 0.22) / 0.60 * interval_pairs;
    return phase - std::floor(phase) < 0.6 ? hard_bpm : easy_bpm;
  }
  return recovery_bpm;
}

// Uniform in [-1, 1).
double swing(Random& random) {
  constexpr std::uint64_t steps = 1U << 20;
  return static_cast<double>(random.below(steps)) / (steps / 2.0) - 1.0;
}

}  // namespace

SimulatedWatch::SimulatedWatch(WatchOptions options)
    : options_(options), random_(options.seed), now_(options.start), rate_(rest_bpm) {
  SLUICE_CHECK(options_.duration > std::chrono::seconds(0));
}

std::optional<Sample> SimulatedWatch::next() {
  const auto elapsed = now_ - options_.start;
  if (elapsed >= options_.duration) {
    return std::nullopt;
  }
  const double part = static_cast<double>(elapsed.count()) /
                      static_cast<double>(microseconds(options_.duration).count());
  const double gap = demand_bpm(part) - rate_;
  constexpr double rise_per_sample = 0.045;
  constexpr double fall_per_sample = 0.022;
  rate_ += gap * (gap > 0 ? rise_per_sample : fall_per_sample) + swing(random_) * 1.2;
  rate_ = std::clamp(rate_, 40.0, 220.0);
  const Sample sample{now_, static_cast<std::int32_t>(std::lround(rate_))};

  constexpr std::int64_t period_us = 1'000'000;
  constexpr std::uint64_t jitter_us = 40'000;
  now_ += microseconds(period_us - static_cast<std::int64_t>(jitter_us / 2) +
                       static_cast<std::int64_t>(random_.below(jitter_us)));
  return sample;
}

std::string to_record(const Sample& sample) {
  Beat beat;
  beat.time = sample.time;
  beat.heart_rate = sample.heart_rate;
  return to_record(beat, BeatFields::seed);
}

}  // namespace sluice::heartrate
