// Dates and times of day as OpenX reads them, on the proleptic Gregorian calendar, years 1 to 9999.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::serde {

// Microseconds since 1970-01-01T00:00:00Z of the first and the last moment that can be named.
inline constexpr std::int64_t timestamp_micros_min = -62'135'596'800'000'000;
inline constexpr std::int64_t timestamp_micros_max = 253'402'300'799'999'999;

// Days since 1970-01-01 of "yyyy-M-d": four digits, then one or two each.
std::optional<std::int32_t> parse_date(std::string_view text);

// Microseconds since 1970-01-01T00:00:00Z.  Two forms:
//   yyyy-MM-ddTHH:mm:ss[.fraction]   two digits each
//   yyyy-M-d H:m:s[.fraction]        one or two digits each
// The fraction has 1 to 9 digits, cut to six.  Z or an offset (+hh:mm, +hhmm, up to 18:00) may
// follow; without one the time is UTC.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace sluice::serde
