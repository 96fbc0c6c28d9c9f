// What should not come and does: each through both SerDes, into flat and nested tables.  A record
// is refused with its reason and its column, or taken as it is; the ones around it go on.
#include "base/utf8.h"
#include "serde/record_reader.h"
#include "serde/rows_for_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

using columnar::RowBatch;
using columnar::Schema;

Schema schema_of(std::string_view columns) {
  auto schema = columnar::parse_columns(columns);
  EXPECT_TRUE(schema) << schema.error().message();
  return std::move(schema).value();
}

std::unique_ptr<RecordReader> reader_of(const Schema& schema, const SerdeOptions& options) {
  auto reader = make_reader(schema, options);
  EXPECT_TRUE(reader) << reader.error().message();
  return std::move(reader).value();
}

const std::vector<SerdeOptions>& both() {
  static const std::vector<SerdeOptions> options = {OpenXOptions{}, HiveOptions{}};
  return options;
}

// The rows of a record between two good ones, or "X code|column".
std::string between_good_ones(const Schema& schema,
                              const SerdeOptions& options,
                              std::string_view record) {
  const auto reader = reader_of(schema, options);
  RowBatch batch(schema);
  EXPECT_EQ(reader->read("{}", batch), 1U);
  const std::string good = RowTexts::of(schema, batch);
  const auto rows = reader->read(record, batch);
  EXPECT_EQ(reader->read("{}", batch), 1U);
  const std::string all = RowTexts::of(schema, batch);
  EXPECT_TRUE(all.starts_with(good));
  EXPECT_TRUE(all.ends_with(good));
  if (!rows) {
    EXPECT_EQ(all, good + good);
    EXPECT_FALSE(rows.error().message.empty());
    EXPECT_LT(rows.error().message.size(), 1000U);
    EXPECT_TRUE(is_utf8(rows.error().message));
    return "X " + rows.error().code + "|" + rows.error().column;
  }
  return all.substr(good.size(), all.size() - 2 * good.size());
}

constexpr std::string_view parse_error = "X DataFormatConversion.ParseError|";
constexpr std::string_view malformed = "X DataFormatConversion.MalformedData|";

TEST(BadInput, TextThatIsNoJson) {
  const Schema schema = schema_of("a string, t array<struct<x:string>>");
  const std::string_view records[] = {
      "{\"a\":\"\\ud800\"}",           // a lone surrogate, high
      "{\"a\":\"\\udc00\"}",           // low
      "{\"a\":\"\\ud800\\u0041\"}",    // with no second half
      "{\"\\udfff\":1}",               // in a key
      "{\"a\":\"\xc0\xaf\"}",          // overlong UTF-8 in two bytes
      "{\"a\":\"\xe0\x80\xaf\"}",      // in three
      "{\"a\":\"\xf0\x80\x80\xaf\"}",  // in four
      "{\"a\":\"\xed\xa0\x80\"}",      // an encoded surrogate
      "{\"a\":\"\xf4\x90\x80\x80\"}",  // beyond Unicode
      "{\"a\":\"\xff\"}",              // no UTF-8 at all
      "{\"t\":[{\"x\":\"\xc3\"}]}",    // cut within a character
      "{\"z\":[\"\xc0\xaf\"]}",        // where nobody looks
      "{\"a\":NaN}",
      "{\"a\":nan}",
      "{\"a\":Infinity}",
      "{\"a\":-Infinity}",
      "{\"z\":-inf}",
      "{\"a\":+1}",
      "{\"a\":01}",
      "{\"a\":1.}",
      "{\"a\":.5}",
      "{\"a\":1e}",
      "{\"a\":0x1}",
      "{\"a\":'x'}",
      "{a:1}",
      "{\"a\":1,}",
      "{\"a\":[1,,2]}",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\\x\"}",
      "{\"a\"",
      "{\"a\":1}}",
      "{\"a\":1} x",
      "/**/{}",
      "{\"a\":TRUE}",
  };
  for (const SerdeOptions& options : both()) {
    for (const std::string_view record : records) {
      EXPECT_EQ(between_good_ones(schema, options, record), parse_error) << record;
    }
    EXPECT_EQ(between_good_ones(schema, options, std::string_view("{\"a\":\"\0\"}", 9)),
              parse_error);
  }
}

