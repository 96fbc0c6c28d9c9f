// The beats that one file or one Parquet object holds.
#pragma once

#include "base/result.h"
#include "heartrate/beat.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

// In memory at once, of all inputs together: some 1.5 GB, four months of a beat a second.
inline constexpr std::size_t beats_max = 10'000'000;

inline std::unexpected<Error> too_many_beats() {
  return fail(
      Fault::too_large,
      fmt::format("more than {} records; give fewer files, such as those of a month", beats_max));
}

// In the order written.
struct RecordedBeats {
  std::vector<heartrate::Beat> beats;
  std::uint64_t refused = 0;      // records that are no beats and were left out
  std::string refused_first_why;  // "line 7: \"timestamp\" is missing"

  void refuse(std::string why) {
    if (++refused == 1) {
      refused_first_why = std::move(why);
    }
  }
};

}  // namespace sluice::cli
