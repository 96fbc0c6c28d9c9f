// The commands around a query, as far as they go without its engine.
#include "cli/terminal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using ::testing::HasSubstr;

TEST(QueryTest, wrong_arguments_are_named_with_what_would_be_right) {
  struct Case {
    std::vector<std::string> arguments;
    const char* message;
  };

  const Case cases[] = {
      {{"query", "SELECT 1", "--format", "xml"},
       "there is no format xml; take table, csv, json or parquet"},
      {{"query", "SELECT 1", "--format", "parquet"}, "a Parquet file needs a name: -o FILE"},
      {{"query", "SELECT 1", "--format", "parquet", "-o", "-"},
       "a Parquet file needs a name: -o FILE"},
      {{"query", "-o", "x.csv"}, "-o takes the result of one question"},
      {{"query", "SELECT 1", "--memory-mb", "1"}, "--memory-mb"},
      {{"query", "SELECT 1", "--timeout", "0"}, "--timeout"},
      {{"ddl"}, "TABLE"},
      {{"ddl", "t", "--years", "2030-2020"}, "cannot take --years 2030-2020; give the first"},
      {{"ddl", "t", "--years", "20-2030"}, "cannot take --years"},
      {{"ddl", "t", "--years", "2020-"}, "cannot take --years"},
      {{"ddl", "t", "--years", "ever"}, "cannot take --years"},
  };
  for (const Case& each : cases) {
    const Ran ran = run_program(each.arguments);
    EXPECT_EQ(ran.code, ExitCode::usage) << each.message;
    EXPECT_THAT(ran.error, HasSubstr(each.message));
  }
}

TEST(QueryTest, a_folder_that_is_no_data_directory_is_refused) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"query", "--tables", "--data-dir", folder.path()},
        {"ddl", "hr_data.heart_rate", "--data-dir", folder.path()},
        {"query", "--tables", "--data-dir", folder.path() + "/nowhere"}}) {
    const Ran ran = run_program(words);
    EXPECT_EQ(ran.code, ExitCode::failed);
    EXPECT_THAT(ran.error, HasSubstr("is no data directory: `sluice serve` makes one"));
  }
}

}  // namespace
}  // namespace sluice::cli
