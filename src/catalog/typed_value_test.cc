// Partition values compared as their types compare.
#include "catalog/typed_value.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

TEST(KeyKind, IsThatOfGluesTypes) {
  struct Case {
    const char* type;
    std::optional<KeyKind> kind;
  };

  for (const Case& row : {Case{"string", KeyKind::text},
                          {"VARCHAR(10)", KeyKind::text},
                          {"char(2)", KeyKind::text},
                          {"tinyint", KeyKind::number},
                          {"Long", KeyKind::number},
                          {"decimal(10, 2)", KeyKind::number},
                          {"decimal", KeyKind::number},
                          {"date", KeyKind::date},
                          {"timestamp", KeyKind::timestamp},
                          {"double", std::nullopt},
                          {"boolean", std::nullopt},
                          {"array<int>", std::nullopt},
                          {"", std::nullopt}}) {
    EXPECT_EQ(key_kind(row.type), row.kind) << row.type;
  }
}

TEST(TypedValue, OrdersValuesOfEachKind) {
  struct Case {
    KeyKind kind;
    const char* left;
    const char* right;
    int order;
  };

  for (const Case& row :
       {Case{KeyKind::text, "07", "7", -1},
        {KeyKind::text, "10", "9", -1},
        {KeyKind::text, "b", "aa", 1},
        {KeyKind::number, "07", "7", 0},
        {KeyKind::number, "10", "9", 1},
        {KeyKind::number, "-10", "-9", -1},
        {KeyKind::number, "-1", "1", -1},
        {KeyKind::number, "-0", "0", 0},
        {KeyKind::number, "+5", "5.00", 0},
        {KeyKind::number, "0.10", ".1", 0},
        {KeyKind::number, "1.09", "1.1", -1},
        {KeyKind::number, "-1.09", "-1.1", 1},
        {KeyKind::number, "99999999999999999999999998", "99999999999999999999999999", -1},
        {KeyKind::date, "2025-07-13", "2025-10-01", -1},
        {KeyKind::date, "2024-02-29", "2024-02-29", 0},
        {KeyKind::timestamp, "2025-07-13", "2025-07-13 00:00:00", 0},
        {KeyKind::timestamp, "2025-07-13T21:25", "2025-07-13 21:25:00.000", 0},
        {KeyKind::timestamp, "2025-07-13 21:25:19.5", "2025-07-13 21:25:19.49", 1}}) {
    const auto left = TypedValue::read(row.kind, row.left);
    const auto right = TypedValue::read(row.kind, row.right);
    ASSERT_TRUE(left && right) << row.left << " " << row.right;
    EXPECT_EQ(*left < *right, row.order < 0) << row.left << " " << row.right;
    EXPECT_EQ(*left == *right, row.order == 0) << row.left << " " << row.right;
    EXPECT_EQ(*left > *right, row.order > 0) << row.left << " " << row.right;
  }
}

TEST(TypedValue, RefusesWhatIsNoneOfItsKind) {
  struct Case {
    KeyKind kind;
    const char* text;
  };

  for (const Case& row : {Case{KeyKind::number, ""},
                          {KeyKind::number, "-"},
                          {KeyKind::number, "."},
                          {KeyKind::number, "1e5"},
                          {KeyKind::number, "1.2.3"},
                          {KeyKind::number, "x"},
                          {KeyKind::date, "2025-7-1"},
                          {KeyKind::date, "2025-02-29"},
                          {KeyKind::date, "2025-13-01"},
                          {KeyKind::date, "2025-00-01"},
                          {KeyKind::date, "2025-01-00"},
                          {KeyKind::date, ""},
                          {KeyKind::timestamp, "2025-07-13 "},
                          {KeyKind::timestamp, "2025-07-13 24:00"},
                          {KeyKind::timestamp, "2025-07-13 21:25:60"},
                          {KeyKind::timestamp, "2025-07-13 21:25:19."},
                          {KeyKind::timestamp, "2025-07-13 21:25:19.1234567890"},
                          {KeyKind::timestamp, "21:25"}}) {
    EXPECT_FALSE(TypedValue::read(row.kind, row.text)) << row.text;
  }
}

TEST(IsLike, MatchesAsSqlDoes) {
  struct Case {
    const char* text;
    const char* pattern;
    bool matches;
  };

  for (const Case& row : {Case{"session_21", "session%", true},
                          {"session_21", "%21", true},
                          {"session_21", "%sion%2%", true},
                          {"session_21", "session_2", false},
                          {"é", "_", true},
                          {"aé", "a__", false},
                          {"", "", true},
                          {"", "%", true},
                          {"", "_", false},
                          {"abc", "a%b", false},
                          {"aXbXb", "a%b", true},
                          {"a.c", "a.c", true},
                          {"abc", "a.c", false},
                          {"ABC", "abc", false}}) {
    EXPECT_EQ(is_like(row.text, row.pattern), row.matches) << row.text << " LIKE " << row.pattern;
  }
}

}  // namespace
}  // namespace sluice::catalog
