#include "delivery/zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

TEST(TimeZone, OldAndNewSpellingsNameTheSameClock) {
  struct Pair {
    std::string_view old_name;
    std::string_view new_name;
  };

  constexpr Pair pairs[] = {{"Asia/Calcutta", "Asia/Kolkata"},
                            {"Africa/Asmera", "Africa/Asmara"},
                            {"Asia/Saigon", "Asia/Ho_Chi_Minh"},
                            {"US/Eastern", "America/New_York"}};
  for (const Pair& pair : pairs) {
    const Result<TimeZone> old_zone = TimeZone::find(pair.old_name);
    const Result<TimeZone> new_zone = TimeZone::find(pair.new_name);
    ASSERT_TRUE(old_zone) << pair.old_name;
    ASSERT_TRUE(new_zone) << pair.new_name;
    EXPECT_EQ(old_zone->name(), pair.old_name);
    for (const std::int64_t day : {0, 10'000, 20'000, 20'200}) {
      const UnixMillis instant = unix_millis(day * 86'400'000);
      EXPECT_EQ(old_zone->at(instant).offset_s, new_zone->at(instant).offset_s) << pair.old_name;
    }
  }
}

TEST(TimeZone, TheEmptyNameIsUtc) {
  const Result<TimeZone> zone = TimeZone::find("");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->name(), "UTC");
  EXPECT_EQ(zone->at(unix_millis(0)).hour, 0);
}

TEST(TimeZone, UnfitNamesAreRefusedWithTheReason) {
  struct Case {
    std::string name;
    std::string_view message;
  };

  const Case cases[] = {
      {"EST", "non-three-letter"},
      {"GMT", "non-three-letter"},
      {"IST", "non-three-letter"},
      {"Etc/GMT+5", "must consist of letters"},
      {"../etc/passwd", "must consist of letters"},
      {"America/Port-au-Prince", "must consist of letters"},
      {"Asia/Calcuta", "not a time zone"},
      {"asia/calcutta", "not a time zone"},
      {"Europe", "not a time zone"},
      {"Europe/", "not a time zone"},
      {"/", "not a time zone"},
      {"/usr/share/zoneinfo/Europe/Paris", "not a time zone"},
      {"right/Europe/Paris", "not a time zone"},
      {"posix/Europe/Paris", "not a time zone"},
      {"localtime", "not a time zone"},
      {"leapseconds", "not a time zone"},
      {"posixrules", "not a time zone"},
      {"Factory", "not a time zone"},
      {std::string(51, 'a'), "at most 50 characters"},
  };
  for (const Case& each : cases) {
    const Result<TimeZone> zone = TimeZone::find(each.name);
    ASSERT_FALSE(zone) << each.name;
    EXPECT_EQ(zone.error().fault(), Fault::invalid);
    EXPECT_THAT(zone.error().message(), HasSubstr(each.message)) << each.name;
  }
}

TEST(TimeZone, DaylightSavingBeginsAtTheVeryMillisecond) {
  const TimeZone madrid = TimeZone::find("Europe/Madrid").value();
  const UnixMillis change = unix_millis(1'774'746'000'000);  // 2026-03-29T01:00:00Z
  const LocalTime before = madrid.at(change - std::chrono::milliseconds(1));
  const LocalTime after = madrid.at(change);
  EXPECT_EQ(before.hour, 1);
  EXPECT_EQ(before.minute, 59);
  EXPECT_EQ(before.millisecond, 999);
  EXPECT_FALSE(before.is_daylight_saving);
  EXPECT_EQ(before.abbreviation, "CET");
  EXPECT_EQ(after.hour, 3);
  EXPECT_EQ(after.offset_s, 7200);
  EXPECT_TRUE(after.is_daylight_saving);
  EXPECT_EQ(after.abbreviation, "CEST");
}

// Against the standard library's calendar, for every day of four centuries on either side of 1970.
TEST(TimeZone, EveryDayHasItsDate) {
  using std::chrono::days;
  using std::chrono::sys_days;
  const TimeZone utc;
  for (std::int32_t day = -146'097; day <= 146'097; ++day) {
    const LocalTime time = utc.at(unix_millis(std::int64_t{day} * 86'400'000 + 86'399'999));
    const std::chrono::year_month_day date{sys_days(days(day))};
    ASSERT_EQ(time.year, static_cast<int>(date.year())) << day;
    ASSERT_EQ(time.month, static_cast<int>(static_cast<unsigned>(date.month()))) << day;
    ASSERT_EQ(time.day, static_cast<int>(static_cast<unsigned>(date.day()))) << day;
    const auto weekday = std::chrono::weekday(sys_days(days(day))).c_encoding();
    ASSERT_EQ(time.day_of_week, static_cast<int>(weekday)) << day;
    const sys_days new_year =
        std::chrono::year_month_day(date.year(), std::chrono::January, std::chrono::day(1));
    ASSERT_EQ(time.day_of_year, (sys_days(days(day)) - new_year).count() + 1) << day;
    ASSERT_EQ(time.hour, 23);
    ASSERT_EQ(time.second, 59);
  }
}

}  // namespace
}  // namespace sluice::delivery
