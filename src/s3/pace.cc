// Multiplicative both ways.
#include "s3/pace.h"

#include <algorithm>

namespace sluice::s3 {

std::chrono::nanoseconds Pace::admit(std::chrono::nanoseconds now) {
  if (distance_.count() == 0) {
    return now;
  }
  const std::chrono::nanoseconds at = std::max(now, next_);
  next_ = at + distance_;
  return at;
}

void Pace::overloaded(std::chrono::nanoseconds now, Random& random) {
  distance_ = std::clamp<std::chrono::nanoseconds>(2 * distance_, first_distance, distance_max);
  // Between one and one and a half, so that many servers do not come back together.
  const auto jitter = static_cast<std::int64_t>(
      random.below(static_cast<std::uint64_t>(distance_.count() / 2) + 1));
  next_ = now + distance_ + std::chrono::nanoseconds(jitter);
}

void Pace::succeeded() {
  distance_ -= distance_ / 4;
  if (distance_ < first_distance / 2) {
    *this = Pace();
  }
}

}  // namespace sluice::s3
