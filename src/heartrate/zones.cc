// Zones of effort.
#include "heartrate/zones.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::heartrate {

Result<Zones> Zones::from_bounds(std::vector<std::int32_t> bounds) {
  if (bounds.empty() || bounds.size() > zone_bounds_max) {
    return fail(Fault::invalid,
                fmt::format("zones need 1 to {} bounds, not {}", zone_bounds_max, bounds.size()));
  }
  std::int32_t before = 0;
  for (const std::int32_t bound : bounds) {
    if (bound <= before) {
      return fail(
          Fault::invalid,
          fmt::format("the bounds of zones must rise from above 0; {} follows {}", bound, before));
    }
    before = bound;
  }
  return Zones(std::move(bounds));
}

Result<Zones> Zones::from_age(std::int32_t years) {
  if (years < 1 || years > age_years_max) {
    return fail(Fault::invalid,
                fmt::format("an age of {} has no zones; take 1 to {}", years, age_years_max));
  }
  std::vector<std::int32_t> bounds;
  for (const std::int32_t percent : {50, 60, 70, 80, 90}) {
    bounds.push_back(((220 - years) * percent + 50) / 100);
  }
  return Zones(std::move(bounds));
}

std::size_t Zones::zone_of(std::int32_t rate) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(bounds_, rate) - bounds_.begin());
}

std::string Zones::range_text(std::size_t zone) const {
  SLUICE_CHECK(zone < size());
  if (zone == 0) {
    return fmt::format("below {}", bounds_.front());
  }
  return zone == bounds_.size() ? fmt::format("from {}", bounds_.back())
                                : fmt::format("{} to {}", bounds_[zone - 1], bounds_[zone] - 1);
}

}  // namespace sluice::heartrate
