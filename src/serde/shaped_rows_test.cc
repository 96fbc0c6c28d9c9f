// The fast path beside the full one: the same records must give the same rows, whichever took them.
#include "serde/shaped_rows.h"

#include "base/random.h"
#include "serde/alike_records.h"
#include "serde/openx.h"
#include "serde/random_json.h"
#include "serde/read_paths.h"
#include "serde/rows_for_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

using columnar::RowBatch;

constexpr const char* every_type =
    "b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, x string, v varchar(3), "
    "c char(3), day date, at timestamp";

// However the records go the fast way; the same outcome as by the full path.
void expect_equal(const columnar::Schema& schema, const std::vector<std::string>& records) {
  const ReadPaths paths(schema);
  const Outcome expected = paths.full(records);
  std::string text;
  for (const std::string& record : records) {
    text += record + "\n";
  }
  const bool are_lines = lines_of(text) == records;
  for (const json::InstructionSet set : json::instruction_sets()) {
    EXPECT_EQ(paths.fast(records, Layout::apart, set), expected);
    EXPECT_EQ(paths.fast(records, Layout::side_by_side, set), expected);
    EXPECT_TRUE(!are_lines || paths.fast_lines(text, 100, set) == expected);
  }
}

Outcome as_records(const columnar::Schema& schema, const std::vector<std::string>& records) {
  return ReadPaths(schema).fast(records, Layout::apart);
}

Outcome as_lines(const columnar::Schema& schema, const std::vector<std::string>& records) {
  std::string text;
  for (const std::string& record : records) {
    text += record + "\n";
  }
  return ReadPaths(schema).fast_lines(text);
}

void expect_equal(const char* columns, const std::vector<std::string>& records) {
  const auto schema = columnar::parse_columns(columns);
  ASSERT_TRUE(schema.has_value());
  expect_equal(*schema, records);
}

std::vector<std::string> heartbeats(int count) {
  std::vector<std::string> records;
  for (int index = 0; index < count; ++index) {
    records.push_back(
        fmt::format(R"({{"timestamp": "2025-07-{:02}T{:02}:{:02}:{:02}.{:06}", "heart_rate": {}}})",
                    15 + index / 1000,
                    index / 3600 % 24,
                    index / 60 % 60,
                    index % 60,
                    index * 7919 % 1'000'000,
                    60 + index % 120));
  }
  return records;
}

TEST(ShapedRows, HeartbeatsGoTheFastWayAndGiveTheSameRows) {
  for (const char* columns : {"timestamp string, heart_rate int",
                              "timestamp timestamp, heart_rate bigint",
                              "heart_rate double",
                              "missing int, heart_rate smallint, timestamp varchar(10)"}) {
    expect_equal(columns, heartbeats(3000));
  }
  const auto schema = columnar::parse_columns("timestamp timestamp, heart_rate int");
  EXPECT_GE(as_records(*schema, heartbeats(3000)).fast_records, 2999U);
  EXPECT_GE(as_lines(*schema, heartbeats(3000)).fast_records, 2999U);
}

TEST(ShapedRows, AValueThatIsRefusedLeavesItsRecordToTheFullPathAndTheRestGoOn) {
  std::vector<std::string> records = heartbeats(2000);
  for (const std::size_t at : {0U, 1U, 300U, 301U, 999U, 1999U}) {
    records[at] = R"({"timestamp": "2025-07-15T17:10:33.000000", "heart_rate": "many"})";
  }
  records[500] = R"({"timestamp": null, "heart_rate": null})";
  records[501] = R"({"timestamp": "2025-02-30T17:10:33.000000", "heart_rate": 1})";
  records[502] = R"({"timestamp": "x", "heart_rate": 99999999999})";
  records[503] = "not JSON";
  records[504] = R"({"heart_rate": 5}{"heart_rate": 6})";
  expect_equal("timestamp string, heart_rate int", records);
  expect_equal("timestamp timestamp, heart_rate tinyint", records);
}

