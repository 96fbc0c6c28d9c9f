// Whole records through the Hive SerDe: what Firehose was seen to do, and the public code's rules.
#include "serde/hive.h"

#include "serde/rows_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::serde {
namespace {

using columnar::RowBatch;
using columnar::Schema;

Schema schema_of(std::string_view columns) {
  auto schema = columnar::parse_columns(columns);
  EXPECT_TRUE(schema) << schema.error().message();
  return std::move(schema).value();
}

// The rows of one record, or "X code|message|column".
std::string convert(std::string_view columns, std::string_view record, HiveOptions options = {}) {
  const Schema schema = schema_of(columns);
  auto reader = HiveReader::create(schema, options);
  EXPECT_TRUE(reader) << reader.error().message();
  RowBatch batch(schema);
  const auto rows = reader->read(record, batch);
  if (!rows) {
    EXPECT_EQ(batch.rows(), 0U);
    return "X " + rows.error().code + "|" + rows.error().message + "|" + rows.error().column;
  }
  EXPECT_EQ(*rows, batch.rows());
  return RowTexts::of(schema, batch);
}

constexpr std::string_view events =
    "id string, tags array<string>, person struct<name:string,age:int>, "
    "items array<struct<sku:string,qty:int>>, attrs map<string,array<string>>";

TEST(HiveReader, TakesWhatFirehoseTakes) {
  EXPECT_EQ(convert(events,
                    R"({"id":"h","tags":[1,2,3],"person":{"name":"Dan","extra":1},)"
                    R"("items":[{"sku":"s","qty":2,"extra":1}]})"),
            "{id:'h',tags:['1','2','3'],person:{name:'Dan',age:-},items:[{sku:'s',qty:2}],"
            "attrs:-};");
  EXPECT_EQ(convert(events, R"({"id":"empty","person":{},"tags":["a",null],"attrs":{}})"),
            "{id:'empty',tags:['a',-],person:{name:-,age:-},items:-,attrs:<>};");
  EXPECT_EQ(convert(events, R"({"id":"h1","ATTRS":{"MixedKey":["v"]},"PERSON":{"NAME":"Bob"}})"),
            "{id:'h1',tags:-,person:{name:'Bob',age:-},items:-,attrs:<'MixedKey'=['v']>};");
  EXPECT_EQ(convert("a int", R"({"a":1}{"A":2})"), "{a:1};{a:2};");
  EXPECT_EQ(convert("m map<string,int>", R"({"m":{"k":1,"K":2,"k":3}})"), "{m:<'k'=3,'K'=2>};");
  EXPECT_EQ(convert("m map<int,boolean>", R"({"m":{"1":true}})"), "{m:<1=true>};");
  EXPECT_EQ(convert("a int, b int", R"({"x":{"deep":[{}]},"b":2,"a":null})"), "{a:-,b:2};");
}

TEST(HiveReader, RefusesInFirehosesWords) {
  const std::string start = "X DataFormatConversion.MalformedData|";
  const std::string schema = start + "Data does not match the schema. ";

  const struct {
    std::string_view record;
    std::string expected;
  } cases[] = {
      {R"({"tags":"solo"})", schema + "java.io.IOException: Start of Array expected|tags"},
      {R"({"items":{"sku":"x","qty":1}})",
       schema + "java.io.IOException: Start of Array expected|items"},
      {R"({"attrs":{"k":"notanarray"}})",
       schema + "java.io.IOException: Start of Array expected|attrs.value"},
      {R"({"person":["Bob",41]})", schema + "java.io.IOException: Start of Object expected|person"},
      {R"({"person":42})", schema + "java.io.IOException: Start of Object expected|person"},
      {R"({"attrs":[]})", schema + "java.io.IOException: Start of Object expected|attrs"},
      {R"({"person":{"name":"Eve","age":"7"}})",
       schema + "Current token (VALUE_STRING) not numeric, can not use numeric value accessors|"
                "person.age"},
      {R"({"items":[{"qty":3000000000}]})",
       schema + "Numeric value (3000000000) out of range of int (-2147483648 - 2147483647)|"
                "items[].qty"},
      {R"({"id":{"nested":1}})",
       start + "One or more fields have incorrect format. Exception when validating field "
               "(root)|id"},
      {R"({"tags":[{"MixedKey":1}]})",
       start + "One or more fields have incorrect format. Exception when validating field "
               "(root)|tags[]"},
      {R"({"person":{"_col7":1}})",
       schema + "java.io.IOException: Hive internal column name (_col7) and position encoding for "
                "the column name are at odds|person"},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(convert(events, test.record), test.expected) << test.record;
  }
  EXPECT_EQ(convert("a int", "{\"a\":").substr(0, 33), "X DataFormatConversion.ParseError");
}

TEST(HiveReader, KnowsFieldsByTheirNumberToo) {
  EXPECT_EQ(convert("a int, b string", R"({"_col1":"x","_col0":1})"), "{a:1,b:'x'};");
  EXPECT_EQ(convert("a int, b string", R"({"b":"x","_col1":"y"})"), "{a:-,b:'y'};");
  EXPECT_EQ(convert("a int, _col0 int", R"({"_col0":1,"_COL1":2,"_col":3,"_colx":4})"),
            "{a:-,_col0:1};");
  EXPECT_EQ(convert("s struct<a:int,b:int>", R"({"s":{"_col1":2}})"), "{s:{a:-,b:2}};");
  for (const char* const key : {"_col01", "_col2", "_col99999999999999999999"}) {
    EXPECT_TRUE(convert("a int, b int", "{\"" + std::string(key) + "\":1}").starts_with("X "))
        << key;
  }
}

TEST(HiveReader, ReadsTimestampsByItsFormats) {
  const HiveOptions options{{"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "millis"}};
  EXPECT_EQ(convert("t timestamp", R"({"t":"1970-01-01T00:00:01.500Z"})", options), "{t:1500000};");
  EXPECT_EQ(convert("t array<timestamp>", R"({"t":[1500,"1970-1-1 0:0:2"]})", options),
            "{t:[1500000,2000000]};");
  EXPECT_EQ(convert("t timestamp", R"({"t":1500})"),
            "X DataFormatConversion.MalformedData|Data does not match the schema. Timestamp format "
            "must be yyyy-mm-dd hh:mm:ss[.fffffffff]|t");
}

TEST(HiveReader, NamesWhatItCannotDoAtItsCreation) {
  const struct {
    std::string_view columns;
    HiveOptions options;
    Fault fault;
    std::string_view why;
  } cases[] = {
      {"a int, b binary",
       {},
       Fault::unsupported,
       "column b: JsonSerDe does not support BINARY type"},
      {"s struct<x:array<binary>>",
       {},
       Fault::unsupported,
       "column s.x[]: JsonSerDe does not support BINARY type"},
      {"`a.b` int",
       {},
       Fault::unsupported,
       "column a.b: the Hive SerDe does not take dots in names"},
      {"s struct<`x.y`:int>",
       {},
       Fault::unsupported,
       "column s.x.y: the Hive SerDe does not take dots in names"},
      {"a int",
       {{"yyyy", "QQ"}},
       Fault::invalid,
       "TimestampFormats \"QQ\": letter 'Q' is not offered"},
  };

  for (const auto& test : cases) {
    const auto reader = HiveReader::create(schema_of(test.columns), test.options);
    ASSERT_FALSE(reader) << test.columns;
    EXPECT_EQ(reader.error().fault(), test.fault);
    EXPECT_NE(reader.error().message().find(test.why), std::string::npos)
        << reader.error().message();
  }
}

TEST(HiveReader, GuessesAtNothing) {
  const Schema schema = schema_of("a int");
  auto reader = HiveReader::create(schema, {});
  ASSERT_TRUE(reader);
  RowBatch batch(schema);
  const std::string_view record = "{\"a\":1}\n";
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(reader->read_alike(std::span(&record, 1), batch).records, 0U);
    EXPECT_EQ(reader->read_alike_lines(record, 9, batch).records, 0U);
    EXPECT_EQ(reader->read(record, batch), 1U);
  }
}

}  // namespace
}  // namespace sluice::serde
