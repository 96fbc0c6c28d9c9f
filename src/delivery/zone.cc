#include "delivery/zone.h"

#include "base/check.h"
#include "date/tz.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace sluice::delivery {

namespace {

constexpr std::int64_t millis_per_day = 86'400'000;

// The zone library counts years in 16 bits; beyond these the offset of the nearest one is taken.
constexpr std::int64_t lookup_second_min = -62'135'596'800;  // 0001-01-01
constexpr std::int64_t lookup_second_max = 253'402'300'799;  // 9999-12-31

constexpr std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

constexpr bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Fills in the calendar date of a day counted from 1970-01-01, for any year.  Years are counted
// from 1 March here, so that the leap day is the last one of its year.
void set_date(LocalTime& time, std::int64_t day_number) {
  constexpr std::int64_t days_per_era = 146'097;          // 400 years
  constexpr std::int64_t days_before_1970 = 719'468;      // since 0000-03-01
  constexpr std::int32_t days_before_march[] = {59, 60};  // in a common and a leap year
  const std::int64_t shifted = day_number + days_before_1970;
  const std::int64_t era = floor_div(shifted, days_per_era);
  const std::int64_t day_of_era = shifted - era * days_per_era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_march_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_march_year + 2) / 153;
  time.day = static_cast<std::int32_t>(day_of_march_year - (153 * month_from_march + 2) / 5 + 1);
  time.month = static_cast<std::int32_t>(month_from_march < 10 ? month_from_march + 3
                                                               : month_from_march - 9);
  time.year = year_of_era + era * 400 + (time.month <= 2 ? 1 : 0);
  constexpr std::int64_t march_days_before_january = 306;
  time.day_of_year = static_cast<std::int32_t>(
      day_of_march_year < march_days_before_january
          ? day_of_march_year + days_before_march[is_leap(time.year) ? 1 : 0] + 1
          : day_of_march_year - march_days_before_january + 1);
  constexpr std::int64_t weekday_of_1970 = 4;  // 1970-01-01 was a Thursday
  const std::int64_t weekday = (day_number + weekday_of_1970) % 7;
  time.day_of_week = static_cast<std::int32_t>(weekday < 0 ? weekday + 7 : weekday);
  SLUICE_CHECK(time.month >= 1 && time.month <= 12);
  SLUICE_CHECK(time.day >= 1 && time.day <= 31);
}

bool fits_pattern(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '_';
  });
}

// nullptr when the zone data has no such name.
const date::time_zone* locate(std::string_view name) {
  // The machine's own zone is in the zone data under this name; it would mean another zone on
  // another machine.
  if (name == "localtime") {
    return nullptr;
  }
  try {
    const date::time_zone* zone = date::locate_zone(name);
    // The zone's file is read at its first use; reading it now keeps its failures out of at().
    zone->get_info(date::sys_seconds{});
    return zone;
  } catch (const std::exception&) {
    return nullptr;  // how the library says that it does not know the name or cannot read the file
  }
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  if (name.empty() || name == "UTC") {
    return TimeZone();
  }
  if (name.size() > zone_name_characters_max) {
    return fail(Fault::invalid,
                fmt::format("CustomTimeZone must have at most {} characters, not {}.",
                            zone_name_characters_max,
                            name.size()));
  }
  if (!fits_pattern(name)) {
    return fail(Fault::invalid,
                fmt::format("CustomTimeZone '{}' must consist of letters, '/' and '_', as in "
                            "America/New_York.",
                            name));
  }
  constexpr std::size_t abbreviation_characters = 3;
  if (name.size() == abbreviation_characters) {
    return fail(Fault::invalid,
                fmt::format("CustomTimeZone '{}' is not supported. Supported IANA formats are "
                            "non-three-letter identifiers, such as Europe/Madrid, and UTC.",
                            name));
  }
  const date::time_zone* zone = locate(name);
  if (zone == nullptr) {
    return fail(
        Fault::invalid,
        fmt::format("CustomTimeZone '{}' is not a time zone of the IANA database. Supported "
                    "are its names without digits, such as Europe/Madrid.",
                    name));
  }
  return TimeZone(std::string(name), zone);
}

LocalTime TimeZone::at(UnixMillis instant) const {
  LocalTime time;
  std::int64_t millis = to_count(instant);
  if (zone_ != nullptr) {
    const std::int64_t second =
        std::clamp(floor_div(millis, 1000), lookup_second_min, lookup_second_max);
    date::sys_info info = zone_->get_info(date::sys_seconds(std::chrono::seconds(second)));
    time.offset_s = static_cast<std::int32_t>(info.offset.count());
    time.is_daylight_saving = info.save != std::chrono::minutes::zero();
    time.abbreviation = std::move(info.abbrev);
  }
  // Saturates: near the ends of the 64-bit range there is no date to be exact about.
  std::int64_t local = 0;
  if (__builtin_add_overflow(millis, std::int64_t{time.offset_s} * 1000, &local)) {
    local = millis;
  }
  set_date(time, floor_div(local, millis_per_day));
  const std::int64_t remainder = local % millis_per_day;
  auto rest = static_cast<std::int32_t>(remainder < 0 ? remainder + millis_per_day : remainder);
  time.millisecond = rest % 1000;
  rest /= 1000;
  time.second = rest % 60;
  rest /= 60;
  time.minute = rest % 60;
  time.hour = rest / 60;
  SLUICE_CHECK(time.hour < 24);
  return time;
}

}  // namespace sluice::delivery
