// Tests of `sluice convert` as a user calls it.
#include "cli/terminal_fixture.h"
#include "json/document.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sluice::cli {
namespace {

constexpr const char* good_line = "{\"timestamp\": \"2025-07-13T15:55:19\", \"heart_rate\": 89}\n";
constexpr const char* schema = "timestamp string, heart_rate int";

class ConvertCommand : public testing::Test {
 protected:
  Ran convert(std::vector<std::string> more, const std::string& input) {
    std::vector<std::string> words = {"convert", input, folder_.path("out"), "--schema", schema};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }

  std::int64_t rows_inspected() {
    const Ran ran = run_program({"inspect", "--json", folder_.path("out")});
    EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
    const auto document = json::Document::parse(ran.out);
    return document ? document->root().find("rows").as_int64().value_or(-1) : -1;
  }

  TemporaryFolder folder_;
};

TEST_F(ConvertCommand, WritesTheFileAndSaysSo) {
  const Ran ran = convert({}, folder_.write("in", good_line));
  EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
  EXPECT_TRUE(ran.out.starts_with(folder_.path("out") + "\n  rows      1\n  read      "))
      << ran.out;
  EXPECT_EQ(ran.error, "");
  EXPECT_EQ(rows_inspected(), 1);
}

TEST_F(ConvertCommand, EveryCodecCanBeReadBack) {
  const std::string input = folder_.write("in", good_line);
  for (const char* codec : {"snappy", "gzip", "zstd", "lz4_raw", "none"}) {
    EXPECT_EQ(convert({"--codec", codec}, input).code, ExitCode::ok) << codec;
    EXPECT_EQ(rows_inspected(), 1) << codec;
  }
}

TEST_F(ConvertCommand, LinesLeftOutAreNamedAndTheRestIsWritten) {
  const Ran ran = convert({}, folder_.write("in", std::string("{no\n") + good_line));
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_NE(ran.error.find("in:1: "), std::string::npos) << ran.error;
  EXPECT_NE(ran.out.find("  rejected  1 line\n"), std::string::npos) << ran.out;
  EXPECT_EQ(rows_inspected(), 1);
}

TEST_F(ConvertCommand, RejectsGoToTheirFileWithNumberAndReason) {
  const Ran ran = convert({"--rejects", folder_.path("bad")},
                          folder_.write("in", std::string(good_line) + "{no\n"));
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_EQ(ran.error, "");
  const auto record = json::Document::parse(folder_.read("bad"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->root().find("line").as_int64(), 2);
  EXPECT_EQ(record->root().find("input").as_string(), folder_.path("in"));
  EXPECT_EQ(record->root().find("text").as_string(), "{no");
  EXPECT_FALSE(record->root().find("reason").as_string()->empty());
}

TEST_F(ConvertCommand, WhenNoLineConvertsNothingIsWritten) {
  const Ran ran = convert({}, folder_.write("in", "{no\n{neither\n"));
  EXPECT_EQ(ran.code, ExitCode::failed);
  EXPECT_NE(ran.error.find("2 of 2 lines could not be converted"), std::string::npos) << ran.error;
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"in"});
}

TEST_F(ConvertCommand, StrictWritesNothingForOneBadLine) {
  const std::string input = folder_.write("in", std::string(good_line) + "{no\n");
  EXPECT_EQ(convert({"--strict"}, input).code, ExitCode::failed);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"in"});
}

TEST_F(ConvertCommand, AnEmptyInputGivesAFileWithoutRows) {
  EXPECT_EQ(convert({"--strict"}, folder_.write("in", "")).code, ExitCode::ok);
  EXPECT_EQ(rows_inspected(), 0);
}

TEST_F(ConvertCommand, TheJsonSummaryHasTheCounts) {
  const Ran ran = convert({"--json"}, folder_.write("in", std::string(good_line) + "{no\n"));
  const auto summary = json::Document::parse(ran.out);
  ASSERT_TRUE(summary) << ran.out;
  EXPECT_EQ(summary->root().find("lines").as_int64(), 2);
  EXPECT_EQ(summary->root().find("rows").as_int64(), 1);
  EXPECT_EQ(summary->root().find("rejected").as_int64(), 1);
  EXPECT_EQ(summary->root().find("written").as_bool(), true);
}

TEST_F(ConvertCommand, WrongArgumentsAreOneLineAndCodeTwo) {
  const std::string input = folder_.write("in", good_line);
  const Ran codec = convert({"--codec", "brotli"}, input);
  EXPECT_EQ(codec.code, ExitCode::usage);
  EXPECT_TRUE(codec.error.starts_with("sluice convert: there is no codec 'brotli'")) << codec.error;
  const Ran no_type =
      run_program({"convert", input, folder_.path("out"), "--schema", "heart_rate number"});
  EXPECT_EQ(no_type.code, ExitCode::usage);
  EXPECT_TRUE(no_type.error.starts_with("sluice convert: cannot read --schema: ")) << no_type.error;
  EXPECT_EQ(std::count(no_type.error.begin(), no_type.error.end(), '\n'), 1);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"in"});
}

TEST_F(ConvertCommand, FilesThatCannotBeUsedAreNamed) {
  const Ran missing = convert({}, folder_.path("nothing"));
  EXPECT_EQ(missing.code, ExitCode::failed);
  EXPECT_NE(missing.error.find("cannot read " + folder_.path("nothing")), std::string::npos);
  EXPECT_NE(convert({}, folder_.path()).error.find("is a folder"), std::string::npos);
  const std::string input = folder_.write("in", good_line);
  const Ran nowhere = run_program({"convert", input, folder_.path("no/where"), "--schema", schema});
  EXPECT_EQ(nowhere.code, ExitCode::failed);
  EXPECT_NE(nowhere.error.find("cannot write " + folder_.path("no/where")), std::string::npos);
  const Ran itself = run_program({"convert", input, input, "--schema", schema});
  EXPECT_NE(itself.error.find("it is the input"), std::string::npos) << itself.error;
  EXPECT_EQ(folder_.read("in"), good_line);
}

