// Tests of `sluice heartrate summary` as a user calls it.
#include "cli/terminal_fixture.h"
#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

Ran summary(std::vector<std::string> more) {
  more.insert(more.begin(), {"heartrate", "summary"});
  return run_program(more);
}

TEST(HeartrateSummary, ASimulatedRunIsOneSession) {
  const TemporaryFolder folder;
  const Ran made = run_program({"heartrate", "simulate", "--duration", "60"});
  const std::string input = folder.write("run.ndjson", made.out);
  const Ran ran = summary({input, "--json", "--zones", "100,120"});
  EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
  const auto json = json::Document::parse(ran.out);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->root().find("sessions").size(), 1U);
  const json::View session = *json->root().find("sessions").elements().begin();
  EXPECT_EQ(session.find("beats").as_int64(), std::count(made.out.begin(), made.out.end(), '\n'));
  EXPECT_EQ(session.find("zones_s").size(), 3U);
  EXPECT_EQ(summary({input}).code, ExitCode::ok);
}

TEST(HeartrateSummary, ExitCodesTellArgumentsFromData) {
  const TemporaryFolder folder;
  const std::string good =
      folder.write("run", "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 90}\n");
  EXPECT_EQ(summary({good, "--gap", "0"}).code, ExitCode::usage);
  EXPECT_EQ(summary({good, "--zones", "5,4"}).code, ExitCode::usage);
  EXPECT_EQ(summary({folder.write("other", "x")}).code, ExitCode::failed);
  EXPECT_EQ(summary({folder.path("other")}).out, "");
  const Ran partly = summary({good, folder.path("nope")});
  EXPECT_EQ(partly.code, ExitCode::failed);
  EXPECT_NE(partly.out, "");
  EXPECT_NE(partly.error.find("skipped " + folder.path("nope")), std::string::npos);
  const Ran found = summary({folder.path()});
  EXPECT_EQ(found.code, ExitCode::ok) << "a foreign file in a folder is no failure";
  EXPECT_NE(found.error.find("skipped " + folder.path("other")), std::string::npos);
}

TEST(HeartrateSummary, OtherFilesInAFolderAreOneLine) {
  const TemporaryFolder folder;
  const std::string good =
      folder.write("run", "{\"timestamp\": \"2025-07-13T15:00:00\", \"heart_rate\": 90}\n");
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) {
    static_cast<void>(folder.write(name, "heart_rate\n90\n"));
  }
  static_cast<void>(folder.write("broken.parquet", "PAR1 and no more"));
  const Ran ran = summary({folder.path()});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_NE(ran.error.find("skipped 3 files without heart-rate records, the first " +
                           folder.path("a.csv")),
            std::string::npos)
      << ran.error;
  EXPECT_NE(ran.error.find("skipped " + folder.path("broken.parquet")), std::string::npos);
  EXPECT_EQ(std::count(ran.error.begin(), ran.error.end(), '\n'), 2);
  // Those asked for by name are named.
  const Ran named = summary({good, folder.path("a.csv"), folder.path("b.csv")});
  EXPECT_EQ(named.code, ExitCode::failed);
  EXPECT_NE(named.error.find("skipped " + folder.path("b.csv") + ": "), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
