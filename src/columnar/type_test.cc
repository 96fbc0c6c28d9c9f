// Hive's type grammar: what is read, how it is printed, what is refused and why.
#include "columnar/type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::columnar {

namespace {

struct Spelling {
  std::string_view text;
  std::string_view canonical;
};

TEST(TypeGrammar, EverySpellingIsReadAndPrintedCanonically) {
  const Spelling spellings[] = {
      {"boolean", "boolean"},
      {"tinyint", "tinyint"},
      {"smallint", "smallint"},
      {"int", "int"},
      {"INTEGER", "int"},
      {"bigint", "bigint"},
      {"float", "float"},
      {"real", "float"},
      {"double", "double"},
      {"Double  Precision", "double"},
      {"string", "string"},
      {"char(1)", "char(1)"},
      {"char ( 255 )", "char(255)"},
      {"varchar(65535)", "varchar(65535)"},
      {"binary", "binary"},
      {"date", "date"},
      {" timestamp ", "timestamp"},
      {"decimal", "decimal(10,0)"},
      {"decimal(5)", "decimal(5,0)"},
      {"DECIMAL( 38 , 38 )", "decimal(38,38)"},
      {"array<int>", "array<int>"},
      {"array < array < string > >", "array<array<string>>"},
      {"map<string,double precision>", "map<string,double>"},
      {"map<int,map<string,array<date>>>", "map<int,map<string,array<date>>>"},
      {"struct<a:int,B:struct<c:decimal(3,1)>>", "struct<a:int,B:struct<c:decimal(3,1)>>"},
      {"struct< `a b` : int, `c``d`:string >", "struct<`a b`:int,`c``d`:string>"},
      {"struct<int:int,array:array<int>>", "struct<int:int,array:array<int>>"},
      {"struct<x.y:int>", "struct<x.y:int>"},
  };
  for (const Spelling& spelling : spellings) {
    const Result<Type> type = parse_type(spelling.text);
    ASSERT_TRUE(type) << spelling.text << ": " << type.error().message();
    EXPECT_EQ(to_string(*type), spelling.canonical);
    const Result<Type> again = parse_type(to_string(*type));
    ASSERT_TRUE(again) << spelling.canonical;
    EXPECT_EQ(*again, *type);
  }
}

TEST(TypeGrammar, WhatIsWrongIsNamedWithItsPosition) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };

  const Case cases[] = {
      {"", "expected a type at position 1, found the end"},
      {"strin", "expected a type at position 1, found 'strin'"},
      {"int int", "expected the end of the type at position 5, found 'int'"},
      {"char", "expected '(' at position 5"},
      {"char(0)", "expected a length from 1 to 255 at position 6"},
      {"char(256)", "expected a length from 1 to 255"},
      {"varchar(65536)", "expected a length from 1 to 65535"},
      {"varchar(99999999999999999999)", "expected a length from 1 to 65535"},
      {"decimal(0)", "expected a precision from 1 to 38"},
      {"decimal(39,1)", "expected a precision from 1 to 38"},
      {"decimal(5,6)", "expected a scale from 0 to 5 at position 11"},
      {"decimal(5,", "expected a scale from 0 to 5 at position 11, found the end"},
      {"decimal(-1)", "expected a precision"},
      {"array", "expected '<' at position 6, found the end"},
      {"array<int", "expected '>' at position 10"},
      {"array<>", "expected a type at position 7"},
      {"map<string>", "expected ',' at position 11"},
      {"map<array<int>,int>", "a map key must be of a primitive type at position 5"},
      {"struct<>", "expected a field name at position 8"},
      {"struct<a int>", "expected ':' at position 10"},
      {"struct<a:int,A:int>", "the name \"A\" is used twice (case is ignored) at position 14"},
      {"struct<``:int>", "expected a field name at position 8"},
      {"struct<`a:int>", "expected '`' that ends the name"},
  };
  for (const Case& each : cases) {
    const Result<Type> type = parse_type(each.text);
    ASSERT_FALSE(type) << each.text;
    EXPECT_EQ(type.error().fault(), Fault::invalid);
    EXPECT_THAT(type.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

TEST(TypeGrammar, NestingIsBounded) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) {
      text += "array<";
    }
    text += "int";
    text.append(static_cast<std::size_t>(depth), '>');
    return text;
  };
  EXPECT_TRUE(parse_type(nested(64)));
  const Result<Type> too_deep = parse_type(nested(65));
  ASSERT_FALSE(too_deep);
  EXPECT_THAT(too_deep.error().message(), testing::HasSubstr("nesting deeper than 64"));
  EXPECT_FALSE(parse_type(nested(100'000)));
}

TEST(Columns, NamesAndTypesComeInPairs) {
  const Result<Schema> schema =
      parse_columns(" timestamp string , heart_rate int,`at rest` boolean\n, d decimal(4,2)");
  ASSERT_TRUE(schema) << schema.error().message();
  ASSERT_EQ(schema->columns.size(), 4U);
  EXPECT_EQ(schema->columns[0].name, "timestamp");
  EXPECT_EQ(schema->columns[0].type.kind, Kind::string);
  EXPECT_EQ(schema->columns[1].name, "heart_rate");
  EXPECT_EQ(schema->columns[1].type.kind, Kind::integer);
  EXPECT_EQ(schema->columns[2].name, "at rest");
  EXPECT_EQ(schema->columns[3].type.precision, 4);
  EXPECT_EQ(schema->columns[3].type.scale, 2);
}

TEST(Columns, NamesKeepTheirCaseAndMustDifferWithoutIt) {
  const Result<Schema> schema = parse_columns("HeartRate int");
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->columns[0].name, "HeartRate");
  const Result<Schema> twice = parse_columns("rate int, Rate bigint");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), testing::HasSubstr("\"Rate\" is used twice"));
}

TEST(Columns, RefusesWhatIsNotAColumnList) {
  for (std::string_view text :
       {"", " ", "a", "a int,", "a int;b int", ",", "a int b int", "a:int", "(a int)"}) {
    EXPECT_FALSE(parse_columns(text)) << text;
  }
}

}  // namespace

}  // namespace sluice::columnar
