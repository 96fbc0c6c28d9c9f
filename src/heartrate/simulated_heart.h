// A heart that is not there: beat after beat of a training, the same for the same seeds.
//
// The rate closes in on what the effort asks for, faster upwards than downwards.  Beats follow the
// rate and swing around it with the breath (respiratory sinus arrhythmia) and by chance, much at
// rest and next to nothing at full effort, as hearts do.
#pragma once

#include "base/random.h"

#include <cstdint>
#include <vector>

namespace sluice::heartrate {

enum class TrainingPlan : std::uint8_t {
  intervals,  // rest, warm-up, five hard stretches with easy ones between, recovery
  easy,       // rest, warm-up, a steady stretch, recovery
  rest        // lying still
};

// What the effort asks for at `part` (0 to 1) of a training, in beats per minute.
double demand_bpm(TrainingPlan plan, double part);

// Kilojoule a minute that a body of 75 kg and 35 years spends at this rate (Keytel and others,
// "Prediction of energy expenditure from heart rate monitoring", 2005); at least what it spends
// lying still.
double energy_kj_per_minute(double rate_bpm);

// Not thread-safe.
class SimulatedHeart {
 public:
  // `variability_seed` is for what sets one beat apart from the next.
  SimulatedHeart(double rate_bpm, std::uint64_t variability_seed);

  // Takes one step of about a second towards `demanded_bpm`, with chance from `random`, and beats
  // until `elapsed_s`, which is never before that of the last call.  The first beat is at 0.
  void advance(double elapsed_s, double demanded_bpm, Random& random);

  // In beats per minute, 40 to 220.
  double rate_bpm() const { return rate_bpm_; }

  // Times of the beats of the last advance(), in seconds.
  const std::vector<double>& beats_s() const { return beats_s_; }

 private:
  double interval_s();

  double rate_bpm_;
  SeededRandom variability_;
  double breath_ = 0;  // of a cycle, 0 to 1
  double next_beat_s_ = 0;
  std::vector<double> beats_s_;
};

}  // namespace sluice::heartrate
