// Tests of `sluice heartrate plot` as a user calls it.
#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sluice::cli {
namespace {

Ran plot(const std::string& input, std::vector<std::string> more) {
  more.insert(more.begin(), {"heartrate", "plot", input});
  return run_program(more);
}

TEST(HeartratePlot, WritesAPictureOfTheSession) {
  const TemporaryFolder folder;
  const std::string input =
      folder.write("run", run_program({"heartrate", "simulate", "--duration", "60"}).out);
  const Ran ran = plot(input, {"-o", folder.path("run.svg")});
  EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
  EXPECT_TRUE(folder.read("run.svg").starts_with("<svg "));
  EXPECT_EQ(plot(input, {"-o", "-"}).out, folder.read("run.svg"));
}

TEST(HeartratePlot, DrawsTheLongestOfSeveralAndSaysSo) {
  const TemporaryFolder folder;
  const std::string input =
      folder.write("run",
                   "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 90}\n"
                   "{\"timestamp\": \"2025-07-14T16:00:00\", \"heart_rate\": 91}\n"
                   "{\"timestamp\": \"2025-07-14T16:00:01\", \"heart_rate\": 91}\n");
  const Ran longest = plot(input, {"-o", "-"});
  EXPECT_NE(longest.out.find("14 July 2025"), std::string::npos);
  EXPECT_NE(longest.error.find("--session N"), std::string::npos);
  const Ran first = plot(input, {"-o", "-", "--session", "1"});
  EXPECT_NE(first.out.find("13 July 2025"), std::string::npos);
  EXPECT_EQ(first.error, "");
}

TEST(HeartratePlot, RefusesWhatItCannotDraw) {
  const TemporaryFolder folder;
  const std::string input =
      folder.write("records", "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 90}\n");
  for (const char* name : {"run.png", "run", "svg", "run.svg.gz"}) {
    const Ran ran = plot(input, {"-o", folder.path(name)});
    EXPECT_EQ(ran.code, ExitCode::usage) << name;
    EXPECT_NE(ran.error.find("rsvg-convert"), std::string::npos) << ran.error;
    EXPECT_FALSE(std::filesystem::exists(folder.path(name)));
  }
  const Ran all = plot(input, {"-o", "-", "--session", "all"});
  EXPECT_EQ(all.code, ExitCode::usage);
  EXPECT_NE(all.error.find("cannot take --session all"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
