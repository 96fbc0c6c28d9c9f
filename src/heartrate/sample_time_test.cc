#include "heartrate/sample_time.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime evening =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 21h + 25min + 19s;

TEST(SampleTime, OfTheSystemLiesBetweenTwoReadingsOfItsClock) {
  const auto before =
      std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const SampleTime now = system_sample_time();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

TEST(SampleTime, IsWrittenAsPythonPrintsIt) {
  EXPECT_EQ(to_text(evening), "2025-07-13T21:25:19");
  EXPECT_EQ(to_text(evening + 123456us), "2025-07-13T21:25:19.123456");
  EXPECT_EQ(to_text(evening + 1us), "2025-07-13T21:25:19.000001");
}

TEST(SampleTime, IsReadInEveryFormThatRecordingsUse) {
  struct Case {
    const char* text;
    SampleTime time;
  };

  for (const Case& one : {Case{"2025-07-13T21:25:19", evening},
                          Case{"2025-07-13 21:25:19", evening},
                          Case{"2025-07-13T21:25:19Z", evening},
                          Case{"2025-07-13T21:25:19.5", evening + 500ms},
                          Case{"2025-07-13T21:25:19.123456789Z", evening + 123456us},
                          Case{"2025-07-14T02:55:19+05:30", evening},
                          Case{"2025-07-13T13:25:19-0800", evening}}) {
    EXPECT_EQ(parse_sample_time(one.text), one.time) << one.text;
  }
}

TEST(SampleTime, WhatIsNoTimeIsNotRead) {
  for (const char* text : {"",
                           "2025-07-13",
                           "2025-07-13T21:25",
                           "2025-02-29T00:00:00",
                           "2025-07-13T24:00:00",
                           "2025-07-13T21:60:00",
                           "2025-07-13T21:25:61",
                           "2025-07-13T21:25:19.",
                           "2025-07-13T21:25:19.1234567890",
                           "2025-07-13T21:25:19x",
                           "2025-07-13T21:25:19+5",
                           "0000-01-01T00:00:00",
                           "2025-7-13T21:25:19",
                           " 2025-07-13T21:25:19"}) {
    EXPECT_EQ(parse_sample_time(text), std::nullopt) << text;
  }
}

TEST(SampleTime, EveryHourOfAYearReadsBackEqual) {
  for (SampleTime time = evening; time < evening + std::chrono::days(366); time += 1h + 7us) {
    EXPECT_EQ(parse_sample_time(to_text(time)), time);
  }
}

TEST(SampleTime, DurationsReadAsOnAClock) {
  EXPECT_EQ(clock_text(std::chrono::microseconds(999'999)), "0:00:00");
  EXPECT_EQ(clock_text(std::chrono::minutes(15)), "0:15:00");
  EXPECT_EQ(clock_text(std::chrono::seconds(93'839)), "26:03:59");
}

}  // namespace
}  // namespace sluice::heartrate
