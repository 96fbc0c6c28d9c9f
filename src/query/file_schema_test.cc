// Parquet schemas as Hive columns.
#include "query/file_schema.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using parquet::ConvertedType;
using parquet::LogicalKind;
using parquet::LogicalType;
using parquet::PhysicalType;
using parquet::Repetition;
using parquet::SchemaElement;

SchemaElement leaf(std::string name, PhysicalType type) {
  SchemaElement element;
  element.name = std::move(name);
  element.type = type;
  element.repetition = Repetition::optional;
  return element;
}

SchemaElement with(SchemaElement element, ConvertedType converted) {
  element.converted_type = converted;
  return element;
}

SchemaElement with(SchemaElement element, LogicalType logical) {
  element.logical_type = logical;
  return element;
}

LogicalType logical(LogicalKind kind) {
  LogicalType type;
  type.kind = kind;
  return type;
}

LogicalType logical_integer(std::int8_t bits, bool is_signed) {
  LogicalType type = logical(LogicalKind::integer);
  type.bit_width = bits;
  type.is_signed = is_signed;
  return type;
}

SchemaElement group(std::string name,
                    std::int32_t children,
                    Repetition repetition = Repetition::optional) {
  SchemaElement element;
  element.name = std::move(name);
  element.num_children = children;
  element.repetition = repetition;
  return element;
}

SchemaElement repeated(SchemaElement element) {
  element.repetition = Repetition::repeated;
  return element;
}

// The type of the one column that `elements` are.
std::string type_of(std::vector<SchemaElement> elements) {
  elements.insert(elements.begin(), group("schema", 1));
  auto tree = parquet::build_tree(std::move(elements));
  EXPECT_TRUE(tree.has_value()) << tree.error().message();
  const columnar::Schema schema = file_schema(*tree);
  EXPECT_EQ(schema.columns.size(), 1u);
  return columnar::to_string(schema.columns[0].type);
}

TEST(FileSchema, NamesEveryLeaf) {
  SchemaElement old_decimal = with(leaf("a", PhysicalType::int32), ConvertedType::decimal);
  old_decimal.precision = 9;
  old_decimal.scale = 2;
  LogicalType new_decimal = logical(LogicalKind::decimal);
  new_decimal.precision = 20;
  new_decimal.scale = 3;

  struct Case {
    SchemaElement element;
    const char* type;
  };

  for (const Case& row : std::vector<Case>{
           {leaf("a", PhysicalType::boolean), "boolean"},
           {leaf("a", PhysicalType::int32), "int"},
           {leaf("a", PhysicalType::int64), "bigint"},
           {leaf("a", PhysicalType::int96), "timestamp"},
           {leaf("a", PhysicalType::float32), "float"},
           {leaf("a", PhysicalType::float64), "double"},
           {leaf("a", PhysicalType::byte_array), "binary"},
           {leaf("a", PhysicalType::fixed_len_byte_array), "binary"},
           {with(leaf("a", PhysicalType::byte_array), ConvertedType::utf8), "string"},
           {with(leaf("a", PhysicalType::byte_array), ConvertedType::json), "string"},
           {with(leaf("a", PhysicalType::int32), ConvertedType::int_8), "tinyint"},
           {with(leaf("a", PhysicalType::int32), ConvertedType::uint_16), "int"},
           {with(leaf("a", PhysicalType::int32), ConvertedType::uint_32), "bigint"},
           {with(leaf("a", PhysicalType::int64), ConvertedType::uint_64), "decimal(20,0)"},
           {with(leaf("a", PhysicalType::int32), ConvertedType::date), "date"},
           {with(leaf("a", PhysicalType::int64), ConvertedType::timestamp_millis), "timestamp"},
           {with(leaf("a", PhysicalType::int32), ConvertedType::time_millis), "int"},
           {old_decimal, "decimal(9,2)"},
           {with(leaf("a", PhysicalType::byte_array), logical(LogicalKind::string)), "string"},
           {with(leaf("a", PhysicalType::int32), logical_integer(8, true)), "tinyint"},
           {with(leaf("a", PhysicalType::int32), logical_integer(16, false)), "int"},
           {with(leaf("a", PhysicalType::int64), logical_integer(64, true)), "bigint"},
           {with(leaf("a", PhysicalType::int64), logical(LogicalKind::time)), "bigint"},
           {with(leaf("a", PhysicalType::int64), logical(LogicalKind::timestamp)), "timestamp"},
           {with(leaf("a", PhysicalType::fixed_len_byte_array), new_decimal), "decimal(20,3)"},
           {with(leaf("a", PhysicalType::fixed_len_byte_array), logical(LogicalKind::uuid)),
            "string"},
           {with(leaf("a", PhysicalType::int32), logical(LogicalKind::null)), "string"},
           {repeated(leaf("a", PhysicalType::int32)), "array<int>"},
       }) {
    SchemaElement element = row.element;
    if (element.type == PhysicalType::fixed_len_byte_array) {
      element.type_length = 16;
    }
    EXPECT_EQ(type_of({element}), row.type);
  }
}

