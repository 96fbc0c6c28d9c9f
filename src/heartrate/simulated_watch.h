// A watch that is not there: the notifications of a training, encoded as a sensor's, the same for
// the same seed.
//
// Notifications come about once a second, with the jitter of a radio.  Each carries the rate, the
// intervals between the beats since the one before, and, every tenth, the energy spent so far.
#pragma once

#include "base/random.h"
#include "heartrate/sample_time.h"
#include "heartrate/sensor.h"
#include "heartrate/signal_dropouts.h"
#include "heartrate/simulated_heart.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace sluice::heartrate {

struct WatchOptions {
  std::uint64_t seed = 1;
  SampleTime start{};  // of the first notification
  std::chrono::seconds duration{900};
  TrainingPlan plan = TrainingPlan::intervals;
  double bpm_shift = 0;        // how much faster this heart beats than the plan has it
  double clock_drift_ppm = 0;  // how much faster its clock runs than ours
  bool is_16_bit = false;      // rates in two bytes, whatever they are
  bool has_dropouts = false;   // heartrate/signal_dropouts.h
};

// The link broke at `time` and could be had again from `until`.
struct LinkBroken {
  SampleTime time;
  SampleTime until;
};

using WatchEvent = std::variant<Notification, LinkBroken>;

SampleTime time_of(const WatchEvent& event);

// Intervals are whole ticks of 1/1024 s of the watch's clock and add up: from the first beat to any
// other they sum to the time between the two, less than a tick off.  A beat felt without contact is
// no beat, and no interval reaches over one.  Not thread-safe.
class SimulatedWatch {
 public:
  explicit SimulatedWatch(const WatchOptions& options);

  // The next event in order of time, or std::nullopt after `duration`.  Nothing comes while the
  // link is broken.
  std::optional<WatchEvent> next();

 private:
  void measure(SampleTime time, bool has_contact);
  void pass_period();
  Bytes packet(bool has_contact) const;

  WatchOptions options_;
  SeededRandom random_;
  SimulatedHeart heart_;
  std::optional<SignalDropouts> dropouts_;
  SampleTime now_;
  SampleTime link_down_until_{};
  std::uint64_t measurements_ = 0;
  std::uint64_t without_contact_ = 0;           // measurements in a row
  std::uint16_t rate_felt_ = 0;                 // the last one with contact
  std::optional<std::int64_t> last_beat_tick_;  // of the watch's clock
  std::vector<std::uint16_t> rr_1024_;          // since the measurement before
  double energy_kj_ = 0;
};

}  // namespace sluice::heartrate
