// Time, as something that is handed in: the core never asks the operating system what time it is.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

// Wall-clock time since the Unix epoch, UTC, to the millisecond.
using UnixMillis = std::chrono::sys_time<std::chrono::milliseconds>;

inline UnixMillis unix_millis(std::int64_t millis) {
  return UnixMillis(std::chrono::milliseconds(millis));
}

inline std::int64_t to_count(UnixMillis time) {
  return time.time_since_epoch().count();
}

// Thread-safe.  `now` may jump either way; `steady` never goes back.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual UnixMillis now() const = 0;
  virtual std::chrono::nanoseconds steady() const = 0;
};

// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  UnixMillis now() const override;
  std::chrono::nanoseconds steady() const override;
};

// A clock that stands until it is told otherwise, for tests and the simulator.  Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMillis start) : now_(start) {}

  UnixMillis now() const override { return now_; }

  std::chrono::nanoseconds steady() const override { return steady_; }

  // Lets time pass on both clocks.
  void advance(std::chrono::milliseconds by) {
    now_ += by;
    steady_ += by;
  }

  // Sets the wall clock alone, as an operator or NTP would.
  void jump_to(UnixMillis now) { now_ = now; }

 private:
  UnixMillis now_;
  std::chrono::nanoseconds steady_{0};
};

}  // namespace sluice
