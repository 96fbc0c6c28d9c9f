// Schemas there and back, the widths of decimals, and trees that are none.
#include "parquet/schema.h"

#include "parquet/batch_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(Schema, EveryTypeHasItsPhysicalTypeAndAnnotations) {
  struct Case {
    std::string_view type;
    PhysicalType physical;
    std::optional<std::int32_t> length;
    std::optional<ConvertedType> converted;
    std::optional<LogicalKind> logical;
  };

  const Case cases[] = {
      {"boolean", PhysicalType::boolean, {}, {}, {}},
      {"tinyint", PhysicalType::int32, {}, ConvertedType::int_8, LogicalKind::integer},
      {"smallint", PhysicalType::int32, {}, ConvertedType::int_16, LogicalKind::integer},
      {"int", PhysicalType::int32, {}, {}, {}},
      {"bigint", PhysicalType::int64, {}, {}, {}},
      {"float", PhysicalType::float32, {}, {}, {}},
      {"double", PhysicalType::float64, {}, {}, {}},
      {"string", PhysicalType::byte_array, {}, ConvertedType::utf8, LogicalKind::string},
      {"char(3)", PhysicalType::byte_array, {}, ConvertedType::utf8, LogicalKind::string},
      {"varchar(3)", PhysicalType::byte_array, {}, ConvertedType::utf8, LogicalKind::string},
      {"binary", PhysicalType::byte_array, {}, {}, {}},
      {"date", PhysicalType::int32, {}, ConvertedType::date, LogicalKind::date},
      {"timestamp",
       PhysicalType::int64,
       {},
       ConvertedType::timestamp_micros,
       LogicalKind::timestamp},
      {"decimal(9,2)", PhysicalType::int32, {}, ConvertedType::decimal, LogicalKind::decimal},
      {"decimal(18,2)", PhysicalType::int64, {}, ConvertedType::decimal, LogicalKind::decimal},
      {"decimal(19,2)",
       PhysicalType::fixed_len_byte_array,
       9,
       ConvertedType::decimal,
       LogicalKind::decimal},
      {"decimal(38,2)",
       PhysicalType::fixed_len_byte_array,
       16,
       ConvertedType::decimal,
       LogicalKind::decimal},
  };
  for (const Case& each : cases) {
    const std::vector<SchemaElement> elements =
        elements_of(schema_of("c " + std::string(each.type)));
    ASSERT_EQ(elements.size(), 2U);
    EXPECT_EQ(elements[0].name, "schema");
    EXPECT_EQ(elements[0].num_children, 1);
    EXPECT_EQ(elements[0].repetition, std::nullopt);
    const SchemaElement& leaf = elements[1];
    EXPECT_EQ(leaf.type, each.physical) << each.type;
    EXPECT_EQ(leaf.type_length, each.length) << each.type;
    EXPECT_EQ(leaf.converted_type, each.converted) << each.type;
    EXPECT_EQ(leaf.logical_type.has_value(), each.logical.has_value()) << each.type;
    if (each.logical) {
      EXPECT_EQ(leaf.logical_type->kind, *each.logical) << each.type;
    }
    EXPECT_EQ(leaf.repetition, Repetition::optional);
  }
  const SchemaElement timestamp = elements_of(schema_of("t timestamp"))[1];
  EXPECT_TRUE(timestamp.logical_type->is_adjusted_to_utc);
  EXPECT_EQ(timestamp.logical_type->unit, TimeUnit::micros);
}

TEST(Schema, ListsAndMapsHaveThreeLevels) {
  const std::vector<SchemaElement> elements = elements_of(schema_of("m map<string,array<int>>"));
  ASSERT_EQ(elements.size(), 7U);
  const std::string_view names[] = {"schema", "m", "key_value", "key", "value", "list", "element"};
  for (std::size_t i = 0; i < elements.size(); ++i) {
    EXPECT_EQ(elements[i].name, names[i]);
  }
  EXPECT_EQ(elements[1].converted_type, ConvertedType::map);
  EXPECT_EQ(elements[2].repetition, Repetition::repeated);
  EXPECT_EQ(elements[2].converted_type, std::nullopt);
  EXPECT_EQ(elements[3].repetition, Repetition::required);
  EXPECT_EQ(elements[4].logical_type->kind, LogicalKind::list);
}

