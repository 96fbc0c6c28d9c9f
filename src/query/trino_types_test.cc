// Type names of both worlds.
#include "query/trino_types.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

std::string translated(std::string_view type) {
  const auto tokens = tokenize(type).value();
  const auto result = translate_type(type, tokens);
  return result ? *result : result.error().message();
}

TEST(TrinoTypes, are_translated) {
  struct Case {
    std::string_view trino;
    std::string_view duckdb;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"varchar", "VARCHAR"},
           {"VarChar(10)", "VARCHAR"},
           {"string", "VARCHAR"},
           {"double", "DOUBLE"},
           {"double precision", "DOUBLE"},
           {"real", "FLOAT"},
           {"decimal", "DECIMAL(38, 0)"},
           {"decimal(10,2)", "DECIMAL(10, 2)"},
           {"timestamp", "TIMESTAMP"},
           {"timestamp(6)", "TIMESTAMP"},
           {"timestamp(3) with time zone", "TIMESTAMP WITH TIME ZONE"},
           {"time without time zone", "TIME"},
           {"array(int)", "INTEGER[]"},
           {"array<array<bigint>>", "BIGINT[][]"},
           {"map(varchar, double)", "MAP(VARCHAR, DOUBLE)"},
           {"map<string,array<int>>", "MAP(VARCHAR, INTEGER[])"},
           {"row(a int, \"b c\" double precision)", "STRUCT(\"a\" INTEGER, \"b c\" DOUBLE)"},
           {"row(int, varchar(3))", "STRUCT(\"field0\" INTEGER, \"field1\" VARCHAR)"},
           {"row(double precision)", "STRUCT(\"field0\" DOUBLE)"},
           {"struct<a:int,b:string>", "STRUCT(\"a\" INTEGER, \"b\" VARCHAR)"},
           {"varbinary", "BLOB"},
       }) {
    EXPECT_EQ(translated(one.trino), one.duckdb) << one.trino;
  }
}

TEST(TrinoTypes, what_is_none_is_named_with_its_place) {
  EXPECT_EQ(translated("number"), "line 1:1: expected the name of a type here");
  EXPECT_EQ(translated("array(int"), "line 1:10: expected ')' here");
  EXPECT_EQ(translated("map(int)"), "line 1:8: expected ',' here");
  EXPECT_EQ(translated("int int"), "line 1:5: expected the end of the type here");
  EXPECT_EQ(translated("varchar(x)"), "line 1:9: expected a number here");
  EXPECT_EQ(translated(""), "line 1:1: expected the name of a type here");
}

}  // namespace
}  // namespace sluice::query
