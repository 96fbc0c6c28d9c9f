// Whole records through the reader: rows, refusals in Firehose's words, and what a refusal leaves.
#include "serde/openx.h"

#include "base/random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

using columnar::Column;
using columnar::RowBatch;
using columnar::Schema;
using columnar::Storage;

Schema schema_of(std::string_view columns) {
  auto schema = columnar::parse_columns(columns);
  EXPECT_TRUE(schema) << schema.error().message();
  return std::move(schema).value();
}

OpenXReader reader_of(const Schema& schema, OpenXOptions options = {}) {
  auto reader = OpenXReader::create(schema, std::move(options));
  EXPECT_TRUE(reader) << reader.error().message();
  return std::move(reader).value();
}

std::string value_text(const Column& column, std::size_t value) {
  switch (column.storage()) {
    case Storage::boolean:
      return column.fixed<std::uint8_t>()[value] != 0 ? "true" : "false";
    case Storage::int32:
      return std::to_string(column.fixed<std::int32_t>()[value]);
    case Storage::int64:
      return std::to_string(column.fixed<std::int64_t>()[value]);
    case Storage::float32:
      return fmt::format("{}", column.fixed<float>()[value]);
    case Storage::float64:
      return fmt::format("{}", column.fixed<double>()[value]);
    case Storage::bytes:
      return "'" + std::string(column.bytes(value)) + "'";
    case Storage::fixed_bytes: {
      std::string out = "x";
      for (const char byte : column.bytes(value)) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
      }
      return out;
    }
  }
  return {};
}

// Every row as "value,-,value;".
std::string rows_text(const RowBatch& batch) {
  std::vector<std::size_t> next(batch.leaves().size(), 0);
  std::string out;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
      const Column& column = batch.column(leaf);
      EXPECT_EQ(column.entries(), batch.rows());
      const auto& levels = column.definition_levels();
      const bool is_null = !levels.empty() && levels[row] == 0;
      out += leaf == 0 ? "" : ",";
      out += is_null ? "-" : value_text(column, next[leaf]++);
    }
    out += ";";
  }
  return out;
}

// The rows of one record, or "X code|message|column".
std::string convert(std::string_view columns, std::string_view record, OpenXOptions options = {}) {
  const Schema schema = schema_of(columns);
  OpenXReader reader = reader_of(schema, std::move(options));
  RowBatch batch(schema);
  const auto rows = reader.read(record, batch);
  if (!rows) {
    EXPECT_EQ(batch.rows(), 0U);
    return "X " + rows.error().code + "|" + rows.error().message + "|" + rows.error().column;
  }
  EXPECT_EQ(*rows, batch.rows());
  return rows_text(batch);
}

TEST(OpenXReader, ConvertsTheSeedsRecord) {
  EXPECT_EQ(convert("timestamp string, heart_rate int",
                    "{\"timestamp\": \"2025-07-15T17:10:33.123456\", \"heart_rate\": 89}\n"),
            "'2025-07-15T17:10:33.123456',89;");
  EXPECT_EQ(convert("timestamp timestamp, heart_rate int",
                    "{\"timestamp\": \"2025-07-15T17:10:33.123456\", \"heart_rate\": 89}\n"),
            "1752599433123456,89;");
}

TEST(OpenXReader, ConvertsEveryFlatType) {
  EXPECT_EQ(
      convert("a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string,"
              "i char(3), j varchar(3), k date, l timestamp, m decimal(5,2), n decimal(18,0),"
              "o decimal(38,0)",
              R"({"a":true,"b":-1,"c":2,"d":3,"e":4,"f":0.5,"g":"1e3","h":{"X":[1]},)"
              R"("i":"ab  ","j":"abcd","k":"1970-1-2","l":1,"m":-1.005,"n":"7","o":-2})"),
      "true,-1,2,3,4,0.5,1000,'{\"x\":[1]}','ab','abc',1,1000000,-101,7,"
      "xfffffffffffffffffffffffffffffffe;");
}

TEST(OpenXReader, MissingAndNullAreNullAndUnknownKeysAreDropped) {
  EXPECT_EQ(convert("a int, b string", R"({"b":null,"z":[{"deep":"x"}]})"), "-,-;");
  EXPECT_EQ(convert("a int, b string", "{}"), "-,-;");
}