TEST(Schema, HiveHasOtherNamesAndOlderMarks) {
  const std::vector<SchemaElement> elements =
      elements_of(schema_of("m map<string,array<int>>"), hive_physical());
  ASSERT_EQ(elements.size(), 7U);
  const std::string_view names[] = {
      "hive_schema", "m", "map", "key", "value", "bag", "array_element"};
  for (std::size_t i = 0; i < elements.size(); ++i) {
    EXPECT_EQ(elements[i].name, names[i]);
  }
  EXPECT_EQ(elements[1].converted_type, ConvertedType::map);
  EXPECT_EQ(elements[2].converted_type, ConvertedType::map_key_value);
  EXPECT_EQ(elements[2].logical_type.has_value(), false);
  EXPECT_EQ(elements[4].converted_type, ConvertedType::list);
  EXPECT_EQ(elements[5].converted_type, std::nullopt);
}

TEST(Schema, TimestampsAndDecimalsHaveTheirChosenForm) {
  struct Case {
    TimestampUnit unit;
    PhysicalType physical;
    std::optional<ConvertedType> converted;
    std::optional<TimeUnit> logical;
  };

  const Case cases[] = {
      {TimestampUnit::micros,
       PhysicalType::int64,
       ConvertedType::timestamp_micros,
       TimeUnit::micros},
      {TimestampUnit::millis,
       PhysicalType::int64,
       ConvertedType::timestamp_millis,
       TimeUnit::millis},
      {TimestampUnit::nanos, PhysicalType::int64, std::nullopt, TimeUnit::nanos},
      {TimestampUnit::int96, PhysicalType::int96, std::nullopt, std::nullopt},
  };
  for (const Case& each : cases) {
    const SchemaElement leaf = elements_of(schema_of("t timestamp"), {.timestamp = each.unit})[1];
    EXPECT_EQ(leaf.type, each.physical);
    EXPECT_EQ(leaf.type_length, std::nullopt);
    EXPECT_EQ(leaf.converted_type, each.converted);
    ASSERT_EQ(leaf.logical_type.has_value(), each.logical.has_value());
    if (each.logical) {
      EXPECT_EQ(leaf.logical_type->unit, *each.logical);
      EXPECT_TRUE(leaf.logical_type->is_adjusted_to_utc);
    }
  }
  const SchemaElement decimal =
      elements_of(schema_of("d decimal(9,2)"), {.decimals = DecimalForm::fixed})[1];
  EXPECT_EQ(decimal.type, PhysicalType::fixed_len_byte_array);
  EXPECT_EQ(decimal.type_length, 4);
  EXPECT_EQ(decimal.scale, 2);
}

// A member that is called like a level of ours keeps its name.
TEST(Schema, OnlyOurOwnLevelsAreRenamed) {
  const auto leaves = stored_leaves(schema_of("list array<struct<list:int,element:int>>"),
                                    {.lists = ListNames::hive});
  ASSERT_EQ(leaves.size(), 2U);
  EXPECT_EQ(leaves[0].path, (std::vector<std::string>{"list", "bag", "array_element", "list"}));
  EXPECT_EQ(leaves[1].path, (std::vector<std::string>{"list", "bag", "array_element", "element"}));
}

