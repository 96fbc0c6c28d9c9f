// Capped, jittered, exponential.
#include "delivery/backoff.h"

#include <algorithm>

namespace sluice::delivery {

void Backoff::failed(std::chrono::nanoseconds now, Random& random) {
  constexpr std::uint32_t doublings_max = 16;  // far beyond the cap
  const auto uncapped = first_delay * (std::int64_t{1} << std::min(failures_, doublings_max));
  const std::chrono::nanoseconds delay = std::min<std::chrono::milliseconds>(uncapped, delay_max);
  const auto half = delay / 2;
  const std::uint64_t jitter = random.below(static_cast<std::uint64_t>(half.count()) + 1);
  due_ = now + half + std::chrono::nanoseconds(jitter);
  ++failures_;
}

}  // namespace sluice::delivery