// Values that a column of some type takes, refuses, or takes in its own way.
constexpr const char* odd_values[] = {"null",
                                      "true",
                                      "false",
                                      "0",
                                      "-0",
                                      "7",
                                      "127",
                                      "128",
                                      "-129",
                                      "32768",
                                      "2147483648",
                                      "1e2",
                                      "1.5",
                                      "-1.25e-3",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "999999999999999999",
                                      "1e400",
                                      "\"\"",
                                      "\"true\"",
                                      "\"TRUE\"",
                                      "\"12\"",
                                      "\"0x1F\"",
                                      "\"abc\"",
                                      "\"abcdef  \"",
                                      "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"",
                                      "\"2025-07-15\"",
                                      "\"2025-02-30\"",
                                      "\"2025-07-15T17:10:33.123456\"",
                                      "\"2025-07-15T17:10:33\"",
                                      "\"2025-07-15 7:1:3\"",
                                      "\"NaN\"",
                                      "\"1.5f\"",
                                      "\"a\\nb\"",
                                      "[1, 2]",
                                      "[]",
                                      "{\"z\": 1}",
                                      "{}",
                                      "1752599433",
                                      "1752599433123"};

TEST(ShapedRows, AnyMixOfValuesGivesWhatTheFullPathGives) {
  SeededRandom random(11);
  const char* names[] = {"b", "t", "s", "i", "l", "f", "d", "x", "v", "c", "day", "at", "other"};
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> records;
    for (int index = 0; index < 200; ++index) {
      std::string record = "{";
      for (const char* name : names) {
        const bool is_odd = random.below(40) == 0;
        const char* usual = std::string_view(name) == "day" ? "\"2025-07-15\""
                            : std::string_view(name) == "at"
                                ? "\"2025-07-15T17:10:33.123456\""
                                : (std::string_view(name) == "b" ? "true" : "12");
        record += fmt::format("{}\"{}\":{}",
                              record.size() == 1 ? "" : ",",
                              name,
                              is_odd ? odd_values[random.below(std::size(odd_values))] : usual);
      }
      records.push_back(record + "}");
    }
    expect_equal(every_type, records);
  }
}

TEST(ShapedRows, SeveralShapesAreKnownAtOnce) {
  std::vector<std::string> records;
  for (int index = 0; index < 999; ++index) {
    records.push_back(index % 3 == 0   ? fmt::format(R"({{"a":{}}})", index)
                      : index % 3 == 1 ? fmt::format(R"({{"a":{},"b":"x"}})", index)
                                       : fmt::format(R"({{ "b":"y", "a":{} }})", index));
  }
  expect_equal("a int, b string", records);
  const auto schema = columnar::parse_columns("a int, b string");
  EXPECT_GE(as_records(*schema, records).fast_records, 990U);
}

TEST(ShapedRows, RecordsWithoutACommonShapeAreSeldomGuessedAt) {
  SeededRandom random(5);
  std::vector<std::string> records;
  for (int index = 0; index < 5000; ++index) {
    records.push_back(fmt::format(R"({{"k{}":1,"a":{}}})", random.next(), index));
  }
  expect_equal("a int", records);
  const auto schema = columnar::parse_columns("a int");
  EXPECT_EQ(as_records(*schema, records).fast_records, 0U);
}

TEST(ShapedRows, RecordsThatEndInBlanksAndLineEndsAreTaken) {
  expect_equal("a int",
               {R"({"a":1})", "{\"a\":2}\n", "{\"a\":3} \t\r\n", " {\"a\":4}", "{\"a\":5}x"});
}