TEST(OpenXReader, LooksFieldsUpAsConfigured) {
  const OpenXOptions mapped{.column_to_key = {{"ts", "Time"}}};
  EXPECT_EQ(convert("ts string, rate int", R"({"TIME":"x","Rate":1,"ts":"no"})", mapped), "'x',1;");
  const OpenXOptions exact{.case_insensitive = false,
                           .column_to_key = {{"time", "time"}, {"time2", "Time"}}};
  EXPECT_EQ(convert("time string, time2 string", R"({"Time":"b","time":"a","TIME":"c"})", exact),
            "'a','b';");
  EXPECT_EQ(convert("s string", R"({"s":{"MixedKey":1}})"), R"('{"mixedkey":1}';)");
  EXPECT_EQ(convert("s string", R"({"s":{"MixedKey":1}})", {.case_insensitive = false}),
            R"('{"MixedKey":1}';)");
  EXPECT_EQ(convert("a_b int", R"({"a.b":1})", {.dots_to_underscores = true}), "1;");
  EXPECT_EQ(convert("a_b int", R"({"a.b":1})"), "-;");
  EXPECT_EQ(convert("a int", R"({"a":1,"a":2})"), "2;");
  EXPECT_EQ(convert("a int", R"({"a":"oops","A":2})"), "2;");
}

TEST(OpenXReader, TakesSeveralObjectsInOneRecord) {
  EXPECT_EQ(convert("a int", R"({"a":1}{"a":2})"), "1;2;");
  EXPECT_EQ(convert("a int", "\n{\"a\":1}\n {\"a\":2}\r\n{}\n"), "1;2;-;");
  EXPECT_EQ(convert("a int", "\xef\xbb\xbf{\"a\":1}"), "1;");
}

TEST(OpenXReader, RefusesInFirehosesWords) {
  const std::string malformed = "X DataFormatConversion.MalformedData|";
  EXPECT_EQ(convert("price double", R"({"price":"oops"})"),
            malformed + "Data does not match the schema. For input string: \"oops\"|price");
  EXPECT_EQ(convert("a int", ""),
            malformed + "The record was empty or contained only whitespace.|");
  EXPECT_EQ(convert("a int", " \n"),
            malformed + "The record was empty or contained only whitespace.|");
  const std::string primitive =
      malformed +
      "The input JSON contained a primitive at the top level. The top level must be an object or "
      "array.|";
  EXPECT_EQ(convert("a int", "42"), primitive);
  EXPECT_EQ(convert("a int", "null"), primitive);
  EXPECT_EQ(convert("a int", "\"x\""), primitive);
  EXPECT_EQ(convert("a int", "{\"a\":1} 42"), primitive);
  const std::string array =
      malformed +
      "Data does not match the schema. The top level must be an object; several objects in one "
      "record stand side by side, not in an array.|";
  EXPECT_EQ(convert("a int", R"([{"a":1},{"a":2}])"), array);
  EXPECT_EQ(convert("a int", "[1]"), array);
  EXPECT_EQ(convert("a int", "[]"), array);
  EXPECT_EQ(
      convert("a int", "{\"a\":oops}"),
      "X DataFormatConversion.ParseError|Encountered malformed JSON. Unexpected character ('o' "
      "(code 111)): expected a value at line 1, column 6|");
  EXPECT_EQ(convert("a int", "{\"a\":1,\"b\":[1,,2]}").substr(0, 33),
            "X DataFormatConversion.ParseError");
}

TEST(OpenXReader, ARefusalLeavesTheBatchAsItWas) {
  const Schema schema = schema_of("a int, b string, c double");
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  ASSERT_TRUE(reader.read(R"({"a":1,"b":"x","c":0.5})", batch));
  const std::string before = rows_text(batch);
  for (const char* const record : {
           R"({"a":2,"b":"y","c":"oops"})",
           R"({"a":2,"b":"y","c":1}{"a":"oops"})",
           R"({"b":null}{"a":1}[1])",
           R"({"a":1}{)",
           "",
       }) {
    EXPECT_FALSE(reader.read(record, batch)) << record;
    EXPECT_EQ(rows_text(batch), before) << record;
  }
  EXPECT_EQ(reader.read(R"({"c":3}{"b":"z"})", batch), 2U);
  EXPECT_EQ(rows_text(batch), before + "-,-,3;-,'z',-;");
}

