// Patterns and the texts they take; patterns that are none.
#include "serde/joda_pattern.h"

#include "serde/civil_time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::serde {
namespace {

std::string micros_of(std::string_view pattern, std::string_view text) {
  const auto parsed = JodaPattern::parse(pattern);
  EXPECT_TRUE(parsed) << parsed.error().message();
  const auto micros = parsed->read(text);
  return micros ? std::to_string(*micros) : "-";
}

// The same moment in the form that needs no pattern; "-" for none.
std::string micros_of(std::string_view plain) {
  return plain == "-" ? "-" : std::to_string(parse_timestamp(plain).value());
}

TEST(JodaPattern, ReadsWhatJodaReads) {
  const struct {
    std::string_view pattern;
    std::string_view text;
    std::string_view expected;
  } cases[] = {
      {"yyyy-MM-dd'T'HH:mm:ss.SSS", "2017-02-07T15:13:01.392", "2017-02-07T15:13:01.392"},
      {"yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "2017-02-07T15:13:01.392123", "2017-02-07T15:13:01.392123"},
      {"yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS",
       "2017-02-07T15:13:01.392123999",
       "2017-02-07T15:13:01.392123"},
      {"yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "2017-02-07T15:13:01.39", "2017-02-07T15:13:01.39"},
      {"yyyy-MM-dd'T'HH:mm:ss.SSS", "2017-02-07T15:13:01.", "-"},
      {"yyyy-MM-dd'T'HH:mm:ss.SSS", "2017-02-07T15:13:01.3921", "-"},
      {"yyyy-MM-dd'T'HH:mm:ss", "2017-02-07t15:13:01", "2017-02-07T15:13:01"},
      {"yyyy-MM-dd HH:mm:ss", "2017-2-7 5:3:1", "2017-02-07T05:03:01"},
      {"yyyy-MM-dd HH:mm:ss", "2017-2-7 5:3:1 ", "-"},
      {"yyyy-MM-dd HH:mm:ss", "2017-2-30 5:3:1", "-"},
      {"yyyy-MM-dd HH:mm:ss", "2017-13-1 5:3:1", "-"},
      {"yyyy-MM-dd HH:mm:ss", "2017-2-7 24:3:1", "-"},
      {"yyyy-MM-dd HH:mm:ss", "2017-2-7 23:60:1", "-"},
      {"yyyy-MM-dd HH:mm:ss", "0-2-7 3:3:1", "-"},
      {"yyyy", "10000", "-"},
      {"yyyy", "99999999999", "-"},
      {"yyyy-MM-dd", "1970-01-03", "1970-01-03T00:00:00"},
      {"yyyyMMddHHmmss", "20170207151301", "2017-02-07T15:13:01"},
      {"yyyyMMddHHmmss", "2017020715130", "2017-02-07T15:13:00"},
      {"yyMMdd", "170207", "2017-02-07T00:00:00"},
      {"yyMMdd", "700207", "1970-02-07T00:00:00"},
      {"yy-MM-dd", "69-02-07", "2069-02-07T00:00:00"},
      {"yy-MM-dd", "2017-02-07", "2017-02-07T00:00:00"},
      {"HH:mm", "01:02", "1970-01-01T01:02:00"},
      {"hh:mm a, dd MMM yyyy", "11:05 pm, 07 feb 2017", "2017-02-07T23:05:00"},
      {"hh:mm a", "12:05 AM", "1970-01-01T00:05:00"},
      {"hh:mm a", "12:05 PM", "1970-01-01T12:05:00"},
      {"KK:mm a", "00:05 PM", "1970-01-01T12:05:00"},
      {"hh:mm", "0:05", "-"},
      {"kk:mm", "24:05", "1970-01-01T00:05:00"},
      {"kk:mm", "0:05", "-"},
      {"EEE MMM dd HH:mm:ss Z yyyy", "Tue Feb 07 15:13:01 +0530 2017", "2017-02-07T15:13:01+0530"},
      {"EEEE, d MMMM yyyy", "Tuesday, 7 February 2017", "2017-02-07T00:00:00"},
      {"EEEE, d MMMM yyyy", "Monday, 7 February 2017", "-"},
      {"yyyy-MM-dd'T'HH:mm:ssZZ", "2017-02-07T15:13:01+05:30", "2017-02-07T15:13:01+0530"},
      {"yyyy-MM-dd'T'HH:mm:ssZZ", "2017-02-07T15:13:01-08", "2017-02-07T15:13:01-0800"},
      {"yyyy-MM-dd'T'HH:mm:ssZ", "2017-02-07T15:13:01Z", "2017-02-07T15:13:01"},
      {"yyyy-MM-dd'T'HH:mm:ssZ", "2017-02-07T15:13:01", "-"},
      {"yyyy-MM-dd'T'HH:mm:ssZ", "2017-02-07T15:13:01+2400", "-"},
      {"yyyy-MM-dd HH:mm:ss z", "2017-07-07 15:13:01 UTC", "2017-07-07T15:13:01"},
      {"yyyy-MM-dd HH:mm:ss z", "2017-07-07 15:13:01 PDT", "2017-07-07T15:13:01-0700"},
      {"yyyy-MM-dd HH:mm:ss z", "2017-07-07 15:13:01 XYZ", "-"},
      {"yyyy-DDD", "2016-366", "2016-12-31T00:00:00"},
      {"yyyy-DDD", "2017-366", "-"},
      {"yyyy-DDD", "2017-038", "2017-02-07T00:00:00"},
      {"xxxx-'W'ww-e", "2017-W06-2", "2017-02-07T00:00:00"},
      {"xxxx-'W'ww-e", "2020-W53-5", "2021-01-01T00:00:00"},
      {"xxxx-'W'ww-e", "2021-W53-5", "-"},
      {"xxxx-'W'ww", "1970-W01", "1970-01-01T00:00:00"},
      {"'it''s' yyyy", "IT'S 2017", "2017-01-01T00:00:00"},
      {"yyyy''MM", "2017'03", "2017-03-01T00:00:00"},
      {"millis", "1518033528123", "2018-02-07T19:58:48.123"},
      {"MILLIS", "-1", "1969-12-31T23:59:59.999"},
      {"millis", "1.5", "1970-01-01T00:00:00.0015"},
      {"millis", "1.", "-"},
      {"millis", "+1", "-"},
      {"millis", "", "-"},
      {"millis", "99999999999999999999", "-"},
      {"millis", "253402300800000", "-"},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(micros_of(test.pattern, test.text), micros_of(test.expected))
        << test.pattern << " on " << test.text;
  }
}

TEST(JodaPattern, RefusesWhatItCannotRead) {
  const struct {
    std::string_view pattern;
    std::string_view why;
  } cases[] = {
      {"", "must not be empty"},
      {"yyyy-MM-ddTHH", "letter 'T' is not offered (text stands in single quotes) at position 11"},
      {"yyyy G", "letter 'G' is not offered (text stands in single quotes) at position 6"},
      {"yyyy ZZZ", "zone ids and long zone names are not offered (Z is an offset) at position 6"},
      {"zzzz", "zone ids and long zone names are not offered (Z is an offset) at position 1"},
      {"yyyy 'x", "unclosed quote at position 6"},
  };

  for (const auto& test : cases) {
    const auto parsed = JodaPattern::parse(test.pattern);
    ASSERT_FALSE(parsed) << test.pattern;
    EXPECT_EQ(parsed.error().fault(), Fault::invalid);
    EXPECT_NE(parsed.error().message().find(test.why), std::string::npos)
        << parsed.error().message();
  }
}

TEST(JodaPattern, ReadsEveryDayByEachWayToNameIt) {
  const auto by_day = JodaPattern::parse("yyyy-MM-dd EEE").value();
  const auto by_number = JodaPattern::parse("yyyy-DDD").value();
  const auto by_week = JodaPattern::parse("xxxx-ww-e").value();
  for (std::int32_t day = 0; day < 366 * 60; ++day) {
    namespace ch = std::chrono;
    const ch::sys_days date{ch::days(day)};
    const ch::year_month_day civil(date);
    const ch::weekday weekday(date);
    const ch::year_month_day thursday(date +
                                      ch::days(4 - static_cast<int>(weekday.iso_encoding())));
    const int year = static_cast<int>(civil.year());
    const int week_year = static_cast<int>(thursday.year());
    const auto in_year = [](ch::sys_days at, ch::year of) {
      return (at - ch::sys_days(of / ch::January / 1)).count();
    };
    const std::int64_t micros = std::int64_t{day} * 86'400'000'000;
    constexpr const char* names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    ASSERT_EQ(by_day.read(fmt::format("{}-{}-{} {}",
                                      year,
                                      static_cast<unsigned>(civil.month()),
                                      static_cast<unsigned>(civil.day()),
                                      names[weekday.iso_encoding() - 1])),
              micros);
    ASSERT_EQ(by_number.read(fmt::format("{}-{}", year, in_year(date, civil.year()) + 1)), micros);
    ASSERT_EQ(by_week.read(fmt::format("{}-{}-{}",
                                       week_year,
                                       in_year(thursday, thursday.year()) / 7 + 1,
                                       weekday.iso_encoding())),
              micros);
  }
}

}  // namespace
}  // namespace sluice::serde
