// What a check prints.
#include "cli/check_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

CheckedStream checked() {
  CheckedStream stream;
  stream.definition.name = "d";
  stream.definition.s3.bucket_arn = "arn:aws:s3:::b";
  stream.place = "s.toml:3";
  stream.rehearsal.schema = columnar::parse_columns("n int").value();
  stream.rehearsal.objects.push_back({.kind = delivery::ObjectKind::data,
                                      .key = "k/*.parquet",
                                      .records = 2,
                                      .bytes = 300,
                                      .rows = {R"({"n":1})", R"({"n":2})"},
                                      .text = {},
                                      .refused = {}});
  stream.rehearsal.objects.push_back({.kind = delivery::ObjectKind::format_conversion_failed,
                                      .key = "e/*",
                                      .records = 1,
                                      .bytes = 200,
                                      .rows = {},
                                      .text = {},
                                      .refused = {{"Code", "why", "\x1b[31m"}}});
  return stream;
}

TEST(CheckReport, ObjectsStandUnderTheirStreamAndSteerNoTerminal) {
  EXPECT_EQ(to_text({checked()}, {.rows_max = 1, .has_sample = true}, Paint(false)),
            "d  s.toml:3\n"
            "  to s3://b, times in UTC\n"
            "  columns: n int\n"
            "  k/*.parquet  2 records, 300 B\n"
            "      {\"n\":1}\n"
            "      and 1 more; --rows shows them\n"
            "  e/*  1 refusal, 200 B\n"
            "      Code: why\n"
            "        \\x1b[31m\n");
}

TEST(CheckReport, WithoutASampleKeysShowHowTheyLook) {
  CheckedStream stream;
  stream.definition.name = "d";
  stream.keys = {"k/*"};
  EXPECT_THAT(to_text({stream}, {}, Paint(false)), testing::EndsWith("times in UTC\n  k/*\n"));
  stream.held_back = "no table";
  EXPECT_THAT(to_text({stream}, {}, Paint(false)),
              testing::EndsWith("times in UTC\n  delivers nothing: no table\n"));
}

TEST(CheckReport, JsonHoldsEverything) {
  EXPECT_EQ(
      to_json({checked()}),
      R"([{"delivery_stream":"d","place":"s.toml:3","bucket":"b","columns":"n int","keys":[],)"
      R"("objects":[{"kind":"data","key":"k/*.parquet","records":2,"bytes":300,)"
      R"("rows":[{"n":1},{"n":2}],"refused":[]},)"
      R"({"kind":"format-conversion-failed","key":"e/*","records":1,"bytes":200,"rows":[],)"
      R"("refused":[{"code":"Code","message":"why","data":"G1szMW0="}]}]}])"
      "\n");
}

TEST(CheckReport, TestsSayWhatDiffers) {
  const std::vector<CheckedExpectation> tests{{"one", "d", {}}, {"two", "d", {"row 1 is wrong"}}};
  EXPECT_EQ(to_text(tests, Paint(false)),
            "ok      one\n"
            "FAILED  two\n"
            "        row 1 is wrong\n"
            "2 tests, 1 failed\n");
  EXPECT_EQ(to_json(tests),
            R"([{"name":"one","delivery_stream":"d","passed":true,"differences":[]},)"
            R"({"name":"two","delivery_stream":"d","passed":false,)"
            R"("differences":["row 1 is wrong"]}])"
            "\n");
}

}  // namespace
}  // namespace sluice::cli
