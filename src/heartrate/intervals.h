// The intervals between beats (RR) of a session, and the figures of their variability.
//
//   rMSSD = sqrt( sum of d^2 / number of d )     d: difference of two intervals that follow
//   SDNN  = sqrt( sum of (rr - mean)^2 / (n-1) )    each other
//   pNN50 = share of |d| > 50 ms among the d
//
// All intervals count as they came; none is filtered or corrected.  Two intervals follow each other
// when nothing is missing between them: within a record always; at the seam of two records when the
// intervals of the later one reach back to the earlier one, give or take interval_slack.
#pragma once

#include "heartrate/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::heartrate {

// Radio, rounding of stamps to seconds, and the interval under way make up for less than this.
inline constexpr std::chrono::seconds interval_slack{3};

struct Interval {
  SampleTime end{};  // when the beat that ends it was, as well as the record's stamp tells
  double ms = 0;
  bool follows = false;  // the one before, with nothing missing between
};

std::vector<Interval> intervals_of(const Session& session);

struct Variability {
  std::uint64_t intervals = 0;    // n
  std::uint64_t differences = 0;  // number of d
  double mean_ms = 0;
  std::optional<double> sdnn_ms;   // of two intervals or more
  std::optional<double> rmssd_ms;  // of one difference or more, as below
  std::optional<double> pnn50_percent;
};

// std::nullopt without intervals.  Two passes with compensated sums: the result is as good as a
// double holds, whatever the number of intervals.
std::optional<Variability> variability_of(const std::vector<Interval>& intervals);

}  // namespace sluice::heartrate
