// A rule against floods of HTTP/2 frames that cost the receiver more than the sender: pings,
// settings, resets, empty data and the like.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice::net {

// A bucket of frames that refills with time and with what is sent to the peer, because a peer that
// reads a large answer has to send window updates.  Time is handed in.
class FrameAllowance {
 public:
  using Time = std::chrono::nanoseconds;  // of Clock::steady

  static constexpr std::uint32_t burst = 1'000;
  static constexpr std::uint32_t per_second = 100;
  static constexpr std::uint32_t per_data_frame_sent = 2;  // the stream's window, the connection's

  // A request that its client takes back has cost a handler's work, not only a frame's.
  static constexpr std::uint32_t reset_cost = 5;

  explicit FrameAllowance(Time now) : refilled_(now) {}

  void on_data_sent() { left_ = std::min(left_ + per_data_frame_sent, burst); }

  // False when the peer has had more than its share.
  bool take(std::uint32_t frames, Time now) {
    const auto whole_seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now - refilled_).count();
    if (whole_seconds > 0) {
      refilled_ += std::chrono::seconds(whole_seconds);
      const auto refill = std::min<std::int64_t>(whole_seconds * per_second, burst);
      left_ = std::min(left_ + static_cast<std::uint32_t>(refill), burst);
    }
    if (frames > left_) {
      return false;
    }
    left_ -= frames;
    return true;
  }

 private:
  Time refilled_;
  std::uint32_t left_ = burst;
};

}  // namespace sluice::net
