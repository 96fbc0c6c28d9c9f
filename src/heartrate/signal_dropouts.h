// What goes wrong between a body and a radio, from a seed: skin contact lost, notifications lost in
// the air, the link broken.
#pragma once

#include "base/random.h"
#include "heartrate/sample_time.h"

#include <cstdint>

namespace sluice::heartrate {

enum class Signal : std::uint8_t { clear, no_contact, lost_in_the_air, link_down };

// About every three minutes the contact goes for 3 to 20 s, about every minute one to four
// notifications are lost, about every seven minutes the link breaks for 5 to 45 s.  Not
// thread-safe.
class SignalDropouts {
 public:
  explicit SignalDropouts(std::uint64_t seed) : random_(seed) {}

  // How the signal is at the time of a notification; asked once for each, about a second apart, in
  // order.
  Signal at(SampleTime time);

  // When the trouble that at() told of is over; in the past when all is clear.
  SampleTime until() const { return until_; }

 private:
  SeededRandom random_;
  Signal trouble_ = Signal::clear;
  SampleTime until_{};
};

}  // namespace sluice::heartrate
