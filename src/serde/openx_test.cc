// Whole records through the reader: rows, refusals in Firehose's words, and what a refusal leaves.
#include "serde/openx.h"

#include "base/random.h"
#include "serde/rows_for_test.h"

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
  return RowTexts::of(schema, batch);
}

TEST(OpenXReader, ConvertsTheSeedsRecord) {
  EXPECT_EQ(convert("timestamp string, heart_rate int",
                    "{\"timestamp\": \"2025-07-15T17:10:33.123456\", \"heart_rate\": 89}\n"),
            "{timestamp:'2025-07-15T17:10:33.123456',heart_rate:89};");
  EXPECT_EQ(convert("timestamp timestamp, heart_rate int",
                    "{\"timestamp\": \"2025-07-15T17:10:33.123456\", \"heart_rate\": 89}\n"),
            "{timestamp:1752599433123456,heart_rate:89};");
}

TEST(OpenXReader, ConvertsEveryFlatType) {
  EXPECT_EQ(
      convert(
          "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string,"
          "i char(3), j varchar(3), k date, l timestamp, m decimal(5,2), n decimal(18,0),"
          "o decimal(38,0), p binary",
          R"({"a":true,"b":-1,"c":2,"d":3,"e":4,"f":0.5,"g":"1e3","h":{"X":[1]},)"
          R"("i":"ab  ","j":"abcd","k":"1970-1-2","l":1,"m":-1.005,"n":"7","o":-2,"p":"AP8="})"),
      std::string("{a:true,b:-1,c:2,d:3,e:4,f:0.5,g:1000,h:'{\"x\":[1]}',i:'ab',j:'abc',k:1,"
                  "l:1000000,m:-101,n:7,o:-2,p:'") +
          std::string("\0\xff", 2) + "'};");
}

TEST(OpenXReader, MissingAndNullAreNullAndUnknownKeysAreDropped) {
  EXPECT_EQ(convert("a int, b string", R"({"b":null,"z":[{"deep":"x"}]})"), "{a:-,b:-};");
  EXPECT_EQ(convert("a int, b string", "{}"), "{a:-,b:-};");
}

TEST(OpenXReader, LooksFieldsUpAsConfigured) {
  const OpenXOptions mapped{.column_to_key = {{"ts", "Time"}}};
  EXPECT_EQ(convert("ts string, rate int", R"({"TIME":"x","Rate":1,"ts":"no"})", mapped),
            "{ts:'x',rate:1};");
  const OpenXOptions exact{.case_insensitive = false,
                           .column_to_key = {{"time", "time"}, {"time2", "Time"}}};
  EXPECT_EQ(convert("time string, time2 string", R"({"Time":"b","time":"a","TIME":"c"})", exact),
            "{time:'a',time2:'b'};");
  EXPECT_EQ(convert("s string", R"({"s":{"MixedKey":1}})"), R"({s:'{"mixedkey":1}'};)");
  EXPECT_EQ(convert("s string", R"({"s":{"MixedKey":1}})", {.case_insensitive = false}),
            R"({s:'{"MixedKey":1}'};)");
  EXPECT_EQ(convert("a_b int", R"({"a.b":1})", {.dots_to_underscores = true}), "{a_b:1};");
  EXPECT_EQ(convert("a_b int", R"({"a.b":1})"), "{a_b:-};");
  EXPECT_EQ(convert("a int", R"({"a":1,"a":2})"), "{a:2};");
  EXPECT_EQ(convert("a int", R"({"a":"oops","A":2})"), "{a:2};");
}

