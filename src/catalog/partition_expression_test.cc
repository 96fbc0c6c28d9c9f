// Which partitions an expression wants, and what it says when it is none.
#include "catalog/partition_expression.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

const std::vector<Column> keys = {{"year", "string", ""},
                                  {"Month", "int", ""},
                                  {"day", "date", ""},
                                  {"at", "timestamp", ""},
                                  {"amount", "decimal(10,2)", ""},
                                  {"weight", "double", ""}};

const std::vector<std::string> values = {
    "2025", "07", "2025-07-13", "2025-07-13 21:25:19", "12.50", "1.5"};

const std::vector<std::string> nulls = {"__HIVE_DEFAULT_PARTITION__",
                                        "__HIVE_DEFAULT_PARTITION__",
                                        "no date",
                                        "__HIVE_DEFAULT_PARTITION__",
                                        "__HIVE_DEFAULT_PARTITION__",
                                        ""};

bool matches(std::string_view text, const std::vector<std::string>& row) {
  const auto expression = PartitionExpression::parse(text, keys);
  EXPECT_TRUE(expression.has_value()) << text << ": " << expression.error().message();
  return expression && expression->matches(row);
}

TEST(PartitionExpression, HoldsForTheValuesItDescribes) {
  struct Case {
    const char* expression;
    bool holds;
  };

  for (const Case& row : {
           Case{"year = '2025'", true},
           {"YEAR='2025' and month=7", true},
           {"year = 2025", true},
           {"month = '7'", true},
           {"month <> 7", false},
           {"month != 8", true},
           {"month < 10", true},
           {"year < '3'", true},
           {"10 > month", true},
           {"'2024' >= year", false},
           {"7 <= Month", true},
           {"month >= 7.0", true},
           {"day = '2025-07-13'", true},
           {"day > DATE '2025-07-12'", true},
           {"at between '2025-07-13' and timestamp '2025-07-13 21:25:19'", true},
           {"at NOT BETWEEN '2025-07-13' AND '2025-07-14'", false},
           {"amount = 12.5", true},
           {"amount > 12.49 and amount < 12.51", true},
           {"year in ('2024', '2025')", true},
           {"year not in ('2024')", true},
           {"month in (1, 07)", true},
           {"year like '202_'", true},
           {"year not like '%5'", false},
           {"year is null", false},
           {"year is not null", true},
           {"not year = '2024'", true},
           {"not not year = '2025'", true},
           {"year = '2024' or month = 7 and day = '2025-07-13'", true},
           {"(year = '2024' or month = 7) and day = '2000-01-01'", false},
           {"year = '2024' and month = 1 or month = 7", true},
           {"((year = '2025'))", true},
           {"\"year\" = '2025' AND `month` = 7", true},
       }) {
    EXPECT_EQ(matches(row.expression, values), row.holds) << row.expression;
  }
}

TEST(PartitionExpression, KnowsNothingOfNulls) {
  struct Case {
    const char* expression;
    bool holds;
  };

  for (const Case& row : {Case{"year is null", true},
                          {"year is not null", false},
                          {"year = '2025'", false},
                          {"not year = '2025'", false},
                          {"year <> '2025'", false},
                          {"year not in ('2025')", false},
                          {"year not like '2%'", false},
                          {"year = '2025' or month is null", true},
                          {"year = '2025' and month is null", false},
                          {"not (year = '2025' and month is not null)", true},
                          {"not (year = '2025' or month is null)", false},
                          {"day is null", false},
                          {"day = '2025-07-13'", false},
                          {"not day = '2025-07-13'", false}}) {
    EXPECT_EQ(matches(row.expression, nulls), row.holds) << row.expression;
  }
}

TEST(PartitionExpression, SaysWhereAndWhatIsWrong) {
  struct Case {
    const char* expression;
    const char* message;
  };

  for (const Case& row :
       {Case{"", "position 1: a partition key is expected before the end"},
        {"year", "position 5: a comparison, IN, BETWEEN, LIKE or IS is expected before the end"},
        {"year =", "position 7: a literal is expected before the end"},
        {"year = month", "position 8: a literal is expected before month"},
        {"hour = 1",
         "position 1: hour is no partition key; there are year, Month, day, at, amount, weight"},
        {"weight = 1",
         "position 1: partition key weight has type double, which expressions cannot compare"},
        {"month = 'x'", "position 9: 'x' is no value of partition key Month, whose type is int"},
        {"day = '13.7.2025'",
         "position 7: '13.7.2025' is no value of partition key day, whose type is date"},
        {"(year = '1'", "position 12: ) is expected before the end"},
        {"year = '1')", "position 11: AND, OR or the end is expected before )"},
        {"year = '1' year = '2'", "position 12: AND, OR or the end is expected before year"},
        {"year in '1'", "position 9: ( is expected before '1'"},
        {"year in ()", "position 10: a literal is expected before )"},
        {"year between '1' or '2'", "position 18: AND is expected before or"},
        {"year not = '1'", "position 10: IN, BETWEEN or LIKE is expected before ="},
        {"year is '1'", "position 9: NULL is expected before '1'"},
        {"'1' in (year)",
         "position 5: a comparison, IN, BETWEEN, LIKE or IS is expected before in"},
        {"1 = 1", "position 5: a partition key is expected before 1"},
        {"year = '1' AND", "position 15: a partition key is expected before the end"}}) {
    const auto expression = PartitionExpression::parse(row.expression, keys);
    ASSERT_FALSE(expression.has_value()) << row.expression;
    EXPECT_EQ(expression.error().fault(), Fault::invalid);
    EXPECT_EQ(expression.error().message(), row.message) << row.expression;
  }
}

TEST(PartitionExpression, NestingIsBoundedAndLengthIsNot) {
  EXPECT_FALSE(PartitionExpression::parse(std::string(100'000, '('), keys).has_value());
  std::string nots;
  std::string list = "year in ('0'";
  for (int count = 0; count < 50'000; ++count) {
    nots += "not ";
    list += ",'1'";
  }
  EXPECT_FALSE(PartitionExpression::parse(nots + "year = '1'", keys).has_value());
  EXPECT_TRUE(PartitionExpression::parse(list + ")", keys).has_value());
}

}  // namespace
}  // namespace sluice::catalog
