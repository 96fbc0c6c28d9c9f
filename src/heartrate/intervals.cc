// The variability of the intervals between beats.
#include "heartrate/intervals.h"

#include <cmath>

namespace sluice::heartrate {
namespace {

// Neumaier's sum: carries what each addition rounds away.
class Sum {
 public:
  void add(double value) {
    const double next = sum_ + value;
    lost_ += std::fabs(sum_) >= std::fabs(value) ? (sum_ - next) + value : (value - next) + sum_;
    sum_ = next;
  }

  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

std::chrono::microseconds microseconds_of(double ms) {
  return std::chrono::microseconds(std::llround(ms * 1000));
}

}  // namespace

std::vector<Interval> intervals_of(const Session& session) {
  std::vector<Interval> out;
  std::optional<SampleTime> record_before;
  for (const Beat& beat : session.beats) {
    if (beat.rr_ms.empty()) {
      continue;
    }
    SampleTime end = beat.time;
    const std::size_t first = out.size();
    out.resize(first + beat.rr_ms.size());
    for (std::size_t i = beat.rr_ms.size(); i-- > 0;) {
      out[first + i] = {end, beat.rr_ms[i], true};
      end -= microseconds_of(beat.rr_ms[i]);
    }
    out[first].follows = record_before && end - *record_before <= interval_slack;
    record_before = beat.time;
  }
  return out;
}

std::optional<Variability> variability_of(const std::vector<Interval>& intervals) {
  if (intervals.empty()) {
    return std::nullopt;
  }
  Variability figures;
  figures.intervals = intervals.size();
  const auto count = static_cast<double>(intervals.size());
  Sum sum;
  for (const Interval& interval : intervals) {
    sum.add(interval.ms);
  }
  figures.mean_ms = sum.value() / count;

  Sum squares;
  Sum difference_squares;
  std::uint64_t large = 0;
  double before = 0;
  for (const Interval& interval : intervals) {
    squares.add((interval.ms - figures.mean_ms) * (interval.ms - figures.mean_ms));
    if (interval.follows) {
      const double difference = interval.ms - before;
      difference_squares.add(difference * difference);
      large += std::fabs(difference) > 50 ? 1 : 0;
      ++figures.differences;
    }
    before = interval.ms;
  }
  if (figures.intervals > 1) {
    figures.sdnn_ms = std::sqrt(squares.value() / (count - 1));
  }
  if (figures.differences > 0) {
    const auto differences = static_cast<double>(figures.differences);
    figures.rmssd_ms = std::sqrt(difference_squares.value() / differences);
    figures.pnn50_percent = 100 * static_cast<double>(large) / differences;
  }
  return figures;
}

}  // namespace sluice::heartrate
