// Rows that this program has written, put together again.
#include "cli/parquet_rows.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

// JSON lines as a Parquet file, and back.
std::vector<std::string> there_and_back(const std::string& columns,
                                        const std::string& lines,
                                        const std::vector<std::string>& more = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> words{
      "convert", folder.write("in.json", lines), folder.path("out.parquet"), "--schema", columns};
  words.insert(words.end(), more.begin(), more.end());
  const Ran ran = run_program(words);
  EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
  const auto schema = columnar::parse_columns(columns);
  const auto rows = parquet_rows(folder.read("out.parquet"), schema.value());
  EXPECT_TRUE(rows) << rows.error().message();
  return rows.value_or(std::vector<std::string>());
}

TEST(ParquetRows, EveryValueComesBackAsItWas) {
  const struct {
    const char* columns;
    const char* row;  // in and out
  } cases[] = {
      {"a boolean, b tinyint, c smallint, d int, e bigint",
       R"({"a":true,"b":-128,"c":32767,"d":-2147483648,"e":9223372036854775807})"},
      {"a float, b double", R"({"a":0.5,"b":-1.25e+300})"},
      {"a string, b char(3), c varchar(9)", R"({"a":"Ünï\"","b":"abc","c":""})"},
      {"a date, b decimal(5,2), c decimal(38,3)",
       R"({"a":"2025-07-13","b":"123.45","c":"-12345678901234567890123456789012345.678"})"},
      {"a timestamp", R"({"a":"2025-07-13T15:55:19.123456Z"})"},
      {"a binary", R"({"a":"AAH/"})"},
      {"a int, b string, c array<int>, d map<string,int>, e struct<f:int>",
       R"({"a":null,"b":null,"c":null,"d":null,"e":null})"},
      {"a array<int>, b map<string,int>, c struct<d:int>", R"({"a":[],"b":{},"c":{"d":null}})"},
      {"a array<array<int>>, z int", R"({"a":[[1,null],[],null,[2]],"z":7})"},
      {"a array<struct<b:int,c:array<string>>>",
       R"({"a":[{"b":1,"c":["x","y"]},null,{"b":null,"c":[]},{"b":2,"c":null}]})"},
      {"a map<string,array<struct<b:int>>>, z int",
       R"({"a":{"k":[{"b":1},null],"l":null,"m":[]},"z":1})"},
      {"a struct<b:struct<c:array<map<int,string>>>>",
       R"({"a":{"b":{"c":[{"1":"x","2":null},{},null]}}})"},
  };

  for (const auto& one : cases) {
    EXPECT_EQ(there_and_back(one.columns, std::string(one.row) + "\n"),
              std::vector<std::string>{one.row})
        << one.columns;
  }
}

TEST(ParquetRows, RowsKeepTheirOrderAndTheirLists) {
  std::string lines;
  std::vector<std::string> rows;
  for (int i = 0; i < 1000; ++i) {
    std::string list;
    for (int j = 0; j < i % 4; ++j) {
      list += (j == 0 ? "" : ",") + std::to_string(i + j);
    }
    rows.push_back("{\"n\":" + (i % 7 == 0 ? "null" : std::to_string(i)) + ",\"l\":[" + list +
                   "]}");
    lines += rows.back() + "\n";
  }
  EXPECT_EQ(there_and_back("n int, l array<int>", lines), rows);
}

TEST(ParquetRows, WhatIsNoParquetFileOrOfOtherColumnsIsRefused) {
  const TemporaryFolder folder;
  const Ran ran = run_program({"convert",
                               folder.write("in.json", "{\"a\":1}\n"),
                               folder.path("out.parquet"),
                               "--schema",
                               "a int"});
  ASSERT_EQ(ran.code, ExitCode::ok) << ran.error;
  const auto two = columnar::parse_columns("a int, b int").value();
  EXPECT_EQ(parquet_rows(folder.read("out.parquet"), two).error().fault(), Fault::conflict);
  EXPECT_EQ(parquet_rows("PAR1", two).error().fault(), Fault::corrupt);
}

}  // namespace
}  // namespace sluice::cli
