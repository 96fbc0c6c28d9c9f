// Time zones: from an instant to what a clock on the wall shows there.
//
// Zone data is the system's (/usr/share/zoneinfo), which Debian keeps fresh; it is read once per
// process.  Every name of it is known, old spellings (Asia/Calcutta) as well as new ones
// (Asia/Kolkata), as far as Firehose's CustomTimeZone admits the name.
//
// Limit: the offsets of a zone are those of its table, which ends in 2037; later instants get the
// last standard-time offset.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's name
}

namespace sluice::delivery {

inline constexpr std::size_t zone_name_characters_max = 50;

// An instant as seen in a zone: proleptic Gregorian calendar, 24-hour clock.
struct LocalTime {
  std::int64_t year = 1970;      // astronomical: 0 is 1 BC
  std::int32_t month = 1;        // 1..12
  std::int32_t day = 1;          // 1..31
  std::int32_t day_of_year = 1;  // 1..366
  std::int32_t day_of_week = 4;  // 0 is Sunday, 6 Saturday
  std::int32_t hour = 0;         // 0..23
  std::int32_t minute = 0;       // 0..59
  std::int32_t second = 0;       // 0..59
  std::int32_t millisecond = 0;  // 0..999
  std::int32_t offset_s = 0;     // east of Greenwich
  bool is_daylight_saving = false;
  std::string abbreviation = "UTC";  // as the zone data has it: "IST", "CEST", "-03"
};

// A zone.  Value type, cheap to copy; thread-safe.
class TimeZone {
 public:
  // UTC, which needs no zone data.
  TimeZone() = default;

  // The zone of that name; the empty name is UTC.  Fault::invalid when the name breaks the pattern
  // of CustomTimeZone, has three letters (UTC apart) or is not in the zone data.
  static Result<TimeZone> find(std::string_view name);

  const std::string& name() const { return name_; }

  LocalTime at(UnixMillis instant) const;

 private:
  TimeZone(std::string name, const date::time_zone* zone) : name_(std::move(name)), zone_(zone) {}

  std::string name_ = "UTC";
  const date::time_zone* zone_ = nullptr;  // nullptr: UTC; owned by the process-wide zone data
};

}  // namespace sluice::delivery
