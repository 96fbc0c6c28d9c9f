// Tests of `sluice heartrate simulate`.
#include "cli/terminal_fixture.h"
#include "heartrate/beat.h"
#include "json/document.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace sluice::cli {
namespace {

Ran simulate(std::vector<std::string> more) {
  std::vector<std::string> words = {"heartrate", "simulate"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(HeartrateSimulate, TheSameSeedGivesTheSameRecords) {
  const Ran first = simulate({"--seed", "3", "--duration", "60"});
  EXPECT_EQ(first.code, ExitCode::ok);
  EXPECT_EQ(first.out, simulate({"--seed", "3", "--duration", "60"}).out);
  EXPECT_NE(first.out, simulate({"--seed", "4", "--duration", "60"}).out);
}

TEST(HeartrateSimulate, EveryLineIsARecordOfTheSession) {
  const Ran ran = simulate({"--duration", "5", "--start", "2025-07-13T15:55:19Z"});
  EXPECT_TRUE(ran.out.starts_with("{\"timestamp\": \"2025-07-13T15:55:19\", \"heart_rate\": 6"))
      << ran.out;
  for (const std::string& line : lines_of(ran.out)) {
    const auto record = json::Document::parse(line);
    ASSERT_TRUE(record);
    EXPECT_TRUE(record->root().find("heart_rate").as_int64());
    EXPECT_FALSE(record->root().find("device_id").exists());
  }
}

TEST(HeartrateSimulate, SeveralWatchesSendInOrderOfTimeWithAllTheirFields) {
  const Ran ran = simulate({"--watches", "5", "--duration", "30", "--fields", "all"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  std::set<std::string> devices;
  std::size_t intervals = 0;
  heartrate::SampleTime last{};
  for (const std::string& line : lines_of(ran.out)) {
    const auto beat = heartrate::parse_beat(line);
    ASSERT_TRUE(beat.has_value()) << line;
    EXPECT_GE(beat->time, last);
    EXPECT_TRUE(beat->seq && beat->contact && !beat->session_id.empty()) << line;
    last = beat->time;
    devices.insert(beat->device_id);
    intervals += beat->rr_ms.size();
  }
  EXPECT_EQ(devices.size(), 5U);
  EXPECT_GT(intervals, 5 * 25U);
}

TEST(HeartrateSimulate, PacketsComeWithTimeAndDevice) {
  const Ran ran = simulate({"--watches", "2", "--duration", "3", "--as", "packets"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  const auto lines = lines_of(ran.out);
  ASSERT_GE(lines.size(), 6U);
  EXPECT_TRUE(lines[0].starts_with("2025-07-13T15:55:19 C0:FF:EE:00:00:00 06")) << lines[0];
  const std::string packet = lines[0].substr(lines[0].find_last_of(' ') + 1);
  const Ran decoded = run_program({"heartrate", "decode", "--json", packet});
  EXPECT_EQ(decoded.code, ExitCode::ok) << decoded.out;
}

TEST(HeartrateSimulate, DropoutsLeaveHolesAndPlansDiffer) {
  const auto whole = lines_of(simulate({}).out);
  EXPECT_LT(lines_of(simulate({"--dropouts"}).out).size(), whole.size());
  EXPECT_NE(simulate({"--plan", "rest"}).out, simulate({"--plan", "easy"}).out);
  EXPECT_NE(simulate({"--drift", "100"}).out, simulate({}).out);
}

TEST(HeartrateSimulate, WhatCannotBeSimulatedIsRefusedWithWhatCan) {
  struct Case {
    std::vector<std::string> words;
    const char* says;
  };

  for (const Case& one : {Case{{"--watches", "0"}, "take --watches from 1 to 10000"},
                          Case{{"--watches", "10001"}, "take --watches from 1 to 10000"},
                          Case{{"--duration", "0"}, "take --duration from 1 to"},
                          Case{{"--start", "yesterday"}, "cannot read --start yesterday"},
                          Case{{"--drift", "-1"}, "take --drift from 0 to 10000"},
                          Case{{"--drift", "nan"}, "take --drift from 0 to 10000"},
                          Case{{"--speed", "-1"}, "take --speed up to"},
                          Case{{"--speed", "inf"}, "take --speed up to"},
                          Case{{"--plan", "sprint"}, "sprint"},
                          Case{{"--as", "wav"}, "wav"},
                          Case{{"--fields", "none"}, "none"},
                          Case{{"--speed", "2", "--real-time"}, "--real-time"}}) {
    const Ran ran = simulate(one.words);
    EXPECT_EQ(ran.code, ExitCode::usage) << one.says;
    EXPECT_NE(ran.error.find(one.says), std::string::npos) << ran.error;
    EXPECT_EQ(ran.out, "");
  }
}

}  // namespace
}  // namespace sluice::cli