TEST(ShapedRows, TypesThatAreRareAndNestedOnesGoTheFastWayToo) {
  std::vector<std::string> records;
  for (int index = 0; index < 500; ++index) {
    records.push_back(fmt::format(
        R"({{"id":{},"price":"{}.25","at":{{"x":{},"deep":{{"name":"n{}","list":[{}]}}}},)"
        R"("tags":["a","b{}"],"map":{{"k{}":{}}}}})",
        index,
        index,
        index,
        index % 7,
        index % 3 == 0 ? "" : "1,2",
        index,
        index % 5,
        index));
  }
  records[100] = R"({"id":1,"price":null,"at":null,"tags":null,"map":null})";
  records[200] = R"({"id":1,"price":"1","at":{"x":1,"deep":null},"tags":["a\n"],"map":{}})";
  records[300] =
      R"({"id":1,"price":"x","at":{"x":1,"deep":{"name":"n","list":[]}},"tags":[],"map":{}})";
  records[301] =
      R"({"id":1,"price":"1.25","at":{"x":1,"deep":{"name":"n","list":["x"]}},"tags":[],"map":{}})";
  records[302] = R"({"id":1,"price":"1.25","at":[1],"tags":"a","map":""})";
  records[303] = R"({"id":1,"price":"1.25","at":"","tags":"","map":"x"})";
  const char* columns =
      "id int, price decimal(9,2), at struct<x:bigint,deep:struct<name:string,list:array<int>>>, "
      "tags array<string>, map map<string,int>, gone struct<a:int,b:array<int>>";
  expect_equal(columns, records);
  expect_equal("id int, at string, tags string, map string", records);
  const auto schema = columnar::parse_columns(columns);
  EXPECT_GE(as_records(*schema, records).fast_records, 485U);
  EXPECT_GE(as_lines(*schema, records).fast_records, 485U);
}

TEST(ShapedRows, TextsWithEscapesDoNotEndARun) {
  std::vector<std::string> records;
  for (int index = 0; index < 300; ++index) {
    records.push_back(fmt::format(R"({{"a":"line\n{}","b":{}}})", index, index));
  }
  expect_equal("a string, b int", records);
  const auto schema = columnar::parse_columns("a string, b int");
  EXPECT_GE(as_lines(*schema, records).fast_records, 299U);
}

TEST(ShapedRows, ListsOfScalarsGoTheFastWayUntilAnElementIsAnother) {
  const char* lists[] = {"[1,2,3]",
                         "[ 1, 2]",
                         "[]",
                         "[1,null]",
                         "null",
                         "[-12345678901]",
                         "[123456789012345]",
                         "[1.0]",
                         "[\"x\"]",
                         "[01]",
                         "[1,]",
                         "[1 ,2]",
                         "[[1]]",
                         "7",
                         "\"\"",
                         "[1.5,-0.25]",
                         "[\"a\",\"\"]",
                         "[\"\\n\"]",
                         "[\"Ã©\"]",
                         "[1"};
  std::vector<std::string> records;
  for (int round = 0; round < 20; ++round) {
    for (const char* list : lists) {
      records.push_back(fmt::format(R"({{"a":[1,2],"b":{}}})", round % 3 == 0 ? "[3]" : list));
      records.push_back(fmt::format(R"({{"a":{},"b":[4,5]}})", list));
    }
  }
  for (const char* type : {"int", "bigint", "double", "string", "smallint"}) {
    expect_equal(fmt::format("a array<{}>, b array<{}>", type, type).c_str(), records);
  }
}

// Any schema and any records, whichever path they take.
TEST(ShapedRows, RandomRecordsOfRandomSchemasGiveWhatTheFullPathGives) {
  SeededRandom random(23);
  for (int round = 0; round < 400; ++round) {
    RandomJson json(random);
    const columnar::Schema schema = json.schema(Binary::with);
    std::vector<std::string> records;
    for (int index = 0; index < 40; ++index) {
      // Each record twice or more, so that its shape is known.
      const std::string record = json.record(schema);
      for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
        if (!record.empty() && record.find('\n') == std::string::npos) {
          records.push_back(record);
        }
      }
    }
    expect_equal(schema, records);
    ASSERT_FALSE(HasFailure()) << round;
  }
}

