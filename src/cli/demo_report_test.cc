// Tests of cli/demo_report.h.
#include "cli/demo_report.h"

#include "cli/quantity.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

DemoResult result() {
  DemoResult out;
  out.data_directory = "build/demo/20250713-155519";
  out.bucket = "garmin-hr-s3-bucket";
  out.stream = "hr-kinesis-stream";
  out.delivery_stream = "hr_firehose";
  out.config = "examples/heart-rate.toml";
  out.table = "hr_data.heart_rate";
  out.program = "build/release/sluice";
  out.records = 897;
  out.bytes_in = 60'000;
  out.landing.objects = {
      {"heart_rate_data/2025/07/13/session_21-25-19/"
       "part-0f0e0d0c-0b0a-4908-8706-050403020100.parquet",
       12'000,
       897}};
  out.landing.rows = 897;
  out.landing.range = ValueRange{59, 176};
  return out;
}

TEST(DemoReport, FitsATerminalOf80Columns) {
  const std::string text =
      landing_text(result(), Paint(false)) + question_text(result(), Paint(false)) +
      answer_text(result(), Paint(false)) + next_steps_text(result(), Paint(false));
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    EXPECT_LE(display_width(line), 80U) << line;
    begin = end + 1;
  }
}

TEST(DemoReport, NamesItsOwnCommandsFirstAndSaysWhatOthersNeed) {
  const std::string text = next_steps_text(result(), Paint(false));
  const std::size_t query = text.find("\"SELECT * FROM hr_data.heart_rate LIMIT 5\"");
  const std::size_t needs = text.find("pip install duckdb pandas pyarrow");
  EXPECT_LT(text.find("sluice inspect"), query);
  EXPECT_LT(query, needs);
  EXPECT_LT(needs, text.find("import duckdb"));
  DemoResult untyped = result();
  untyped.table.clear();
  EXPECT_EQ(next_steps_text(untyped, Paint(false)).find("SELECT"), std::string::npos);
}

TEST(DemoReport, ShowsTheQuestionAsOneTypesIt) {
  EXPECT_NE(question_text(result(), Paint(false)).find("FROM hr_data.heart_rate\"\n"),
            std::string::npos);
  EXPECT_NE(question_sql(result()).find("AS difference\nFROM hr_data.heart_rate"),
            std::string::npos);
}

TEST(DemoReport, AnswersTheQuestionWithoutAnEngine) {
  EXPECT_NE(answer_text(result(), Paint(false)).find("max 176, min 59, difference 117"),
            std::string::npos);
}

TEST(DemoReport, ARowLessOrMoreThanRecordsIsSaidLoudly) {
  DemoResult other = result();
  EXPECT_EQ(what_is_missing(other), "");
  other.landing.rows = 896;
  EXPECT_TRUE(
      what_is_missing(other).starts_with("897 records were sent, but 896 rows have landed"));
  other.landing.rows = 898;
  EXPECT_NE(what_is_missing(other), "");
}

}  // namespace
}  // namespace sluice::cli
