// The levels of nested rows, by hand; rows of random schemas and records against the naive
// shredder; and the bounds.
#include "serde/shredder.h"

#include "base/random.h"
#include "serde/naive_shredder.h"
#include "serde/random_json.h"
#include "serde/rows_for_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
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

// "definition/repetition" of each entry of a leaf.
std::string levels_of(const columnar::Column& column, int definition_max) {
  std::string out;
  for (std::size_t entry = 0; entry < column.entries(); ++entry) {
    const auto& definitions = column.definition_levels();
    const auto& repetitions = column.repetition_levels();
    out += fmt::format("{}{}/{}",
                       entry == 0 ? "" : " ",
                       definitions.empty() ? definition_max : int{definitions[entry]},
                       repetitions.empty() ? 0 : int{repetitions[entry]});
  }
  return out;
}

TEST(Shredder, WritesTheLevelsOfDremel) {
  const struct {
    std::string_view columns;
    std::string_view records;
    std::vector<std::string> leaves;
  } cases[] = {
      {"a int", R"({"a":1}{})", {"1/0 0/0"}},
      {"s struct<a:int>", R"({"s":{"a":1}}{"s":{}}{})", {"2/0 1/0 0/0"}},
      {"t array<int>", R"({"t":[1,2]}{"t":[null]}{"t":[]}{})", {"3/0 3/1 2/0 1/0 0/0"}},
      {"t array<array<int>>",
       R"({"t":[[1,2],[3]]}{"t":[[],null,[null]]})",
       {"5/0 5/2 5/1 3/0 2/1 4/1"}},
      {"m map<string,int>",
       R"({"m":{"a":1,"b":null}}{"m":{}}{})",
       {"2/0 2/1 1/0 0/0", "3/0 2/1 1/0 0/0"}},
      // The example of the header.
      {"a int, t array<struct<x:int>>", R"({"t":[{"x":7},null,{}]})", {"0/0", "4/0 2/1 3/1"}},
      // Dremel's own: a document with links and names, two records.
      {"docid bigint, links struct<backward:array<bigint>,forward:array<bigint>>, "
       "name array<struct<language:array<struct<code:string,country:string>>,url:string>>",
       R"({"docid":10,"links":{"forward":[20,40,60]},"name":[{"language":[{"code":"en-us",
           "country":"us"},{"code":"en"}],"url":"http://A"},{"url":"http://B"},
           {"language":[{"code":"en-gb","country":"gb"}]}]}
          {"docid":20,"links":{"backward":[10,30],"forward":[80]},"name":[{"url":"http://C"}]})",
       {"1/0 1/0",
        "1/0 4/0 4/1",
        "4/0 4/1 4/1 4/0",
        "7/0 7/2 3/1 7/1 3/0",
        "7/0 6/2 3/1 7/1 3/0",
        "4/0 4/1 3/1 4/0"}},
  };

  for (const auto& test : cases) {
    const Schema schema = schema_of(test.columns);
    auto shredder = Shredder::create(schema, {});
    ASSERT_TRUE(shredder);
    RowBatch batch(schema);
    const auto rows = shredder->read(test.records, batch);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(batch.leaves().size(), test.leaves.size());
    for (std::size_t leaf = 0; leaf < test.leaves.size(); ++leaf) {
      EXPECT_EQ(levels_of(batch.column(leaf), batch.leaves()[leaf].definition_max),
                test.leaves[leaf])
          << test.columns << " leaf " << leaf;
    }
  }
}

struct Tally {
  int taken = 0;
  int refused = 0;
};

