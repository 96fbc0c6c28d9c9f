// Types from values, one place at a time; the order of records; and the bounds.
#include "serde/infer.h"

#include "base/random.h"
#include "serde/record_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

std::string columns_text(const columnar::Schema& schema) {
  std::string out;
  for (const columnar::Field& column : schema.columns) {
    out += (out.empty() ? "" : ", ") + column.name + " " + columnar::to_string(column.type);
  }
  return out;
}

// "name type, ..." or "X message".
std::string inferred(const std::vector<std::string>& records, KeyCase key_case = KeyCase::ignored) {
  const std::vector<ByteView> views(records.begin(), records.end());
  const auto schema = infer_schema(views, key_case);
  return schema ? columns_text(*schema) : "X " + schema.error().message();
}

TEST(InferSchema, WidensAsItMust) {
  const struct {
    std::vector<std::string> values;
    std::string_view type;
  } cases[] = {
      {{"null"}, "string"},
      {{"true", "null", "false"}, "boolean"},
      {{"1", "-9223372036854775808", "null"}, "bigint"},
      {{"9223372036854775808"}, "string"},
      {{"1", "0.5"}, "double"},
      {{"1e3"}, "double"},
      {{"-0"}, "bigint"},
      {{"9007199254740992", "0.5"}, "double"},
      {{"9007199254740993", "0.5"}, "string"},
      {{"1e400"}, "string"},
      {{"1", "true"}, "string"},
      {{"1", "\"x\""}, "string"},
      {{"\"1\""}, "string"},
      {{"\"2025-07-15T17:10:33.123456\"", "\"2025-7-5 1:2:3\"", "null"}, "timestamp"},
      {{"\"2025-07-15T17:10:33+02:00\""}, "timestamp"},
      {{"\"2025-07-15T17:10:33\"", "\"\""}, "string"},
      {{"\"2025-07-15\""}, "string"},
      {{"\"1518033528\""}, "string"},
      {{"[]"}, "array<string>"},
      {{"[1]", "[]", "[null,0.5]"}, "array<double>"},
      {{"[[1],[]]", "[[true]]"}, "array<array<string>>"},
      {{"[1]", "1"}, "string"},
      {{"{}"}, "string"},
      {{R"({"A":1})", R"({"b":[{"c":null}]})", "{}"}, "struct<a:bigint,b:array<struct<c:string>>>"},
      {{R"({"a b":1,"":2})"}, "struct<`a b`:bigint>"},
      {{R"({"a":1})", "[1]"}, "string"},
  };

  for (const auto& test : cases) {
    std::vector<std::string> records;
    for (const std::string& value : test.values) {
      records.push_back("{\"v\":" + value + "}");
    }
    EXPECT_EQ(inferred(records), "v " + std::string(test.type)) << records.front();
    std::ranges::reverse(records);
    EXPECT_EQ(inferred(records).substr(0, 5), ("v " + std::string(test.type)).substr(0, 5));
  }
}

TEST(InferSchema, ColumnsStandInTheOrderOfTheirFirstAppearance) {
  EXPECT_EQ(inferred({R"({"timestamp":"2025-07-15T17:10:33.123456","heart_rate":89})"}),
            "timestamp timestamp, heart_rate bigint");
  EXPECT_EQ(inferred({R"({"B":1})", "not json", "[1]", "7", R"({"a":1}{"c":true,"b":2.5})"}),
            "b double, a bigint, c boolean");
}

TEST(InferSchema, TheOrderOfRecordsDecidesNoType) {
  const std::vector<std::string> values = {"null",
                                           "true",
                                           "1",
                                           "9007199254740993",
                                           "0.5",
                                           "\"x\"",
                                           "\"2025-07-15T17:10:33\"",
                                           "[]",
                                           "[1]",
                                           "[null,\"y\"]",
                                           "{}",
                                           R"({"k":1})",
                                           R"({"k":{"l":[2.5]}})"};
  SeededRandom random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> records = {R"({"first":0})"};
    for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
      records.push_back("{\"v\":" + values[random.below(values.size())] + "}");
    }
    const std::string expected = inferred(records);
    std::reverse(records.begin() + 1, records.end());
    ASSERT_EQ(inferred(records), expected) << records[1];
    EXPECT_EQ(inferred(records), expected) << "the same again";
  }
}

TEST(InferSchema, TellsKeysApartByCaseWhereAsked) {
  EXPECT_EQ(inferred({R"({"Time":1,"s":{"Q":true}})"}, KeyCase::kept),
            "Time bigint, s struct<Q:boolean>");
  EXPECT_EQ(inferred({R"({"Time":1,"time":2})"}), "time bigint");
  EXPECT_NE(inferred({R"({"Time":1,"time":2})"}, KeyCase::kept).find("differ in case only"),
            std::string::npos);
}

TEST(InferSchema, IsBounded) {
  std::string wide = "{";
  for (std::size_t key = 0; key <= inferred_columns_max; ++key) {
    wide += (key == 0 ? "\"k" : ",\"k") + std::to_string(key) + "\":1";
  }
  EXPECT_EQ(inferred({wide + "}"}).substr(0, 40), "X the records have more than 10000 diffe");

  // As a struct the same becomes text; so does one member too many over two records.
  EXPECT_EQ(inferred({"{\"v\":" + wide + "}}"}), "v string");
  std::string deep = "1";
  std::string type = "string";
  for (int level = 0; level < 40; ++level) {
    deep = "[" + deep + "]";
  }
  for (int level = 1; level < inferred_nesting_max; ++level) {
    type = "array<" + type + ">";
  }
  EXPECT_EQ(inferred({"{\"v\":" + deep + "}"}), "v " + type);
  EXPECT_EQ(inferred({"[1]", "", "{}", "{\"\":1}"}).substr(0, 2), "X ");
}

TEST(InferSchema, TakesTheRecordsItWasMadeFrom) {
  const std::vector<std::string> records = {
      R"({"a":1,"t":[{"x":0.5,"y":[]}],"s":{"k":null,"z":true}})",
      R"({"a":2.5,"t":[{"y":["q"]},null],"s":{},"T2":"2025-07-15T17:10:33"})",
      R"({"a":null,"t":[],"m":{"x":{"y":[1,"two"]}}})"};
  const std::vector<ByteView> views(records.begin(), records.end());
  const auto schema = infer_schema(views);
  ASSERT_TRUE(schema);
  auto reader = make_reader(*schema, OpenXOptions{});
  ASSERT_TRUE(reader);
  columnar::RowBatch batch(*schema);
  for (const ByteView record : views) {
    const auto rows = (*reader)->read(record, batch);
    EXPECT_TRUE(rows) << rows.error().message;
  }
}

}  // namespace
}  // namespace sluice::serde
