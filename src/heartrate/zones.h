// Zones of effort: ranges of the heart rate.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::heartrate {

inline constexpr std::size_t zone_bounds_max = 12;
inline constexpr std::int32_t age_years_max = 120;

// Value type.  Zone 0 is what lies below the first bound; zone k begins at bound k - 1 and reaches
// to the next; the last is open.
class Zones {
 public:
  // In beats per minute, rising, above 0.  Fault::invalid otherwise, or with none or too many.
  static Result<Zones> from_bounds(std::vector<std::int32_t> bounds);

  // Five zones from 50, 60, 70, 80 and 90 % of 220 - age, rounded.  Fault::invalid unless the age
  // is 1 to age_years_max.
  static Result<Zones> from_age(std::int32_t years);

  // As for an age of 30: for those who say nothing of themselves.
  Zones() = default;

  const std::vector<std::int32_t>& bounds() const { return bounds_; }

  // bounds and the zone below them.
  std::size_t size() const { return bounds_.size() + 1; }

  std::size_t zone_of(std::int32_t rate) const;

  // "below 95", "95 to 113", "from 171"
  std::string range_text(std::size_t zone) const;

 private:
  explicit Zones(std::vector<std::int32_t> bounds) : bounds_(std::move(bounds)) {}

  std::vector<std::int32_t> bounds_ = {95, 114, 133, 152, 171};
};

}  // namespace sluice::heartrate
