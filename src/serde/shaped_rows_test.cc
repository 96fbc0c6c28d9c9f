// The fast path beside the full one: the same records must give the same rows, whichever took them.
#include "serde/shaped_rows.h"

#include "base/random.h"
#include "serde/openx.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::serde {
namespace {

using columnar::Column;
using columnar::RowBatch;
using columnar::Storage;

constexpr const char* every_type =
    "b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, x string, v varchar(3), "
    "c char(3), day date, at timestamp";

std::string value_text(const Column& column, std::size_t value) {
  switch (column.storage()) {
    case Storage::boolean:
      return std::to_string(column.fixed<std::uint8_t>()[value]);
    case Storage::int32:
      return std::to_string(column.fixed<std::int32_t>()[value]);
    case Storage::int64:
      return std::to_string(column.fixed<std::int64_t>()[value]);
    case Storage::float32:
      return fmt::format("{:a}", column.fixed<float>()[value]);
    case Storage::float64:
      return fmt::format("{:a}", column.fixed<double>()[value]);
    case Storage::bytes:
    case Storage::fixed_bytes:
      return std::string(column.bytes(value));
  }
  return {};
}

// A batch as text, a column a line.
std::string listing(const RowBatch& batch) {
  std::string out = fmt::format("{} rows\n", batch.rows());
  for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
    const Column& column = batch.column(leaf);
    std::size_t value = 0;
    for (std::size_t entry = 0; entry < column.entries(); ++entry) {
      const auto& levels = column.definition_levels();
      const bool is_null = !levels.empty() && levels[entry] == 0;
      out += is_null ? "null|" : value_text(column, value++) + "|";
    }
    out += '\n';
  }
  return out;
}

struct Outcome {
  std::string rows;
  std::vector<std::string> refusals;
  std::size_t fast_records = 0;

  friend bool operator==(const Outcome& left, const Outcome& right) {
    return left.rows == right.rows && left.refusals == right.refusals;
  }
};

OpenXReader reader_of(const columnar::Schema& schema) {
  return std::move(OpenXReader::create(schema, {})).value();
}

Outcome slowly(const columnar::Schema& schema, const std::vector<std::string>& records) {
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  Outcome outcome;
  for (const std::string& record : records) {
    if (const auto rows = reader.read(record, batch); !rows) {
      outcome.refusals.push_back(rows.error().message);
    }
  }
  outcome.rows = listing(batch);
  return outcome;
}

Outcome as_records(const columnar::Schema& schema, const std::vector<std::string>& records) {
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  Outcome outcome;
  const std::vector<ByteView> views(records.begin(), records.end());
  for (std::size_t at = 0; at < views.size(); ++at) {
    const ShapedRun run = reader.read_alike(std::span(views).subspan(at), batch);
    at += run.records;
    outcome.fast_records += run.records;
    if (at == views.size()) {
      break;
    }
    if (const auto rows = reader.read(views[at], batch); !rows) {
      outcome.refusals.push_back(rows.error().message);
    }
  }
  outcome.rows = listing(batch);
  return outcome;
}

Outcome as_lines(const columnar::Schema& schema, const std::vector<std::string>& records) {
  std::string text;
  for (const std::string& record : records) {
    text += record + "\n";
  }
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  Outcome outcome;
  ByteView rest = text;
  while (!rest.empty()) {
    const ShapedRun run = reader.read_alike_lines(rest, 100, batch);
    rest.remove_prefix(run.bytes);
    outcome.fast_records += run.records;
    if (run.records == 100 || rest.empty()) {
      continue;
    }
    const std::size_t end = rest.find('\n');
    const auto rows = end == 0 ? 0 : reader.read(rest.substr(0, end), batch);
    if (!rows) {
      outcome.refusals.push_back(rows.error().message);
    }
    rest.remove_prefix(end + 1);
  }
  outcome.rows = listing(batch);
  return outcome;
}

void expect_equal(const char* columns, const std::vector<std::string>& records) {
  const auto schema = columnar::parse_columns(columns);
  ASSERT_TRUE(schema.has_value());
  const Outcome expected = slowly(*schema, records);
  EXPECT_EQ(as_records(*schema, records), expected);
  EXPECT_EQ(as_lines(*schema, records), expected);
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

TEST(ShapedRows, SchemasItCannotFillAreLeftAlone) {
  const auto schema = columnar::parse_columns("a decimal(5,2), b int");
  const std::vector<std::string> records(100, R"({"a": 1.5, "b": 2})");
  const Outcome outcome = as_records(*schema, records);
  EXPECT_EQ(outcome.fast_records, 0U);
  EXPECT_EQ(outcome, slowly(*schema, records));
}

}  // namespace
}  // namespace sluice::serde