TEST(OpenXReader, TakesSeveralObjectsInOneRecord) {
  EXPECT_EQ(convert("a int", R"({"a":1}{"a":2})"), "{a:1};{a:2};");
  EXPECT_EQ(convert("a int", "\n{\"a\":1}\n {\"a\":2}\r\n{}\n"), "{a:1};{a:2};{a:-};");
  EXPECT_EQ(convert("a int", "\xef\xbb\xbf{\"a\":1}"), "{a:1};");
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
  const std::string before = RowTexts::of(schema, batch);
  for (const char* const record : {
           R"({"a":2,"b":"y","c":"oops"})",
           R"({"a":2,"b":"y","c":1}{"a":"oops"})",
           R"({"b":null}{"a":1}[1])",
           R"({"a":1}{)",
           "",
       }) {
    EXPECT_FALSE(reader.read(record, batch)) << record;
    EXPECT_EQ(RowTexts::of(schema, batch), before) << record;
  }
  EXPECT_EQ(reader.read(R"({"c":3}{"b":"z"})", batch), 2U);
  EXPECT_EQ(RowTexts::of(schema, batch), before + "{a:-,b:-,c:3};{a:-,b:'z',c:-};");
}

// Firehose's own answers where it has been asked, and the public SerDe's code elsewhere.
TEST(OpenXReader, ConvertsNestedTypes) {
  const struct {
    std::string_view columns;
    std::string_view record;
    std::string_view expected;
  } cases[] = {
      // Null at every level, and what is empty.
      {"t array<int>", R"({})", "{t:-};"},
      {"t array<int>", R"({"t":null})", "{t:-};"},
      {"t array<int>", R"({"t":[]})", "{t:[]};"},
      {"t array<int>", R"({"t":[null]})", "{t:[-]};"},
      {"t array<int>", R"({"t":[1,null,"3"]})", "{t:[1,-,3]};"},
      {"t array<array<int>>", R"({"t":[[1,2],null,[],[null]]})", "{t:[[1,2],-,[],[-]]};"},
      {"s struct<a:int,b:string>", R"({})", "{s:-};"},
      {"s struct<a:int,b:string>", R"({"s":{}})", "{s:{a:-,b:-}};"},
      {"s struct<a:int,b:string>", R"({"s":{"B":"x","c":[1]}})", "{s:{a:-,b:'x'}};"},
      {"s struct<a:struct<b:int>>", R"({"s":{"a":null}})", "{s:{a:-}};"},
      {"s struct<a:struct<b:int>>", R"({"s":{"a":{}}})", "{s:{a:{b:-}}};"},
      {"m map<string,int>", R"({"m":{}})", "{m:<>};"},
      {"m map<string,int>", R"({"m":null})", "{m:-};"},
      {"m map<string,int>", R"({"m":{"k":null,"l":"2"}})", "{m:<'k'=-,'l'=2>};"},
      // Single values become arrays of one element; the empty text none.
      {"t array<string>", R"({"t":"x"})", "{t:['x']};"},
      {"t array<string>", R"({"t":""})", "{t:-};"},
      {"t array<string>", R"({"t":" "})", "{t:[' ']};"},
      {"t array<int>", R"({"t":7})", "{t:[7]};"},
      {"t array<boolean>", R"({"t":false})", "{t:[false]};"},
      {"t array<struct<sku:string,qty:int>>",
       R"({"t":{"SKU":"x","qty":1}})",
       "{t:[{sku:'x',qty:1}]};"},
      {"t array<array<int>>", R"({"t":[1,[2]]})", "{t:[[1],[2]]};"},
      {"t array<map<string,int>>", R"({"t":{"a":1}})", "{t:[<'a'=1>]};"},
      // Elements are coerced as columns are.
      {"t array<string>", R"({"t":[1,2]})", "{t:['1','2']};"},
      {"t array<string>",
       R"({"t":[["a","b"],{"MixedKey":1}]})",
       R"({t:['["a","b"]','{"mixedkey":1}']};)"},
      {"t array<timestamp>", R"({"t":[1,"1970-01-01 00:00:02"]})", "{t:[1000000,2000000]};"},
      // An array fills a struct by position.
      {"s struct<a:int,b:int>", R"({"s":[1,2,3]})", "{s:{a:1,b:2}};"},
      {"s struct<a:int,b:int>", R"({"s":[1]})", "{s:{a:1,b:-}};"},
      {"s struct<a:int,b:int>", R"({"s":[null,2]})", "{s:{a:-,b:2}};"},
      {"s struct<a:int,b:int>", R"({"s":[]})", "{s:-};"},
      {"s struct<a:int,b:int>", R"({"s":" \t"})", "{s:-};"},
      {"m map<string,int>", R"({"m":""})", "{m:-};"},
      // Keys of maps: lower case, each once, read as the key's type.
      {"m map<string,int>", R"({"m":{"MixedKey":1}})", "{m:<'mixedkey'=1>};"},
      {"m map<string,int>", R"({"m":{"a":1,"b":2,"A":3}})", "{m:<'a'=3,'b'=2>};"},
      {"m map<int,string>", R"({"m":{"1":"x","0x10":"y"}})", "{m:<1='x',16='y'>};"},
      {"m map<date,double>", R"({"m":{"1970-01-02":0.5}})", "{m:<1=0.5>};"},
      {"m map<string,map<string,array<int>>>",
       R"({"m":{"a":{"b":[1],"c":null},"d":{}}})",
       "{m:<'a'=<'b'=[1],'c'=->,'d'=<>>};"},
      // Repeated keys within a struct.
      {"s struct<a:int>", R"({"s":{"a":"oops","A":2}})", "{s:{a:2}};"},
      {"s struct<a:int>", R"({"s":{"a":1},"S":null})", "{s:-};"},
      // Several rows, and leaves beside each other.
      {"t array<struct<x:int,y:array<string>>>, z int",
       R"({"t":[{"x":1,"y":["a","b"]},{"y":[]},null],"z":9}{"t":[]}{"z":8})",
       "{t:[{x:1,y:['a','b']},{x:-,y:[]},-],z:9};{t:[],z:-};{t:-,z:8};"},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(convert(test.columns, test.record), test.expected) << test.record;
  }
}