// The reader's rows and refusals are those of the naive shredder; what it refuses leaves no trace.
void expect_same(const Schema& schema,
                 const SerdeOptions& options,
                 SeededRandom& random,
                 Tally& tally) {
  auto reader = make_reader(schema, options);
  ASSERT_TRUE(reader) << reader.error().message();
  NaiveShredder naive(schema, options);
  RowBatch batch(schema);
  std::string expected;
  for (int record = 0; record < 12; ++record) {
    const std::string text = random_record(random, schema);
    const auto rows = (*reader)->read(text, batch);
    const auto naive_rows = naive.rows(text);
    ASSERT_EQ(rows.has_value(), naive_rows.has_value())
        << text << "\n"
        << (rows ? naive.why().message : rows.error().message);
    ++(rows ? tally.taken : tally.refused);
    if (naive_rows) {
      expected += *naive_rows;
    } else {
      EXPECT_EQ(rows.error().code, naive.why().code);
      EXPECT_EQ(rows.error().column, naive.why().column) << text;
      if (!naive.why().message.empty()) {
        EXPECT_EQ(rows.error().message, naive.why().message) << text;
      }
    }
    ASSERT_EQ(RowTexts::of(schema, batch), expected) << text;
  }
}

TEST(Shredder, AgreesWithTheNaiveShredderOnRandomSchemasAndRecords) {
  SeededRandom random(20'260'913);
  const OpenXOptions mapped{.dots_to_underscores = true, .column_to_key = {{"b", "Key"}}};
  const SerdeOptions all[] = {OpenXOptions{},
                              OpenXOptions{.case_insensitive = false},
                              mapped,
                              HiveOptions{},
                              HiveOptions{{"millis", "yyyy/MM/dd", "yyyy-MM-dd'T'HH:mm:ssZ"}}};
  for (const SerdeOptions& options : all) {
    Tally tally;
    for (int round = 0; round < 400; ++round) {
      const bool is_hive = std::holds_alternative<HiveOptions>(options);
      const Schema schema = random_schema(random, is_hive ? Binary::without : Binary::with);
      expect_same(schema, options, random, tally);
      if (HasFatalFailure()) {
        return;
      }
    }
    EXPECT_GT(tally.taken, 500);
    EXPECT_GT(tally.refused, 500);
  }
}

TEST(Shredder, BoundsTheEntriesOfARecord) {
  Schema schema;
  columnar::Type wide{.kind = columnar::Kind::structure, .children = {}};
  for (int member = 0; member < 10'000; ++member) {
    wide.children.push_back(
        {"c" + std::to_string(member), {.kind = columnar::Kind::bigint, .children = {}}});
  }
  schema.columns.push_back(
      {"t", {.kind = columnar::Kind::array, .children = {{"element", std::move(wide)}}}});
  auto shredder = Shredder::create(schema, {});
  ASSERT_TRUE(shredder);
  RowBatch batch(schema);
  std::string record = R"({"t":[{})";
  for (int element = 1; element < 1700; ++element) {
    record += ",{}";
  }
  const auto rows = shredder->read(record + "]}", batch);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, "DataFormatConversion.MalformedData");
  EXPECT_EQ(rows.error().column, "t[]");
  EXPECT_EQ(rows.error().message,
            "The record would fill more than 16777216 cells; send its lists in parts.");
  EXPECT_EQ(batch.rows(), 0U);
  EXPECT_EQ(batch.column(9999).entries(), 0U);
  EXPECT_EQ(shredder->read(R"({"t":[{},{"c9999":1}]})", batch), 1U);
}

TEST(Shredder, TakesTypesAsDeepAsTheGrammarAndRefusesDeeperOnes) {
  std::string type = "int";
  std::string value = "7";
  for (int level = 0; level < columnar::nesting_max; ++level) {
    type = "array<" + type + ">";
    value = "[" + value + "]";
  }
  Schema schema = schema_of("t " + type);
  auto shredder = Shredder::create(schema, {});
  ASSERT_TRUE(shredder) << shredder.error().message();
  RowBatch batch(schema);
  EXPECT_EQ(shredder->read("{\"t\":" + value + "}", batch), 1U);
  EXPECT_EQ(batch.column(0).fixed<std::int32_t>()[0], 7);

  columnar::Type deeper{.kind = columnar::Kind::array, .children = {}};
  deeper.children.push_back({"element", std::move(schema.columns[0].type)});
  schema.columns[0].type = std::move(deeper);
  const auto refused = Shredder::create(schema, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault(), Fault::unsupported);
  EXPECT_NE(refused.error().message().find("types nest deeper than 64"), std::string::npos);
}

}  // namespace
}  // namespace sluice::serde
