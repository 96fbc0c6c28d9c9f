// A watch that is not there: heart-rate samples of an interval training, the same for the same
// seed.
//
// The rate follows a plan (rest, warm-up, intervals, recovery) the way a heart does: it closes in
// on what the effort asks for, faster upwards than downwards, with beat-to-beat noise.  Samples
// come about once a second, with the jitter of a radio.
#pragma once

#include "base/random.h"
#include "heartrate/sample_time.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::heartrate {

struct Sample {
  SampleTime time;
  std::int32_t heart_rate = 0;  // beats per minute
};

struct WatchOptions {
  std::uint64_t seed = 1;
  SampleTime start{};
  std::chrono::seconds duration{900};
};

// Not thread-safe.
class SimulatedWatch {
 public:
  explicit SimulatedWatch(WatchOptions options);

  // The next sample, or std::nullopt after `duration`.
  std::optional<Sample> next();

 private:
  WatchOptions options_;
  SeededRandom random_;
  SampleTime now_;
  double rate_;
};

// {"timestamp": "2025-07-13T21:25:19.123456", "heart_rate": 89} and a newline: UTC without a zone,
// the fraction left out when it is zero, as Python's isoformat() prints it.
std::string to_record(const Sample& sample);

}  // namespace sluice::heartrate
