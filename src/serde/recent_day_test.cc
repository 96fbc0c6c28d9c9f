#include "serde/recent_day.h"

#include "json/wide.h"
#include "serde/civil_time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace sluice::serde {
namespace {

// As the runner reads (serde/row_runner.h): the date by the day, the rest by a clock.
std::optional<std::int64_t> read(const RecentDay& day, std::string text) {
  const std::size_t bytes = text.size();
  text += '"';
  text.resize(text.size() + json::wide_reach);
  std::int64_t micros = 0;
  if (!day.is_at(text.data())) {
    return std::nullopt;
  }
  const char* const clock = text.data() + RecentDay::date_bytes;
  const unsigned clock_bytes = json::Portable::read_clock(clock, micros);
  const std::size_t end = RecentDay::date_bytes + clock_bytes + (clock[clock_bytes] == 'Z' ? 1 : 0);
  return clock_bytes > 0 && end == bytes ? std::optional(day.micros() + micros) : std::nullopt;
}

RecentDay day_of(std::string_view text) {
  RecentDay day;
  day.learn(text, parse_timestamp(text).value());
  return day;
}

TEST(RecentDay, EverySecondOfTheDayIsReadAsTheFullReaderReadsIt) {
  const RecentDay day = day_of("2025-07-15T17:10:33.123456");
  for (int second = 0; second < 86'400; ++second) {
    const std::string text = fmt::format("2025-07-15T{:02}:{:02}:{:02}.{:06}",
                                         second / 3600,
                                         second / 60 % 60,
                                         second % 60,
                                         second * 11 % 1'000'000);
    ASSERT_EQ(read(day, text), parse_timestamp(text)) << text;
  }
}

TEST(RecentDay, AFractionMayBeShorterOrMissingAndAZMayFollow) {
  for (const char* learned :
       {"2025-07-15T17:10:33", "2025-07-15T17:10:33.5", "2025-07-15T17:10:33.123456Z"}) {
    const RecentDay day = day_of(learned);
    for (const char* text : {"2025-07-15T00:00:00",
                             "2025-07-15T23:59:59Z",
                             "2025-07-15T17:10:33.1",
                             "2025-07-15T17:10:33.12",
                             "2025-07-15T17:10:33.123",
                             "2025-07-15T17:10:33.1234",
                             "2025-07-15T17:10:33.12345Z",
                             "2025-07-15T17:10:33.000001"}) {
      EXPECT_EQ(read(day, text), parse_timestamp(text)) << learned << " " << text;
    }
  }
  const RecentDay lenient = day_of("2025-07-15 17:10:33.25");
  EXPECT_EQ(read(lenient, "2025-07-15 01:02:03.4"), parse_timestamp("2025-07-15 01:02:03.4"));
}

TEST(RecentDay, OtherDaysAndFormsAreLeftToTheFullReader) {
  const RecentDay day = day_of("2025-07-15T17:10:33.123456");
  for (const char* text : {"2025-07-16T17:10:33.123456",
                           "2025-06-15T17:10:33.123456",
                           "2025-07-15 17:10:33.123456",
                           "2025-07-15T17:10:33.1234567",
                           "2025-07-15T17:10:33.",
                           "2025-07-15T17:10:33.123456ZZ",
                           "2025-07-15T17:10:33,123456",
                           "2025-07-15T17-10:33.123456",
                           "2025-07-15T24:00:00.000000",
                           "2025-07-15T23:60:00.000000",
                           "2025-07-15T23:00:60.000000",
                           "2025-07-15T17:10:33+05:300",
                           ""}) {
    EXPECT_EQ(read(day, text), std::nullopt) << text;
  }
}

TEST(RecentDay, AnyByteInAnyPlaceIsReadAsTheFullReaderReadsItOrNotAtAll) {
  const std::string good = "2025-07-15T17:10:33.123456";
  const RecentDay day = day_of(good);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      if (const auto micros = read(day, text)) {
        EXPECT_EQ(micros, parse_timestamp(text)) << at << " " << byte;
      }
    }
  }
}

TEST(RecentDay, DaysBeforeTheEpochCountFromTheirMidnight) {
  const RecentDay day = day_of("1960-02-29T12:00:00.000001");
  EXPECT_EQ(read(day, "1960-02-29T00:00:00.000000"), parse_timestamp("1960-02-29T00:00:00.000000"));
  EXPECT_EQ(read(day, "1960-02-29T23:59:59.999999"), parse_timestamp("1960-02-29T23:59:59.999999"));
}

TEST(RecentDay, NothingIsOfADayBeforeOneIsLearned) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string date(RecentDay::date_bytes, static_cast<char>(byte));
    EXPECT_EQ(read(RecentDay(), date + "17:10:33.123456"), std::nullopt) << byte;
  }
}

TEST(RecentDay, WhatCannotBeADayIsNotLearned) {
  RecentDay day;
  day.learn("2025-07-15T17:10:33+05:30x", 0);
  day.learn("2025-07-15T17:10:33+05:30", 0);
  day.learn("2025-07-15T7:10:33", 0);
  day.learn("2025-7-15T17:10:33.123", 0);
  day.learn("1234567890123456.123456789", 0);
  EXPECT_EQ(read(day, "2025-07-15T17:10:33.123456"), std::nullopt);
}

}  // namespace
}  // namespace sluice::serde