TEST(FileSchema, ReadsListsMapsAndGroupsInTheirForms) {
  const SchemaElement list = with(group("a", 1), ConvertedType::list);
  const SchemaElement new_list = with(group("a", 1), logical(LogicalKind::list));
  const SchemaElement map = with(group("a", 1), logical(LogicalKind::map));
  const SchemaElement number = leaf("element", PhysicalType::int32);
  const SchemaElement text = with(leaf("key", PhysicalType::byte_array), ConvertedType::utf8);

  struct Case {
    std::vector<SchemaElement> elements;
    const char* type;
  };

  for (const Case& row : std::vector<Case>{
           {{list, repeated(group("list", 1)), number}, "array<int>"},
           {{new_list, repeated(group("bag", 1)), number}, "array<int>"},
           {{list, repeated(leaf("element", PhysicalType::int32))}, "array<int>"},
           {{list, repeated(group("element", 2)), number, text},
            "array<struct<element:int,key:string>>"},
           {{list, repeated(group("array", 1)), number}, "array<struct<element:int>>"},
           {{list, repeated(group("a_tuple", 1)), number}, "array<struct<element:int>>"},
           {{list, repeated(group("list", 1)), list, repeated(group("list", 1)), number},
            "array<array<int>>"},
           {{map, repeated(group("key_value", 2)), text, number}, "map<string,int>"},
           {{with(group("a", 1), ConvertedType::map_key_value),
             repeated(group("map", 2)),
             text,
             number},
            "map<string,int>"},
           {{group("a", 2), number, text}, "struct<element:int,key:string>"},
           {{repeated(group("a", 1)), number}, "array<struct<element:int>>"},
           {{group("a", 1), repeated(leaf("b", PhysicalType::int32))}, "struct<b:array<int>>"},
       }) {
    EXPECT_EQ(type_of(row.elements), row.type);
  }
}

TEST(FileSchema, LowersTheNamesOfColumns) {
  auto tree = parquet::build_tree({group("schema", 2),
                                   leaf("Heart_Rate", PhysicalType::int32),
                                   leaf("timestamp", PhysicalType::int64)});
  ASSERT_TRUE(tree.has_value());
  const columnar::Schema schema = file_schema(*tree);
  EXPECT_EQ(schema.columns[0].name, "heart_rate");
  EXPECT_EQ(schema.columns[1].name, "timestamp");
}

TEST(FileSchema, IsTheSchemaThatWeWrite) {
  const auto written = *columnar::parse_columns(
      "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, i binary, "
      "j date, k timestamp, l decimal(10,2), m array<int>, n map<string,array<bigint>>, "
      "o struct<p:int,q:array<struct<r:string>>>");
  auto tree = parquet::build_tree(parquet::elements_of(written));
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(file_schema(*tree), written);
}

}  // namespace
}  // namespace sluice::query
