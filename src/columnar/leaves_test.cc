// Paths and levels of leaves.
#include "columnar/column.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::columnar {

namespace {

std::string joined(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& name : path) {
    out += out.empty() ? name : "/" + name;
  }
  return out;
}

struct Expected {
  std::string_view path;
  Storage storage;
  int definition_max;
  int repetition_max;
};

void expect_leaves(std::string_view columns, const std::vector<Expected>& expected) {
  const Result<Schema> schema = parse_columns(columns);
  ASSERT_TRUE(schema) << schema.error().message();
  const std::vector<Leaf> leaves = leaves_of(*schema);
  ASSERT_EQ(leaves.size(), expected.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_EQ(joined(leaves[i].path), expected[i].path);
    EXPECT_EQ(leaves[i].storage, expected[i].storage) << expected[i].path;
    EXPECT_EQ(leaves[i].definition_max, expected[i].definition_max) << expected[i].path;
    EXPECT_EQ(leaves[i].repetition_max, expected[i].repetition_max) << expected[i].path;
  }
}

TEST(Leaves, AFlatColumnIsItsOwnLeaf) {
  expect_leaves(
      "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, i char(3), "
      "j varchar(3), k binary, l date, m timestamp, n decimal(9,1), o decimal(10,1), "
      "p decimal(18,1), q decimal(19,1)",
      {{"a", Storage::boolean, 1, 0},
       {"b", Storage::int32, 1, 0},
       {"c", Storage::int32, 1, 0},
       {"d", Storage::int32, 1, 0},
       {"e", Storage::int64, 1, 0},
       {"f", Storage::float32, 1, 0},
       {"g", Storage::float64, 1, 0},
       {"h", Storage::bytes, 1, 0},
       {"i", Storage::bytes, 1, 0},
       {"j", Storage::bytes, 1, 0},
       {"k", Storage::bytes, 1, 0},
       {"l", Storage::int32, 1, 0},
       {"m", Storage::int64, 1, 0},
       {"n", Storage::int32, 1, 0},
       {"o", Storage::int64, 1, 0},
       {"p", Storage::int64, 1, 0},
       {"q", Storage::fixed_bytes, 1, 0}});
}

TEST(Leaves, NestingAddsLevels) {
  expect_leaves(
      "a array<int>, m map<string,array<date>>, s struct<x:int,y:struct<z:array<string>>>",
      {{"a/list/element", Storage::int32, 3, 1},
       {"m/key_value/key", Storage::bytes, 2, 1},
       {"m/key_value/value/list/element", Storage::int32, 5, 2},
       {"s/x", Storage::int32, 2, 0},
       {"s/y/z/list/element", Storage::bytes, 5, 1}});
}

TEST(Leaves, TheDeepestSchemaFitsALevelByte) {
  std::string text = "a ";
  for (int i = 0; i < 64; ++i) {
    text += "array<";
  }
  text += "int" + std::string(64, '>');
  const Result<Schema> schema = parse_columns(text);
  ASSERT_TRUE(schema);
  const std::vector<Leaf> leaves = leaves_of(*schema);
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].definition_max, 129);
  EXPECT_EQ(leaves[0].repetition_max, 64);
}

}  // namespace

}  // namespace sluice::columnar