TEST(OpenXReader, NamesThePathOfWhatIsRefused) {
  const std::string start = "X DataFormatConversion.MalformedData|Data does not match the schema. ";

  const struct {
    std::string_view columns;
    std::string_view record;
    std::string_view expected;
  } cases[] = {
      {"s struct<a:int>",
       R"({"s":42})",
       "Data is not JSONObject  but java.lang.Long with value 42|s"},
      {"s struct<a:int>",
       R"({"s":4.5})",
       "Data is not JSONObject  but java.lang.Double with value 4.5|s"},
      {"s struct<a:int>",
       R"({"s":"x"})",
       "Data is not JSONObject  but java.lang.String with value x|s"},
      {"s struct<a:int>",
       R"({"s":true})",
       "Data is not JSONObject  but java.lang.Boolean with value true|s"},
      {"m map<string,int>",
       R"({"m":[1]})",
       "Data is not JSONObject  but java.util.ArrayList with value [1]|m"},
      {"m map<string,int>",
       R"({"m":7})",
       "Data is not JSONObject  but java.lang.Long with value 7|m"},
      {"t array<struct<x:array<int>>>",
       R"({"t":[{"x":[1]},{"x":[2,"oops"]}]})",
       "For input string: \"oops\"|t[].x[]"},
      {"m map<int,int>", R"({"m":{"1":2,"x":3}})", "For input string: \"x\"|m.key"},
      {"m map<string,struct<a:int>>",
       R"({"m":{"k":{"a":[]}}})",
       "A JSON array cannot be converted to int|m.value.a"},
      {"b binary", R"({"b":"no base64"})", "Not base64: \"no base64\"|b"},
      {"b binary", R"({"b":1})", "A JSON number cannot be converted to binary|b"},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(convert(test.columns, test.record), start + std::string(test.expected));
  }
}

