// What people call a time zone: "IST" and "India Standard Time", for the pattern letter z.
#pragma once

#include "delivery/zone.h"

#include <string>

namespace sluice::delivery {

// The short name: the zone data's abbreviation where it has letters, else the offset as in
// "GMT-03:00".  (Java also knows unofficial abbreviations for such zones, "BRT" for Brasilia.)
std::string short_zone_name(const LocalTime& time);

// The long name, in American English; where none is known, the offset as in "GMT-03:00".
std::string long_zone_name(const LocalTime& time, const TimeZone& zone);

// "GMT", "GMT+05:30", "GMT-00:25:21".
std::string localized_offset(std::int32_t offset_s);

}  // namespace sluice::delivery
