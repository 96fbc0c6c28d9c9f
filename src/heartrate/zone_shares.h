// Time in zones as people are shown it: whole seconds and whole per cents, which still add up.
#pragma once

#include "heartrate/figures.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::heartrate {

struct ZoneShare {
  std::chrono::seconds time{0};
  std::int64_t percent = 0;
  double share = 0;  // 0 to 1, not rounded
};

// One for each zone; none when no rate held for any time.  The times add up to the whole seconds of
// all, the per cents to 100.
std::vector<ZoneShare> zone_shares(const SessionFigures& figures);

// Each of `parts` (0 or more) rounded down or, the largest remainders first and earlier parts
// before later ones, up, so that together they are `total`, as far as that can be had:
//   {1.2, 2.4, 2.4} of 6 -> {1, 3, 2}
std::vector<std::int64_t> whole_parts(std::span<const double> parts, std::int64_t total);

}  // namespace sluice::heartrate
