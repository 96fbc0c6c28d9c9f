// How fast an overloaded store is asked.
//
// While nothing is overloaded requests go as they come.  Each sign of overload doubles the distance
// between requests, each success takes a quarter off it until it is nothing again.
#pragma once

#include "base/random.h"

#include <chrono>

namespace sluice::s3 {

// Value type; times are of Clock::steady().
class Pace {
 public:
  static constexpr std::chrono::milliseconds first_distance{100};
  static constexpr std::chrono::milliseconds distance_max{10'000};

  // When the next request may go.  Each call takes a place of its own.
  std::chrono::nanoseconds admit(std::chrono::nanoseconds now);

  // The places behind now are taken back.
  void overloaded(std::chrono::nanoseconds now, Random& random);
  void succeeded();

  std::chrono::nanoseconds distance() const { return distance_; }

 private:
  std::chrono::nanoseconds distance_{0};
  std::chrono::nanoseconds next_{std::chrono::nanoseconds::min()};
};

}  // namespace sluice::s3