TEST(ShapedRows, AlikeRecordsOfRandomTablesGiveWhatTheFullPathGives) {
  SeededRandom random(29);
  std::size_t fast_records = 0;
  std::size_t all_records = 0;
  for (int round = 0; round < 300; ++round) {
    AlikeRecords alike(random);
    std::vector<std::string> records;
    for (int index = 0; index < 40; ++index) {
      records.push_back(alike.next());
    }
    expect_equal(alike.schema(), records);
    ASSERT_FALSE(HasFailure()) << round;
    fast_records += as_records(alike.schema(), records).fast_records;
    all_records += records.size();
  }
  EXPECT_GT(fast_records, all_records / 3);
}

// Each with the record before and behind it, so that its shape is known.
TEST(ShapedRows, EveryByteInEveryPlaceIsJudgedAsTheFullPathJudgesIt) {
  const auto schema = columnar::parse_columns(
      "t timestamp, n int, a string, b array<string>, c struct<d:double,e:boolean>");
  ASSERT_TRUE(schema.has_value());
  const ReadPaths paths(*schema);
  const std::string record =
      R"({"t":"2025-07-15T17:10:33.25","n":12,"a": "xy", "b":["y"], "c":{"d":-2.5,"e":true}})";
  std::size_t fast_records = 0;
  for (std::size_t at = 0; at < record.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = record;
      changed[at] = static_cast<char>(byte);
      const std::vector<std::string> records = {record, record, changed, record};
      const Outcome expected = paths.full(records);
      for (const json::InstructionSet set : json::instruction_sets()) {
        const Outcome fast = paths.fast(records, Layout::apart, set);
        ASSERT_EQ(fast, expected) << changed;
        fast_records += fast.fast_records - 2;
      }
    }
  }
  EXPECT_GT(fast_records, 1000U);
}

TEST(ShapedRows, EveryCutOfARecordIsJudgedAsTheFullPathJudgesIt) {
  const std::string record = heartbeats(1)[0];
  for (std::size_t bytes = 1; bytes < record.size(); ++bytes) {
    expect_equal("timestamp timestamp, heart_rate int",
                 {record, record, record.substr(0, bytes), record});
  }
}

TEST(ShapedRows, KeysOfEveryLengthAreComparedWhole) {
  for (std::size_t bytes = 1; bytes < 70; ++bytes) {
    const std::string key(bytes, 'k');
    std::vector<std::string> records(20, "{\"" + key + "\":1}");
    for (std::size_t at = 0; at < bytes; ++at) {
      std::string other = key;
      other[at] = 'l';
      records.push_back("{\"" + other + "\":2}");
      records.insert(records.end(), 20, records.front());
    }
    expect_equal(fmt::format("{} int", key).c_str(), records);
  }
}

// Members that the first records lack must not be missed in those that follow.
TEST(ShapedRows, AnObjectForATextAndAStructureIsReadAsBoth) {
  const auto schema = columnar::parse_columns("payload struct<a:int,s:struct<b:int>>, raw string");
  ASSERT_TRUE(schema);
  auto reader = OpenXReader::create(*schema, {.column_to_key = {{"raw", "payload"}}});
  ASSERT_TRUE(reader);
  RowBatch batch(*schema);
  std::string expected;
  for (const char* const payload : {"{}",
                                    "{}",
                                    "{}",
                                    R"({"x":1})",
                                    R"({"s":{}})",
                                    R"({"a":7})",
                                    R"({"a":8})",
                                    R"({"s":{"b":9}})",
                                    "null",
                                    R"({"a":1})"}) {
    const std::string record = std::string(R"({"payload":)") + payload + "}";
    const ByteView view = record;
    if (reader->read_alike(std::span(&view, 1), batch).records == 0) {
      ASSERT_EQ(reader->read(view, batch), 1U);
    }
    auto fresh = OpenXReader::create(*schema, {.column_to_key = {{"raw", "payload"}}});
    RowBatch one(*schema);
    ASSERT_EQ(fresh->read(view, one), 1U);
    expected += RowTexts::of(*schema, one);
    ASSERT_EQ(RowTexts::of(*schema, batch), expected) << record;
  }
}

}  // namespace
}  // namespace sluice::serde
