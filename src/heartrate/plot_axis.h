// Axes: from values to pixels, and where their ticks stand.
#pragma once

#include "heartrate/sample_time.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sluice::heartrate {

// Linear.  Value type.
struct Axis {
  double low = 0;   // value at `from`
  double high = 1;  // value at `to`; above `low`
  double from = 0;  // in pixels; above or below `to`
  double to = 1;

  double pixel(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

// The multiples of 1, 2 or 5 times a power of ten within the axis: as many as there may be, at most
// `count_max`, which is 2 or more.
std::vector<double> value_ticks(double low, double high, std::size_t count_max);

struct TimeTick {
  SampleTime time{};
  std::string label;  // "15:55", "15:55:30" or "14 Jul"; UTC
};

// Round times within [start, end], at most `count_max`.
std::vector<TimeTick> time_ticks(SampleTime start, SampleTime end, std::size_t count_max);

// "13 July 2025"
std::string date_text(SampleTime time);

}  // namespace sluice::heartrate