TEST(Schema, TheTreeHasTheLeavesOfTheColumns) {
  const columnar::Schema schema = schema_of(
      "a array<array<int>>, m map<string,struct<x:int,y:array<date>>>, s struct<t:struct<u:int>>");
  const Result<SchemaTree> tree = build_tree(elements_of(schema));
  ASSERT_TRUE(tree) << tree.error().message();
  const std::vector<columnar::Leaf> leaves = columnar::leaves_of(schema);
  ASSERT_EQ(tree->leaves.size(), leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_EQ(tree->leaves[i].path, leaves[i].path);
    EXPECT_EQ(tree->leaves[i].definition_max, leaves[i].definition_max);
    EXPECT_EQ(tree->leaves[i].repetition_max, leaves[i].repetition_max);
  }
  EXPECT_EQ(tree->depths[0], 0);
  EXPECT_EQ(tree->depths[1], 1);
  EXPECT_EQ(tree->depths[2], 2);
}

TEST(Schema, ADecimalTakesTheFewestBytesThatHoldIt) {
  for (std::int32_t precision = 1; precision <= 38; ++precision) {
    const std::int32_t bytes = decimal_bytes(precision);
    // 10^precision - 1 fits in `bytes`, and not in one less.
    __extension__ unsigned __int128 largest = 1;
    for (int i = 0; i < precision; ++i) {
      largest *= 10;
    }
    largest -= 1;
    EXPECT_EQ(largest >> (8 * bytes - 1), 0U) << precision;
    EXPECT_NE(largest >> (8 * (bytes - 1) - (bytes > 1 ? 1 : 0)), 0U) << precision;
  }
}

SchemaElement group(std::string name, std::int32_t children) {
  SchemaElement element;
  element.name = std::move(name);
  element.num_children = children;
  element.repetition = Repetition::optional;
  return element;
}

SchemaElement leaf(std::string name) {
  SchemaElement element;
  element.name = std::move(name);
  element.type = PhysicalType::int32;
  element.repetition = Repetition::required;
  return element;
}

TEST(Schema, WhatIsNoTreeIsRefused) {
  struct Case {
    std::vector<SchemaElement> elements;
    std::string_view complaint;
  };

  std::vector<Case> cases = {
      {{}, "ends before"},
      {{group("schema", 1)}, "ends before"},
      {{group("schema", 2), leaf("a")}, "ends before"},
      {{group("schema", 1), leaf("a"), leaf("b")}, "schema element 2 (\"b\") belongs to no group"},
      {{leaf("a")}, "is neither a leaf with a type nor a group"},
      {{group("schema", -1)}, "is neither a leaf with a type nor a group"},
      {{group("schema", 1'000'000'000), leaf("a")}, "ends before"},
  };
  SchemaElement typeless = leaf("a");
  typeless.type.reset();
  cases.push_back({{group("schema", 1), typeless}, "is neither a leaf with a type nor a group"});
  SchemaElement unrepeated = leaf("a");
  unrepeated.repetition.reset();
  cases.push_back({{group("schema", 1), unrepeated}, "has no repetition"});
  SchemaElement fixed = leaf("a");
  fixed.type = PhysicalType::fixed_len_byte_array;
  cases.push_back({{group("schema", 1), fixed}, "has a fixed length that makes no sense"});
  std::vector<SchemaElement> deep(1'000, group("g", 1));
  cases.push_back({deep, "is nested too deep"});
  for (const Case& each : cases) {
    const Result<SchemaTree> tree = build_tree(each.elements);
    ASSERT_FALSE(tree) << each.complaint;
    EXPECT_EQ(tree.error().fault(), Fault::corrupt);
    EXPECT_THAT(tree.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

TEST(Schema, AGroupWithoutChildrenHasNoLeaves) {
  const Result<SchemaTree> tree = build_tree({group("schema", 2), group("none", 0), leaf("a")});
  ASSERT_TRUE(tree) << tree.error().message();
  ASSERT_EQ(tree->leaves.size(), 1U);
  EXPECT_EQ(tree->leaves[0].path, std::vector<std::string>{"a"});
}

}  // namespace

}  // namespace sluice::parquet
