#include "serde/civil_time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::serde {
namespace {

TEST(CivilTime, ReadsDates) {
  const struct {
    std::string_view text;
    std::optional<std::int32_t> days;
  } cases[] = {
      {"1970-01-01", 0},
      {"1970-1-1", 0},
      {"1969-12-31", -1},
      {"2026-9-7", 20703},
      {"2024-02-29", 19782},
      {"0001-01-01", -719162},
      {"9999-12-31", 2932896},
      {"2023-02-29", std::nullopt},
      {"2023-13-01", std::nullopt},
      {"2023-00-01", std::nullopt},
      {"2023-01-00", std::nullopt},
      {"2023-04-31", std::nullopt},
      {"0000-01-01", std::nullopt},
      {"23-01-01", std::nullopt},
      {"20230-1-1", std::nullopt},
      {"2023-001-1", std::nullopt},
      {"2023-1-1 ", std::nullopt},
      {" 2023-1-1", std::nullopt},
      {"2023/1/1", std::nullopt},
      {"-2023-1-1", std::nullopt},
      {"2023-1", std::nullopt},
      {"", std::nullopt},
  };

  for (const auto& expected : cases) {
    EXPECT_EQ(parse_date(expected.text), expected.days) << expected.text;
  }
}

TEST(CivilTime, ReadsEveryDayOfACalendarCycle) {
  namespace chrono = std::chrono;
  const chrono::sys_days first = chrono::year(1800) / 1 / 1;
  const chrono::sys_days last = chrono::year(2200) / 12 / 31;
  int failures = 0;
  for (chrono::sys_days day = first; day <= last; day += chrono::days(1)) {
    const chrono::year_month_day date(day);
    const std::string text = fmt::format("{:04}-{:02}-{:02}",
                                         static_cast<int>(date.year()),
                                         static_cast<unsigned>(date.month()),
                                         static_cast<unsigned>(date.day()));
    failures += parse_date(text) == day.time_since_epoch().count() ? 0 : 1;
  }
  EXPECT_EQ(failures, 0);
}

TEST(CivilTime, ReadsTimestamps) {
  const struct {
    std::string_view text;
    std::optional<std::int64_t> micros;
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00", 0},
      {"1970-01-01 00:00:00", 0},
      {"1970-1-1 0:0:0", 0},
      {"2017-02-07T15:13:01.39256Z", 1486480381392560},
      {"2017-2-7 5:3:1.14", 1486443781140000},
      {"2025-07-15T17:10:33.123456", 1752599433123456},
      {"2025-07-15T17:10:33.123456789Z", 1752599433123456},
      {"1969-12-31T23:59:59.9999999Z", -1},
      {"2025-07-15T17:10:33+03:00", 1752588633000000},
      {"2025-07-15T17:10:33+0300", 1752588633000000},
      {"2025-07-15T17:10:33.5-00:30", 1752601233500000},
      {"2025-07-15 17:10:33+18:00", 1752534633000000},
      {"2025-07-15 17:10:33Z", 1752599433000000},
      {"0001-01-01T00:00:00Z", timestamp_micros_min},
      {"9999-12-31T23:59:59.999999999Z", timestamp_micros_max},
      {"0001-01-01T00:00:00+00:01", std::nullopt},
      {"9999-12-31T23:59:59-00:01", std::nullopt},
      {"2026-9-7T15:13:01Z", std::nullopt},
      {"2026-09-07T5:13:01Z", std::nullopt},
      {"2026-09-07T15:13Z", std::nullopt},
      {"2026-09-07 15:13", std::nullopt},
      {"2026-09-07", std::nullopt},
      {"2026-09-07T", std::nullopt},
      {"2026-09-07t15:13:01z", std::nullopt},
      {"2026-09-07T15:13:01z", std::nullopt},
      {"2026-09-07T24:00:00Z", std::nullopt},
      {"2026-09-07T15:60:01Z", std::nullopt},
      {"2026-09-07T15:13:60Z", std::nullopt},
      {"2026-02-29T15:13:01Z", std::nullopt},
      {"2026-09-07T15:13:01.", std::nullopt},
      {"2026-09-07T15:13:01.Z", std::nullopt},
      {"2026-09-07T15:13:01.1234567890Z", std::nullopt},
      {"2026-09-07T15:13:01,5Z", std::nullopt},
      {"2026-09-07T15:13:01ZZ", std::nullopt},
      {"2026-09-07T15:13:01 Z", std::nullopt},
      {"2026-09-07T15:13:01+3:00", std::nullopt},
      {"2026-09-07T15:13:01+03", std::nullopt},
      {"2026-09-07T15:13:01+03:60", std::nullopt},
      {"2026-09-07T15:13:01+18:01", std::nullopt},
      {"2026-09-07T15:13:01+03:000", std::nullopt},
      {"2026-09-07T15:13:01 America/New_York", std::nullopt},
      {" 2026-09-07T15:13:01Z", std::nullopt},
      {"2026-09-07  15:13:01", std::nullopt},
      {"oops", std::nullopt},
      {"", std::nullopt},
  };

  for (const auto& expected : cases) {
    EXPECT_EQ(parse_timestamp(expected.text), expected.micros) << expected.text;
  }
}

}  // namespace
}  // namespace sluice::serde