TEST(BadInput, NumbersOfAnySize) {
  const Schema schema = schema_of("i bigint, d double, f float, m decimal(38,2), s string");
  const std::string thousand(1000, '7');
  for (const SerdeOptions& options : both()) {
    EXPECT_EQ(between_good_ones(schema, options, "{\"i\":" + thousand + "}"),
              std::string(malformed) + "i");
    EXPECT_EQ(between_good_ones(schema, options, "{\"m\":" + thousand + "}"),
              std::string(malformed) + "m");
    EXPECT_EQ(between_good_ones(schema, options, "{\"d\":" + thousand + "}"),
              "{i:-,d:inf,f:-,m:-,s:-};");
    EXPECT_EQ(between_good_ones(schema, options, "{\"s\":" + thousand + "}"),
              "{i:-,d:-,f:-,m:-,s:'" + thousand + "'};");
    EXPECT_EQ(between_good_ones(schema, options, "{\"m\":0." + thousand + "}"),
              "{i:-,d:-,f:-,m:78,s:-};");
    EXPECT_EQ(between_good_ones(schema, options, R"({"i":-0,"d":-0,"f":-0,"m":-0,"s":-0})"),
              "{i:0,d:-0,f:-0,m:0,s:'-0'};");
    EXPECT_EQ(between_good_ones(schema, options, R"({"d":1e400,"f":-1e400,"s":1e400})"),
              "{i:-,d:inf,f:-inf,m:-,s:'1e400'};");
    EXPECT_EQ(between_good_ones(schema, options, R"({"d":1e-400,"f":-1e-60})"),
              "{i:-,d:0,f:-0,m:-,s:-};");
    EXPECT_EQ(between_good_ones(schema, options, R"({"i":1e400})"), std::string(malformed) + "i");
    EXPECT_EQ(between_good_ones(schema, options, R"({"i":1e999999999999})"),
              std::string(malformed) + "i");
    EXPECT_EQ(between_good_ones(schema, options, R"({"m":1e999999999999})"),
              std::string(malformed) + "m");
  }
}

TEST(BadInput, NestingBombs) {
  const Schema schema = schema_of("a string, t array<array<int>>, s struct<x:struct<y:int>>");
  const auto nested = [](std::size_t depth, std::string_view open, std::string_view close) {
    std::string out;
    for (std::size_t level = 0; level < depth; ++level) {
      out += open;
    }
    out += "1";
    for (std::size_t level = 0; level < depth; ++level) {
      out += close;
    }
    return out;
  };
  for (const SerdeOptions& options : both()) {
    for (const char* const key : {"a", "t", "s", "z"}) {
      for (const std::size_t depth : {1100U, 1'000'000U}) {
        const std::string start = fmt::format("{{\"{}\":", key);
        EXPECT_EQ(between_good_ones(schema, options, start + nested(depth, "[", "]") + "}"),
                  parse_error);
        EXPECT_EQ(between_good_ones(schema, options, start + nested(depth, "{\"x\":", "}") + "}"),
                  parse_error);
        EXPECT_EQ(between_good_ones(schema, options, start + std::string(depth, '[')), parse_error);
      }
    }
    // As deep as the parser goes: into the text of a column, or past everybody.
    const std::string deep = nested(1000, "[", "]");
    EXPECT_EQ(between_good_ones(schema, options, "{\"z\":" + deep + "}"), "{a:-,t:-,s:-};");
    const bool is_openx = std::holds_alternative<OpenXOptions>(options);
    EXPECT_EQ(between_good_ones(schema, options, "{\"a\":" + deep + "}"),
              is_openx ? "{a:'" + deep + "',t:-,s:-};" : std::string(malformed) + "a");
    EXPECT_EQ(between_good_ones(schema, options, "{\"t\":" + deep + "}"),
              std::string(malformed) + "t[][]");
  }
}

TEST(BadInput, KeysAndTextsOfAMebibyte) {
  const std::string mebibyte(std::size_t{1} << 20, 'k');
  const Schema schema = schema_of("a string, m map<string,int>, " + mebibyte + " int");
  for (const SerdeOptions& options : both()) {
    const auto reader = reader_of(schema, options);
    RowBatch batch(schema);
    for (int round = 0; round < 2; ++round) {
      ASSERT_TRUE(reader->read("{\"" + mebibyte + "\":7}", batch));
      ASSERT_TRUE(reader->read("{\"x" + mebibyte + "\":7}", batch));
      ASSERT_TRUE(
          reader->read("{\"m\":{\"" + mebibyte + "\":7},\"a\":\"" + mebibyte + "\"}", batch));
    }
    EXPECT_EQ(batch.column(3).values(), 2U);
    EXPECT_EQ(batch.column(0).bytes(1), mebibyte);
    EXPECT_EQ(batch.column(1).bytes(1), mebibyte);
    const auto refused = reader->read("{\"" + mebibyte + "\":\"" + mebibyte + "\"}", batch);
    ASSERT_FALSE(refused);
    EXPECT_LT(refused.error().message.size(), 1000U);
    EXPECT_EQ(refused.error().column, mebibyte);
  }
}

