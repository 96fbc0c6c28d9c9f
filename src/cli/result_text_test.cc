#include "cli/result_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::cli {
namespace {

using Row = std::vector<std::optional<std::string_view>>;

const std::vector<query::ResultColumn> columns = {
    {"name", "VARCHAR"}, {"bpm", "INTEGER"}, {"ok", "BOOLEAN"}, {"list", "INTEGER[]"}};
const std::vector<Row> rows = {{"a,\"b\"", "7", "true", "[1,2]"},
                               {"", "123", std::nullopt, std::nullopt},
                               {std::nullopt, std::nullopt, "false", "[]"}};

std::string text_of(ResultFormat format,
                    const std::vector<query::ResultColumn>& titles,
                    const std::vector<Row>& lines,
                    std::size_t width = 0) {
  std::string out;
  const auto sink = make_text_sink(format,
                                   {.width = width, .paint = Paint(false)},
                                   {.write = [&](std::string_view text) -> Result<void> {
                                      out += text;
                                      return {};
                                    },
                                    .rewind = [] { return false; }});
  EXPECT_TRUE(sink->begin(titles));
  for (const Row& line : lines) {
    EXPECT_TRUE(sink->row(line));
  }
  EXPECT_TRUE(sink->finish());
  return out;
}

TEST(ResultTextTest, a_table_is_aligned_and_shows_null) {
  EXPECT_EQ(text_of(ResultFormat::table, columns, rows),
            "name    bpm  ok     list\n"
            "a,\"b\"     7  true   [1,2]\n"
            "        123  NULL   NULL\n"
            "NULL   NULL  false  []\n");
  EXPECT_EQ(text_of(ResultFormat::table, columns, {}), "name  bpm  ok  list\n");
}

TEST(ResultTextTest, csv_tells_null_from_an_empty_text) {
  EXPECT_EQ(text_of(ResultFormat::csv, columns, rows),
            "name,bpm,ok,list\n"
            "\"a,\"\"b\"\"\",7,true,\"[1,2]\"\n"
            "\"\",123,,\n"
            ",,false,[]\n");
  EXPECT_EQ(text_of(ResultFormat::csv, {{"a", "VARCHAR"}}, {{"x\ny"}, {"é"}}), "a\n\"x\ny\"\né\n");
}

TEST(ResultTextTest, json_is_an_object_a_line) {
  EXPECT_EQ(text_of(ResultFormat::json, columns, rows),
            "{\"name\":\"a,\\\"b\\\"\",\"bpm\":7,\"ok\":true,\"list\":[1,2]}\n"
            "{\"name\":\"\",\"bpm\":123,\"ok\":null,\"list\":null}\n"
            "{\"name\":null,\"bpm\":null,\"ok\":false,\"list\":[]}\n");
  EXPECT_EQ(text_of(ResultFormat::json,
                    {{"x", "DOUBLE"}, {"y", "DOUBLE"}, {"z", "DECIMAL(5,2)"}, {"t", "DATE"}},
                    {{"1e+20", "nan", "1.50", "2025-07-13"}, {"inf", "-inf", "0.00", "x"}}),
            "{\"x\":1e+20,\"y\":\"nan\",\"z\":1.50,\"t\":\"2025-07-13\"}\n"
            "{\"x\":\"inf\",\"y\":\"-inf\",\"z\":0.00,\"t\":\"x\"}\n");
}

TEST(ResultTextTest, a_table_is_cut_to_the_terminal) {
  const std::vector<query::ResultColumn> two = {{"short", "VARCHAR"}, {"long", "VARCHAR"}};
  const std::string wide(100, 'x');
  EXPECT_EQ(text_of(ResultFormat::table, two, {{"a", wide}}, 20),
            "short  long\na      xxxxxxxxxxxx…\n");
  // More columns than fit even when narrow.
  const std::vector<query::ResultColumn> many(5, {"12345678", "VARCHAR"});
  const std::string cut = text_of(ResultFormat::table, many, {}, 30);
  EXPECT_EQ(cut, "12345678  12345678  …\n");
}

TEST(ResultTextTest, what_comes_from_data_cannot_steer_the_terminal) {
  EXPECT_EQ(text_of(ResultFormat::table, {{"\x1b[31m", "VARCHAR"}}, {{"a\nb\x1b"}}),
            "\\x1b[31m\na\\x0ab\\x1b\n");
}

TEST(ResultTextTest, later_rows_of_a_long_table_keep_to_the_widths_of_the_first) {
  std::vector<Row> many(1000, Row{"ab"});
  many.push_back({"abcdef"});
  const std::string text = text_of(ResultFormat::table, {{"n", "VARCHAR"}}, many);
  EXPECT_TRUE(text.ends_with("ab\na…\n")) << text.substr(text.size() - 20);
}

TEST(ResultTextTest, a_table_starts_again_as_long_as_nothing_is_shown) {
  std::string out;
  const auto sink = make_text_sink(ResultFormat::table,
                                   {},
                                   {.write = [&](std::string_view text) -> Result<void> {
                                      out += text;
                                      return {};
                                    },
                                    .rewind = [] { return false; }});
  const std::vector<query::ResultColumn> one = {{"n", "INTEGER"}};
  const Row row = {"1"};
  ASSERT_TRUE(sink->begin(one));
  ASSERT_TRUE(sink->row(row));
  EXPECT_TRUE(sink->restart());
  ASSERT_TRUE(sink->begin(one));
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(out, "n\n");
  EXPECT_FALSE(sink->restart());
}

TEST(ResultTextTest, formats_have_names) {
  EXPECT_EQ(parse_result_format("json"), ResultFormat::json);
  EXPECT_EQ(parse_result_format("parquet"), ResultFormat::parquet);
  EXPECT_FALSE(parse_result_format("JSON"));
}

}  // namespace
}  // namespace sluice::cli
