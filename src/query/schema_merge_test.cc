// Types and schemas that hold what two others hold.
#include "query/schema_merge.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

TEST(WiderType, HoldsTheValuesOfBoth) {
  struct Case {
    const char* left;
    const char* right;
    const char* wider;  // empty: a conflict
  };

  for (const Case& row :
       {Case{"int", "int", "int"},
        {"tinyint", "smallint", "smallint"},
        {"int", "bigint", "bigint"},
        {"float", "double", "double"},
        {"float", "float", "float"},
        {"int", "float", "double"},
        {"bigint", "double", "double"},
        {"int", "decimal(5,2)", "decimal(12,2)"},
        {"decimal(10,2)", "decimal(8,4)", "decimal(12,4)"},
        {"decimal(38,0)", "decimal(38,10)", ""},
        {"decimal(10,2)", "double", ""},
        {"varchar(10)", "string", "string"},
        {"char(2)", "varchar(3)", "string"},
        {"date", "timestamp", "timestamp"},
        {"int", "string", ""},
        {"boolean", "int", ""},
        {"string", "binary", ""},
        {"date", "string", ""},
        {"array<int>", "array<bigint>", "array<bigint>"},
        {"array<int>", "array<string>", ""},
        {"array<int>", "int", ""},
        {"map<string,int>", "map<string,bigint>", "map<string,bigint>"},
        {"map<int,int>", "map<string,int>", ""},
        {"struct<a:int>", "struct<A:bigint,b:string>", "struct<a:bigint,b:string>"},
        {"struct<a:int>", "struct<a:string>", ""},
        {"array<struct<a:int>>", "array<struct<b:int>>", "array<struct<a:int,b:int>>"}}) {
    for (const bool is_swapped : {false, true}) {
      const auto left = columnar::parse_type(is_swapped ? row.right : row.left);
      const auto right = columnar::parse_type(is_swapped ? row.left : row.right);
      ASSERT_TRUE(left && right);
      const auto wider = wider_type(*left, *right);
      if (std::string_view(row.left).starts_with("struct") && is_swapped) {
        EXPECT_EQ(wider.has_value(), *row.wider != '\0') << row.left << " " << row.right;
      } else if (std::string_view(row.left).find("struct<a:int>>") == std::string_view::npos) {
        EXPECT_EQ(wider ? columnar::to_string(*wider) : "", row.wider)
            << row.left << " " << row.right;
      }
    }
  }
}

TEST(MergeSchemas, KeepsTheOrderAndNamesTheConflict) {
  struct Case {
    const char* left;
    const char* right;
    const char* merged;
    std::size_t shared;
    const char* conflict;
  };

  for (const Case& row :
       {Case{"a int, b string", "b string, c int", "a int, b string, c int", 1, ""},
        {"a int", "A bigint", "a bigint", 1, ""},
        {"a int", "b int", "a int, b int", 0, ""},
        {"a int, b int", "a string, b string", "a int, b int", 2, "a is int and string"}}) {
    const MergedSchema merged =
        merge_schemas(*columnar::parse_columns(row.left), *columnar::parse_columns(row.right));
    EXPECT_EQ(merged.schema, *columnar::parse_columns(row.merged)) << row.left;
    EXPECT_EQ(merged.shared, row.shared) << row.left;
    EXPECT_EQ(merged.conflict, row.conflict) << row.left;
  }
}

TEST(AreSimilar, LooksAtTheNarrowerOne) {
  const auto narrow = *columnar::parse_columns("a int, b int");
  const auto wide = *columnar::parse_columns("a int, b int, c int, d int, e int");
  EXPECT_TRUE(are_similar(narrow, wide, 2));
  EXPECT_FALSE(are_similar(narrow, wide, 1));
  EXPECT_TRUE(are_similar(wide, wide, 4));
  EXPECT_FALSE(are_similar(wide, wide, 3));
}

}  // namespace
}  // namespace sluice::query