TEST(OpenXReader, LooksMembersUpAsColumnsAtAnyDepth) {
  const OpenXOptions mapped{.column_to_key = {{"ts", "Time"}}};
  EXPECT_EQ(convert("s struct<ts:int,u:int>", R"({"s":{"TIME":1,"ts":2,"u":3}})", mapped),
            "{s:{ts:1,u:3}};");
  EXPECT_EQ(convert("t array<struct<a_b:int>>",
                    R"({"t":[{"a.b":1},{"A.B":2}]})",
                    {.dots_to_underscores = true}),
            "{t:[{a_b:1},{a_b:2}]};");
  const OpenXOptions exact{.case_insensitive = false};
  EXPECT_EQ(convert("s struct<name:string,age:int>, m map<string,int>",
                    R"({"s":{"NAME":"Bob","age":2},"m":{"MixedKey":1,"mixedkey":2}})",
                    exact),
            "{s:{name:-,age:2},m:<'MixedKey'=1,'mixedkey'=2>};");
}

TEST(OpenXReader, ARefusalDeepInsideLeavesNestedColumnsAsTheyWere) {
  const Schema schema =
      schema_of("t array<struct<x:int,m:map<string,array<int>>>>, s struct<a:string>, z int");
  OpenXReader reader = reader_of(schema);
  RowBatch batch(schema);
  ASSERT_TRUE(reader.read(R"({"t":[{"x":1,"m":{"k":[1,2]}},null],"s":{"a":"x"}})", batch));
  const std::string before = RowTexts::of(schema, batch);
  for (const char* const record : {
           R"({"t":[{"x":1,"m":{"k":[1,2],"l":["oops"]}}]})",
           R"({"t":[{"x":1,"m":{"k":[1,2]}},7]})",
           R"({"t":[1,2],"s":{"a":"y"}})",
           R"({"t":[{}],"s":{"a":"y"},"z":"oops"})",
           R"({"t":[{"m":{}}]}{"t":[]}{"z":[]})",
       }) {
    EXPECT_FALSE(reader.read(record, batch)) << record;
    EXPECT_EQ(RowTexts::of(schema, batch), before) << record;
  }
  EXPECT_EQ(reader.read(R"({"t":[{"m":{"q":null}}],"z":3})", batch), 1U);
  EXPECT_EQ(RowTexts::of(schema, batch), before + "{t:[{x:-,m:<'q'=->}],s:-,z:3};");
}

// Timestamps as AWS's guide and Firehose itself show them; each is read, and read as the same
// moment.
TEST(OpenXReader, ReadsTheTimestampsThatFirehoseReads) {
  const struct {
    std::string_view given;
    std::string_view micros;
  } cases[] = {
      {"1518033528", "1518033528000000"},
      {"\"1518033528\"", "1518033528000000"},
      {"1518033528123", "1518033528123000"},
      {"\"1518033528123\"", "1518033528123000"},
      {"1518033528.123", "1518033528123000"},
      {"\"1518033528.123\"", "1518033528123000"},
      {"\"2017-02-07T15:13:01.39256Z\"", "1486480381392560"},
      {"\"2017-02-07T15:13:01Z\"", "1486480381000000"},
      {"\"2017-02-07T15:13:01.392560123Z\"", "1486480381392560"},
      {"\"2017-2-7 5:3:1.14\"", "1486443781140000"},
      {"\"2025-07-15T17:10:33.123456\"", "1752599433123456"},
      {"\"2025-07-15T17:10:33+05:30\"", "1752579633000000"},
      {"\"2025-07-15T17:10:33+0530\"", "1752579633000000"},
      {"\"\"", "X"},
      {"\"2026-9-7T05:03:01Z\"", "X"},
      {"999999999999999999", "X"},
      {"\"2017-02-30 05:03:01\"", "X"},
      {"true", "X"},
      {"[1518033528]", "X"},
      {"{}", "X"},
  };

  for (const auto& test : cases) {
    const std::string got = convert("t timestamp", "{\"t\":" + std::string(test.given) + "}");
    EXPECT_EQ(got.starts_with("X ") ? "X" : got,
              test.micros == "X" ? "X" : "{t:" + std::string(test.micros) + "};")
        << test.given;
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
