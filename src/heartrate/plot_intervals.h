// The panels of a plot that show the intervals between beats.
#pragma once

#include "heartrate/intervals.h"
#include "heartrate/svg.h"

#include <vector>

namespace sluice::heartrate {

// What their axes span: nearly all of the intervals.
struct IntervalRange {
  double low_ms = 0;
  double high_ms = 1;
  std::uint64_t beyond = 0;  // intervals outside
};

// `intervals` is not empty.
IntervalRange range_of(const std::vector<Interval>& intervals);

// Each interval at the time it ended, on the time axis of the rates.
void draw_tachogram(Svg& svg,
                    const Session& session,
                    const std::vector<Interval>& intervals,
                    const IntervalRange& range,
                    const Box& box);

// Each interval above the one it follows.
void draw_poincare(Svg& svg,
                   const std::vector<Interval>& intervals,
                   const IntervalRange& range,
                   const Box& box);

}  // namespace sluice::heartrate
