// Tests of `sluice heartrate export` as a user calls it.
#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

constexpr const char* two_sessions =
    "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 90, \"rr_ms\": [666]}\n"
    "{\"timestamp\": \"2025-07-13T16:00:00\", \"heart_rate\": 91}\n";

Ran export_from(const std::string& input, std::vector<std::string> more) {
  more.insert(more.begin(), {"heartrate", "export", input});
  return run_program(more);
}

TEST(HeartrateExport, TheFormatIsNamedOrTheEndingOfTheFile) {
  const TemporaryFolder folder;
  const std::string input = folder.write("run", two_sessions);
  EXPECT_EQ(export_from(input, {"-o", folder.path("a.csv")}).code, ExitCode::ok);
  EXPECT_TRUE(folder.read("a.csv").starts_with("session,timestamp,"));
  EXPECT_EQ(export_from(input, {"-o", folder.path("a.fit")}).code, ExitCode::ok);
  EXPECT_EQ(folder.read("a.fit").substr(8, 4), ".FIT");
  EXPECT_EQ(export_from(input, {"-o", folder.path("b.csv"), "--format", "tcx"}).code, ExitCode::ok);
  EXPECT_TRUE(folder.read("b.csv").starts_with("<?xml"));
  EXPECT_EQ(export_from(input, {"-o", folder.path("a.gpx")}).code, ExitCode::usage);
  EXPECT_EQ(export_from(input, {"-o", "-"}).code, ExitCode::usage);
}

TEST(HeartrateExport, OneSessionOrAll) {
  const TemporaryFolder folder;
  const std::string input = folder.write("run", two_sessions);
  const Ran all = export_from(input, {"-o", "-", "--format", "csv"});
  EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 3);
  const Ran second = export_from(input, {"-o", "-", "--format", "csv", "--session", "2"});
  EXPECT_NE(second.out.find("\n2,2025-07-13T16:00:00,91,"), std::string::npos) << second.out;
  EXPECT_EQ(std::count(second.out.begin(), second.out.end(), '\n'), 2);
}

TEST(HeartrateExport, WhatTheFormatCannotTakeIsSaidAndAFailureLeavesNoFile) {
  const TemporaryFolder folder;
  const std::string input = folder.write("run", two_sessions);
  const Ran tcx = export_from(input, {"-o", folder.path("a.tcx")});
  EXPECT_NE(tcx.error.find("RR intervals are left out"), std::string::npos) << tcx.error;
  const std::string old =
      folder.write("old", "{\"timestamp\": \"1985-01-01T00:00:00\", \"heart_rate\": 60}\n");
  const Ran fit = export_from(old, {"-o", folder.path("old.fit")});
  EXPECT_EQ(fit.code, ExitCode::failed);
  EXPECT_NE(fit.error.find("FIT has times from 1998-07-03T21:24:16"), std::string::npos)
      << fit.error;
  EXPECT_FALSE(std::filesystem::exists(folder.path("old.fit")));
}

}  // namespace
}  // namespace sluice::cli