TEST_F(ConvertCommand, ManyInputsBecomeOneFileOrOneEach) {
  folder_.write("a.json", good_line);
  folder_.write("b.ndjson", std::string(good_line) + good_line);
  const Ran one = run_program(
      {"convert", folder_.path("*.*json"), folder_.path("out"), "--schema", schema, "--json"});
  EXPECT_EQ(one.code, ExitCode::ok) << one.error;
  EXPECT_EQ(rows_inspected(), 3);
  const Ran each = run_program({"convert",
                                folder_.path("a.json"),
                                folder_.path("b.ndjson"),
                                "--output-dir",
                                folder_.path("lake"),
                                "--schema",
                                schema});
  EXPECT_EQ(each.code, ExitCode::ok) << each.error;
  EXPECT_NE(each.out.find("in 2 files"), std::string::npos) << each.out;
  EXPECT_TRUE(std::filesystem::exists(folder_.path("lake/a.parquet")));
  EXPECT_TRUE(std::filesystem::exists(folder_.path("lake/b.parquet")));
}

TEST_F(ConvertCommand, OneBadInputAmongManyLeavesNothing) {
  folder_.write("a.json", good_line);
  folder_.write("b.json", "\x1f\x8b damaged");
  const Ran ran = run_program({"convert",
                               folder_.path("?.json"),
                               "--output-dir",
                               folder_.path("lake"),
                               "--schema",
                               schema});
  EXPECT_EQ(ran.code, ExitCode::failed);
  EXPECT_NE(ran.error.find("cannot read " + folder_.path("b.json") + ": its gzip data"),
            std::string::npos)
      << ran.error;
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path("lake")));
}

TEST_F(ConvertCommand, AForgottenOutputDoesNotCostAnInput) {
  const std::string first = folder_.write("a.json", good_line);
  const std::string second = folder_.write("b.json", good_line);
  const Ran ran = run_program({"convert", first, second, "--schema", schema});
  EXPECT_EQ(ran.code, ExitCode::usage);
  EXPECT_NE(ran.error.find("there is a file that is no Parquet"), std::string::npos) << ran.error;
  EXPECT_EQ(folder_.read("b.json"), good_line);
  EXPECT_EQ(run_program({"convert", first, "--schema", schema}).code, ExitCode::usage);
}

TEST_F(ConvertCommand, TheSchemaMayStandInAFile) {
  const std::string input = folder_.write("in", good_line);
  const std::string columns = folder_.write("columns", "timestamp string,\n  heart_rate int\n");
  const Ran ran = run_program({"convert", input, folder_.path("out"), "--schema", "@" + columns});
  EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
  EXPECT_EQ(rows_inspected(), 1);
  for (const std::string& wrong : {std::string("@") + folder_.path("nothing"),
                                   std::string("table:nodot"),
                                   std::string("table:a.b")}) {
    const Ran refused = run_program({"convert",
                                     input,
                                     folder_.path("out"),
                                     "--data-dir",
                                     folder_.path("none"),
                                     "--schema",
                                     wrong});
    EXPECT_EQ(refused.code, ExitCode::usage) << wrong;
    EXPECT_EQ(std::count(refused.error.begin(), refused.error.end(), '\n'), 1) << refused.error;
  }
}

TEST_F(ConvertCommand, TimestampsHaveAUnitAndColumnsABloomFilter) {
  const std::string input = folder_.write("in", good_line);
  const auto run = [&](const char* option, const char* value) {
    return run_program({"convert",
                        input,
                        folder_.path("out"),
                        "--schema",
                        "timestamp timestamp, heart_rate int",
                        option,
                        value});
  };
  for (const char* unit : {"micros", "millis", "nanos", "int96"}) {
    EXPECT_EQ(run("--timestamps", unit).code, ExitCode::ok);
    EXPECT_EQ(rows_inspected(), 1) << unit;
  }
  EXPECT_EQ(run("--bloom", "timestamp,heart_rate").code, ExitCode::ok);
  EXPECT_EQ(rows_inspected(), 1);
  EXPECT_EQ(run("--timestamps", "hours").code, ExitCode::usage);
  const Ran no_column = run("--bloom", "pulse");
  EXPECT_EQ(no_column.code, ExitCode::usage);
  EXPECT_NE(no_column.error.find("pulse"), std::string::npos) << no_column.error;
}

TEST_F(ConvertCommand, EveryProfileAndRowGroupSizeCanBeReadBack) {
  const std::string input = folder_.write("in", good_line);
  for (const char* profile : {"aws", "compatible", "compact", "smallest"}) {
    EXPECT_EQ(convert({"--profile", profile, "--row-group-size", "16MiB"}, input).code,
              ExitCode::ok);
    EXPECT_EQ(rows_inspected(), 1) << profile;
  }
  EXPECT_EQ(convert({"--profile", "best"}, input).code, ExitCode::usage);
  EXPECT_EQ(convert({"--row-group-size", "1KiB"}, input).code, ExitCode::usage);
  EXPECT_EQ(convert({"--threads", "0"}, input).code, ExitCode::usage);
}

}  // namespace
}  // namespace sluice::cli
