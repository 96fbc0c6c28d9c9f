// The minimum speed of a peer: a rule against connections held open by a trickle of bytes.
#pragma once

#include <chrono>
#include <cstddef>

namespace sluice::net {

// Every stretch of `window` must move at least `bytes_min`; a stretch ends early when it has.  A
// credit from a fast start is not carried over.  Time is handed in.
class ProgressRule {
 public:
  using Time = std::chrono::nanoseconds;  // of Clock::steady

  ProgressRule(Time window, std::size_t bytes_min, Time now)
      : window_(window), deadline_(now + window), bytes_min_(bytes_min) {}

  void on_bytes(std::size_t count, Time now) {
    bytes_ += count;
    if (bytes_ >= bytes_min_) {
      bytes_ = 0;
      deadline_ = now + window_;
    }
  }

  // The peer is too slow if the transfer still goes on then.
  Time deadline() const { return deadline_; }

 private:
  Time window_;
  Time deadline_;
  std::size_t bytes_min_;
  std::size_t bytes_ = 0;  // in this stretch
};

}  // namespace sluice::net