TEST(OpenXReader, NestedAndBinaryColumnsAreNamedAsUnsupported) {
  for (const char* const type : {"binary", "array<int>", "map<string,int>", "struct<x:int>"}) {
    const auto reader = OpenXReader::create(schema_of("a int, bad " + std::string(type)), {});
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().fault(), Fault::unsupported);
    EXPECT_NE(reader.error().message().find("column bad"), std::string::npos);
    EXPECT_NE(reader.error().message().find(type), std::string::npos);
  }
}

TEST(OpenXReader, AMappingOfNoColumnHasNoEffect) {
  const auto schema = schema_of("a int");
  auto reader = OpenXReader::create(schema, {.column_to_key = {{"b", "k"}, {"a", "kk"}}});
  ASSERT_TRUE(reader);
  columnar::RowBatch out(schema);
  EXPECT_EQ(reader->read(R"({"kk":1,"k":2})", out), 1U);
  EXPECT_EQ(out.rows(), 1U);
}

TEST(OpenXReader, TakesASchemaOfTenThousandColumns) {
  Schema schema;
  columnar::Type bigint;
  bigint.kind = columnar::Kind::bigint;
  std::string record = "{";
  for (int index = 0; index < 10'000; ++index) {
    const std::string name = "c" + std::to_string(index);
    schema.columns.push_back({name, bigint});
    if (index % 3 == 0) {
      record += (index == 0 ? "\"" : ",\"") + name + "\":" + std::to_string(index);
    }
  }
  record += "}";
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  ASSERT_TRUE(reader.read(record, batch));
  ASSERT_TRUE(reader.read(record, batch));
  EXPECT_EQ(batch.column(9999).values(), 2U);
  EXPECT_EQ(batch.column(9999).fixed<std::int64_t>()[1], 9999);
  EXPECT_EQ(batch.column(9998).nulls(), 2U);
}

TEST(OpenXReader, IntegersAndDoublesArriveExactly) {
  const Schema schema = schema_of("i bigint, d double, t string");
  OpenXReader reader = reader_of(schema);
  SeededRandom random(5);
  for (int round = 0; round < 20'000; ++round) {
    RowBatch batch(schema);
    const auto integer = static_cast<std::int64_t>(random.next() >> random.below(64));
    const double number =
        static_cast<double>(random.next()) / (1.0 + static_cast<double>(random.below(1'000'000)));
    const std::string record =
        fmt::format(R"({{"d":{},"t":"{}","i":{}}})", number, number, integer);
    ASSERT_TRUE(reader.read(record, batch)) << record;
    ASSERT_EQ(batch.column(0).fixed<std::int64_t>()[0], integer);
    ASSERT_EQ(batch.column(1).fixed<double>()[0], number);
    ASSERT_EQ(batch.column(2).bytes(0), fmt::format("{}", number));
  }
}

TEST(OpenXReader, SendsEveryArrayLineOfARealFileToTheErrors) {
  const char* const folder = std::getenv("SLUICE_TEST_DATA");
  if (folder == nullptr) {
    GTEST_SKIP() << "SLUICE_TEST_DATA is not set";
  }
  const auto ndjson = std::filesystem::path(folder) / "json" / "ndjson";
  const Schema schema = schema_of("event string, payload string");
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  const auto count = [&](const char* name) {
    std::ifstream file(ndjson / name, std::ios::binary);
    std::pair<std::size_t, std::size_t> taken_refused;
    for (std::string line; std::getline(file, line);) {
      ++(reader.read(line, batch) ? taken_refused.first : taken_refused.second);
    }
    return taken_refused;
  };
  EXPECT_EQ(count("amazon-cellphones.ndjson"), std::pair(std::size_t{0}, std::size_t{793}));
  EXPECT_EQ(count("github-webhooks.ndjson"), std::pair(std::size_t{273}, std::size_t{0}));
  EXPECT_EQ(count("nginx-plus-status.ndjson"), std::pair(std::size_t{500}, std::size_t{0}));
  std::printf("3 files\n");
}

}  // namespace
}  // namespace sluice::serde