TEST(BadInput, KeysThatDifferOnlyInCase) {
  const Schema schema = schema_of("time int, s struct<rate:int>");
  for (const SerdeOptions& options : both()) {
    EXPECT_EQ(between_good_ones(
                  schema, options, R"({"time":1,"Time":2,"TIME":3,"S":{"Rate":4,"RATE":5}})"),
              "{time:3,s:{rate:5}};");
  }
  EXPECT_EQ(between_good_ones(schema,
                              OpenXOptions{.case_insensitive = false},
                              R"({"Time":2,"time":1,"TIME":3,"s":{"RATE":5}})"),
            "{time:1,s:{rate:-}};");
  // A table cannot have such columns; two columns can share a key.
  EXPECT_FALSE(columnar::parse_columns("time int, TIME string"));
  EXPECT_EQ(between_good_ones(
                schema_of("time int, upper int"),
                OpenXOptions{.case_insensitive = false, .column_to_key = {{"upper", "TIME"}}},
                R"({"TIME":3,"time":1})"),
            "{time:1,upper:3};");
  EXPECT_EQ(between_good_ones(schema_of("a int, b string"),
                              OpenXOptions{.column_to_key = {{"a", "k"}, {"b", "K"}}},
                              R"({"K":3})"),
            "{a:3,b:'3'};");
}

TEST(BadInput, ARecordThatIsHalfOfABlock) {
  const Schema schema = schema_of("n int, t array<struct<x:int,s:string>>");
  std::string big = R"({"n":0,"t":[)";
  std::size_t elements = 0;
  while (big.size() < (std::size_t{4} << 20)) {
    big +=
        fmt::format(R"({}{{"x":{},"s":"text {}"}})", elements == 0 ? "" : ",", elements, elements);
    ++elements;
  }
  for (const SerdeOptions& options : both()) {
    const auto reader = reader_of(schema, options);
    RowBatch batch(schema);
    for (int round = 0; round < 2; ++round) {
      ASSERT_EQ(reader->read(R"({"n":1,"t":[{"x":7}]})", batch), 1U);
      ASSERT_EQ(reader->read(big + "]}", batch), 1U);
      ASSERT_FALSE(reader->read(big + R"(,{"x":"oops"},[]]})", batch));
      ASSERT_FALSE(reader->read(big, batch));
    }
    EXPECT_EQ(batch.rows(), 4U);
    EXPECT_EQ(batch.column(1).entries(), 2 * (elements + 1));
    EXPECT_EQ(batch.column(2).bytes(batch.column(2).values() - 1),
              fmt::format("text {}", elements - 1));
  }
}

TEST(BadInput, TenThousandColumns) {
  Schema schema;
  std::string every = "{";
  for (int column = 0; column < 10'000; ++column) {
    const std::string name = fmt::format("column_{}", column);
    schema.columns.push_back({name, {.kind = columnar::Kind::bigint, .children = {}}});
    every += fmt::format("{}\"{}\":{}", column == 0 ? "" : ",", name, column);
  }
  every += "}";
  for (const SerdeOptions& options : both()) {
    const auto reader = reader_of(schema, options);
    RowBatch batch(schema);
    for (int round = 0; round < 20; ++round) {
      ASSERT_EQ(reader->read(every, batch), 1U);
      ASSERT_EQ(reader->read(R"({"column_7":1,"x":2})", batch), 1U);
      const auto refused = reader->read(R"({"column_7":1,"column_9998":"x"})", batch);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().column, "column_9998");
    }
    EXPECT_EQ(batch.column(7).values(), 40U);
    EXPECT_EQ(batch.column(9999).values(), 20U);
    EXPECT_EQ(batch.column(9999).fixed<std::int64_t>()[19], 9999);
  }
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

// A column of text takes a real document as it stands, and what it holds reads back the same.
TEST(BadInput, RealDocumentsAreTakenAndComeBack) {
  const char* const folder = std::getenv("SLUICE_TEST_DATA");
  if (folder == nullptr) {
    GTEST_SKIP() << "SLUICE_TEST_DATA is not set";
  }
  const Schema schema = schema_of("document string");
  const auto reader = reader_of(schema, OpenXOptions{.case_insensitive = false});
  std::size_t files = 0;
  const auto path = std::filesystem::path(folder) / "json" / "documents";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".json") {
      continue;
    }
    RowBatch batch(schema);
    ASSERT_TRUE(reader->read("{\"document\":" + contents(entry.path()) + "}", batch))
        << entry.path();
    const std::string once(batch.column(0).bytes(0));
    batch.clear();
    ASSERT_TRUE(reader->read("{\"document\":" + once + "}", batch)) << entry.path();
    EXPECT_TRUE(batch.column(0).bytes(0) == once) << entry.path();
    ++files;
  }
  std::printf("%zu documents\n", files);
  EXPECT_GT(files, 3U);
}

}  // namespace
}  // namespace sluice::serde
