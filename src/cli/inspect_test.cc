// Tests of `sluice inspect` as a user calls it.
#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(InspectCommand, ShowsOneFileAfterAnotherAndGoesOnAfterABadOne) {
  const TemporaryFolder folder;
  const std::string input = folder.write("in", "{\"a\": 1}\n{\"a\": 2}\n");
  const std::string good = folder.path("good.parquet");
  ASSERT_EQ(run_program({"convert", input, good, "--schema", "a int"}).code, ExitCode::ok);
  const std::string empty = folder.path("empty");
  std::filesystem::create_directory(empty);
  const Ran ran = run_program({"inspect", good, input, folder.path("missing"), empty, good});
  EXPECT_EQ(ran.code, ExitCode::failed);
  EXPECT_NE(ran.out.find("2 rows"), std::string::npos);
  EXPECT_NE(ran.out.find("2 rows"), ran.out.rfind("2 rows")) << "both good files are shown";
  EXPECT_EQ(std::count(ran.error.begin(), ran.error.end(), '\n'), 3) << ran.error;
  EXPECT_NE(ran.error.find("sluice inspect: cannot read " + input), std::string::npos);
  EXPECT_NE(ran.error.find("no file below this folder"), std::string::npos);
}

TEST(InspectCommand, JsonIsOneLineForEachFile) {
  const TemporaryFolder folder;
  const std::string input = folder.write("in", "{\"a\": 1}\n");
  const std::string good = folder.path("good.parquet");
  ASSERT_EQ(run_program({"convert", input, good, "--schema", "a int"}).code, ExitCode::ok);
  const Ran ran = run_program({"inspect", "--json", good, good});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
}

TEST(InspectCommand, VerifyReadsEverythingAndFindsDamage) {
  const TemporaryFolder folder;
  const std::string input = folder.write("in", "{\"a\": 1}\n{\"a\": 2}\n");
  const std::string good = folder.path("good.parquet");
  ASSERT_EQ(run_program({"convert", input, good, "--schema", "a int", "--sort-by", "a:desc"}).code,
            ExitCode::ok);
  const Ran right = run_program({"inspect", "--verify", good});
  EXPECT_EQ(right.code, ExitCode::ok) << right.out;
  EXPECT_NE(right.out.find("  verified · 2 values · "), std::string::npos) << right.out;
  EXPECT_NE(right.out.find("  sorted by a desc\n"), std::string::npos) << right.out;
  std::string bytes = folder.read("good.parquet");
  bytes[30] = static_cast<char>(bytes[30] ^ 1);
  const Ran wrong = run_program({"inspect", "--verify", "--json", folder.write("bad", bytes)});
  EXPECT_EQ(wrong.code, ExitCode::failed);
  EXPECT_NE(wrong.out.find("\"contradictions\":[\"row group 0, column a: "), std::string::npos)
      << wrong.out;
}

TEST(InspectCommand, AFolderStandsForTheParquetFilesBelow) {
  const TemporaryFolder folder;
  const std::string input = folder.write("in", "{\"a\": 1}\n");
  std::filesystem::create_directories(folder.path("x/y"));
  for (const char* name : {"x/y/a.parquet", "x/b.parquet"}) {
    ASSERT_EQ(run_program({"convert", input, folder.path(name), "--schema", "a int"}).code,
              ExitCode::ok);
  }
  const Ran ran = run_program({"inspect", "--json", folder.path()});
  EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
}

TEST(InspectCommand, ACutFileIsAnErrorAndNoCrash) {
  const TemporaryFolder folder;
  const std::string input = folder.write("in", "{\"a\": 1}\n");
  ASSERT_EQ(run_program({"convert", input, folder.path("good"), "--schema", "a int"}).code,
            ExitCode::ok);
  const std::string whole = folder.read("good");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    const Ran ran = run_program({"inspect", folder.write("cut", whole.substr(0, size))});
    EXPECT_EQ(ran.code, ExitCode::failed) << size;
  }
}

}  // namespace
}  // namespace sluice::cli
