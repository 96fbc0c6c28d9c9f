// How long to wait before the next try of something that keeps failing: twice as long each time, up
// to a cap, jittered, for ever.
#pragma once

#include "base/random.h"

#include <chrono>
#include <cstdint>

namespace sluice::delivery {

// Value type; times are of Clock::steady().
class Backoff {
 public:
  static constexpr std::chrono::milliseconds first_delay{100};
  static constexpr std::chrono::milliseconds delay_max{30'000};

  // Waits between half of first_delay * 2^failures (capped) and all of it.
  void failed(std::chrono::nanoseconds now, Random& random);

  void succeeded() { *this = Backoff(); }

  bool is_due(std::chrono::nanoseconds now) const { return now >= due_; }

  bool is_failing() const { return failures_ > 0; }

  // When to try again; long past while nothing has failed.
  std::chrono::nanoseconds due() const { return due_; }

 private:
  std::chrono::nanoseconds due_{std::chrono::nanoseconds::min()};
  std::uint32_t failures_ = 0;
};

}  // namespace sluice::delivery
