// What time patterns make of one instant after another: texts that were made for the same minute
// (or second, or millisecond, as the patterns need) are not made again.
#pragma once

#include "base/clock.h"
#include "delivery/ledger.h"
#include "delivery/prefix.h"
#include "delivery/zone.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::delivery {

// Not thread-safe.
class TimeTexts {
 public:
  TimeTexts(std::vector<TimeExpression> expressions, TimeZone zone);

  // The name of each expression with its text at `instant`, good until the next call.
  const PartitionValues& at(UnixMillis instant);

 private:
  struct Known {
    std::optional<UnixMillis> from;  // the first instant with these texts
    PartitionValues values;
  };

  static constexpr std::size_t places = 64;  // streams interleave records of several times

  const std::vector<TimeExpression> expressions_;
  const TimeZone zone_;
  std::chrono::milliseconds step_;  // within one the texts are the same
  std::vector<Known> known_;
};

}  // namespace sluice::delivery
