// Tests of `sluice heartrate simulate`.
#include "cli/terminal_fixture.h"
#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

Ran simulate(std::vector<std::string> more) {
  std::vector<std::string> words = {"heartrate", "simulate"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words);
}

TEST(HeartrateCommand, TheSameSeedGivesTheSameRecords) {
  const Ran first = simulate({"--seed", "3", "--duration", "60"});
  EXPECT_EQ(first.code, ExitCode::ok);
  EXPECT_EQ(first.out, simulate({"--seed", "3", "--duration", "60"}).out);
  EXPECT_NE(first.out, simulate({"--seed", "4", "--duration", "60"}).out);
}

TEST(HeartrateCommand, EveryLineIsARecordOfTheSession) {
  const Ran ran = simulate({"--duration", "5", "--start", "2025-07-13T15:55:19Z"});
  EXPECT_TRUE(ran.out.starts_with("{\"timestamp\": \"2025-07-13T15:55:")) << ran.out;
  const auto record = json::Document::parse(ran.out.substr(0, ran.out.find('\n')));
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->root().find("heart_rate").as_int64());
}

}  // namespace
}  // namespace sluice::cli
