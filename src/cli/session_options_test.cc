// Tests of the options that turn inputs into sessions.
#include "cli/session_options.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::cli {
namespace {

TEST(SessionOptions, WhatIsWrongIsSaidByOption) {
  struct Case {
    const char* option;
    void (*set)(SessionOptions& options);
  };

  for (const Case& one :
       {Case{"--gap", [](SessionOptions& options) { options.gap_s = 0; }},
        Case{"--gap", [](SessionOptions& options) { options.gap_s = 2e12; }},
        Case{"--pause", [](SessionOptions& options) { options.pause_s = -1; }},
        Case{"--pause", [](SessionOptions& o) { o.pause_s = std::nan(""); }},
        Case{"--session", [](SessionOptions& options) { options.session = "0"; }},
        Case{"--session", [](SessionOptions& options) { options.session = "1x"; }},
        Case{"--session", [](SessionOptions& options) { options.session = ""; }},
        Case{"--zones and --age",
             [](SessionOptions& options) {
               options.age = 30;
               options.zones = "100";
             }},
        Case{"--zones", [](SessionOptions& options) { options.zones = "100,"; }},
        Case{"--zones", [](SessionOptions& options) { options.zones = "100;120"; }},
        Case{"zones", [](SessionOptions& options) { options.zones = "120,100"; }}}) {
    SessionOptions options;
    one.set(options);
    const auto settings = check_session_options(options);
    ASSERT_FALSE(settings) << one.option;
    EXPECT_EQ(settings.error().fault(), Fault::invalid);
    EXPECT_NE(settings.error().message().find(one.option), std::string::npos)
        << settings.error().message();
  }
}

TEST(SessionOptions, AllSessionsAreTakenWhereOneIsNotEnough) {
  SessionOptions options;
  options.session = "all";
  EXPECT_EQ(check_session_options(options)->number, std::nullopt);
  options.choice = Choice::one;
  const auto refused = check_session_options(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "cannot take --session all; give a number from 1, as 'sluice heartrate summary' counts "
            "them");
  options.session.reset();
  EXPECT_EQ(check_session_options(options)->number, std::nullopt);
}

TEST(SessionOptions, SecondsMayBeFractionsAndVeryLong) {
  SessionOptions options;
  options.gap_s = 1e12;
  options.pause_s = 0.5;
  const auto settings = check_session_options(options);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->gap, std::chrono::seconds(1'000'000'000'000));
  EXPECT_EQ(settings->pause, std::chrono::milliseconds(500));
  EXPECT_FALSE(settings->are_zones_given);
}

TEST(SessionOptions, ZonesComeFromBoundsOrFromAnAge) {
  SessionOptions options;
  options.zones = "100,120";
  EXPECT_EQ(check_session_options(options)->zones.bounds(), (std::vector<std::int32_t>{100, 120}));
  options.zones.clear();
  options.age = 20;
  EXPECT_EQ(check_session_options(options)->zones.bounds().front(), 100);
  EXPECT_TRUE(check_session_options(options)->are_zones_given);
}

TEST(SessionOptions, ASessionKeepsItsNumberWhenItIsChosen) {
  const TemporaryFolder folder;
  SessionOptions options;
  options.source.inputs = {
      folder.write("in",
                   "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 1}\n"
                   "{\"timestamp\": \"2025-07-13T16:00:00\", \"heart_rate\": 2}\n")};
  const auto files = make_posix_file_system();
  const auto all = load_sessions(*files, options, *check_session_options(options));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->chosen.size(), 2U);
  options.session = "2";
  const auto second = load_sessions(*files, options, *check_session_options(options));
  ASSERT_TRUE(second);
  ASSERT_EQ(second->chosen.size(), 1U);
  EXPECT_EQ(second->chosen[0].number, 2U);
  EXPECT_EQ(second->count, 2U);
  EXPECT_EQ(second->chosen[0].figures.rate->max, 2);
  options.session = "3";
  const auto third = load_sessions(*files, options, *check_session_options(options));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().fault(), Fault::missing);
}

}  // namespace
}  // namespace sluice::cli
