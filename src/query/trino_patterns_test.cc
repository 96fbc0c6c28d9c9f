// Each letter of the two pattern languages.
#include "query/trino_patterns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

TEST(TrinoPatterns, every_letter_of_mysql_that_the_documentation_lists) {
  struct Case {
    std::string_view mysql;
    std::string_view duckdb;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"%a", "%a"},  {"%b", "%b"},       {"%c", "%-m"},         {"%d", "%d"},
           {"%e", "%-d"}, {"%f", "%f"},       {"%H", "%H"},          {"%h", "%I"},
           {"%I", "%I"},  {"%i", "%M"},       {"%j", "%j"},          {"%k", "%-H"},
           {"%l", "%-I"}, {"%M", "%B"},       {"%m", "%m"},          {"%p", "%p"},
           {"%S", "%S"},  {"%s", "%S"},       {"%v", "%V"},          {"%W", "%A"},
           {"%x", "%G"},  {"%Y", "%Y"},       {"%y", "%y"},          {"%%", "%%"},
           {"%n", "n"},   {"%T", "%H:%M:%S"}, {"%r", "%I:%M:%S %p"}, {"%Y-%m-%dT", "%Y-%m-%dT"}}) {
    EXPECT_EQ(mysql_time_format(one.mysql).value(), one.duckdb) << one.mysql;
  }
  for (const char* refused : {"%D", "%U", "%u", "%V", "%w", "%X", "%"}) {
    EXPECT_EQ(mysql_time_format(refused).error().fault(), Fault::invalid) << refused;
  }
}

TEST(TrinoPatterns, joda_patterns_that_read) {
  struct Case {
    std::string_view joda;
    std::string_view format;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "%Y-%m-%dT%H:%M:%S.%f"},
           {"H:m:s.SSS", "%-H:%-M:%-S.%g"},
           {"yyyyMMddHHmmssSSSSSSSSS", "%Y%m%d%H%M%S%n"},
           {"EEE, d MMM yyyy hh:mm a", "%a, %-d %b %Y %I:%M %p"},
           {"EEEE MMMM yy D DDD", "%A %B %y %-j %j"},
           {"100%", "100%%"},
           {"ZZZ", "%Z"},
       }) {
    EXPECT_THAT(joda_parse_expression(one.joda, "x").value(),
                testing::StartsWith("CAST(strptime(x, '" + std::string(one.format) + "')"))
        << one.joda;
  }
  EXPECT_EQ(joda_parse_expression("ssZ", "x").value(),
            "CAST(strptime(regexp_replace(x, 'Z$', '+0000'), '%S%z') AS TIMESTAMP WITH TIME ZONE)");
  for (const char* refused : {"", "'open", "T", "yyyy-MM-ddTHH", "z", "ddd", "SSSSSSSSSS", "K"}) {
    EXPECT_EQ(joda_parse_expression(refused, "x").error().fault(), Fault::invalid) << refused;
  }
}

TEST(TrinoPatterns, joda_patterns_that_write) {
  EXPECT_EQ(joda_format_expression("yyyy-MM-dd HH:mm:ss.SSS", "x").value(),
            "strftime(CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')");
  EXPECT_EQ(joda_format_expression("ss.S", "x").value(),
            "(strftime(CAST(x AS TIMESTAMP), '%S.') || substr(strftime(CAST(x AS TIMESTAMP), "
            "'%n'), 1, 1))");
  EXPECT_THAT(joda_format_expression("ZZ", "x").value(), testing::HasSubstr("THEN '+00:00' ELSE"));
  EXPECT_THAT(joda_format_expression("k", "x").value(), testing::HasSubstr("hour(x) + 23"));
  EXPECT_THAT(joda_format_expression("yyyy-MM-ddTHH", "x").error().message(),
              testing::HasSubstr("has T, which is not possible here; text stands in quotes"));
}

}  // namespace
}  // namespace sluice::query
