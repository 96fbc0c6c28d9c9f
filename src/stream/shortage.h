// Whether producers are held back for want of room: when it begins, when it is over, how often a
// request was refused.
//
// Room comes and goes in small pieces at a cap.  So that a log line at each end is two lines and
// not hundreds, a shortage ends only when a sixteenth of the whole is free, and as much as the
// largest request that was refused.  Requests that fit are taken meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::stream {

// Changed by one thread at a time; read by all.
class Shortage {
 public:
  // A request of `bytes` found no room.  True: the shortage begins with it.
  bool refuse(std::uint64_t bytes);

  // `room` of `whole` is free.  True: a shortage ends with that.
  bool ends_with(std::uint64_t room, std::uint64_t whole);

  bool is_on() const { return is_on_; }

  // Requests, since the process started.
  std::uint64_t refused() const { return refused_; }

 private:
  std::uint64_t largest_ = 0;  // of those that were refused in this shortage
  std::atomic<bool> is_on_ = false;
  std::atomic<std::uint64_t> refused_ = 0;
};

}  // namespace sluice::stream
