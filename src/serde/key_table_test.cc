#include "serde/key_table.h"

#include "json/tape.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

// What each column gets from `json`: raw text, or "-" for none, joined by blanks.
std::string matched(KeyTable& table, std::size_t columns, std::string_view json) {
  json::Tape tape;
  EXPECT_TRUE(tape.parse(json, json::Documents::one)) << json;
  EXPECT_TRUE(table.match(*tape.documents().begin()));
  std::string out;
  for (std::size_t column = 0; column < columns; ++column) {
    const json::View value = table.value(column);
    out += (column == 0 ? "" : " ") + std::string(value.exists() ? value.text() : "-");
  }
  return out;
}

TEST(KeyTable, MatchesWithoutRegardToCaseByDefault) {
  KeyTable table({});
  table.add_column("time", "time");
  table.add_column("Rate", "Rate");
  EXPECT_EQ(matched(table, 2, R"({"time":1,"rate":2})"), "1 2");
  EXPECT_EQ(matched(table, 2, R"({"TIME":1,"RaTe":2,"other":3})"), "1 2");
  EXPECT_EQ(matched(table, 2, R"({"rate":2})"), "- 2");
  EXPECT_EQ(matched(table, 2, "{}"), "- -");
  EXPECT_EQ(matched(table, 2, R"({"time":1,"Time":2,"TIME":3})"), "3 -");
}

TEST(KeyTable, MatchesAsWrittenWhenCaseCounts) {
  KeyTable table({.case_insensitive = false});
  table.add_column("time", "time");
  table.add_column("time2", "Time");
  EXPECT_EQ(matched(table, 2, R"({"time":1,"Time":2,"TIME":3})"), "1 2");
  EXPECT_EQ(matched(table, 2, R"({"time2":1})"), "- -");
}

TEST(KeyTable, TakesPositionsForNamesWhereAsked) {
  KeyTable table({.positional_names = true});
  table.add_column("a", "a");
  table.add_column("b", "b");
  EXPECT_EQ(matched(table, 2, R"({"_col1":1,"A":2})"), "2 1");
  EXPECT_EQ(matched(table, 2, R"({"b":1,"_col1":2,"_COL0":3,"_col":4})"), "- 2");
  json::Tape tape;
  for (const std::string_view key : {"_col2", "_col01", "_col99999999999"}) {
    const std::string text = "{\"a\":1,\"" + std::string(key) + "\":2}";
    for (int round = 0; round < 2; ++round) {
      ASSERT_TRUE(tape.parse(text));
      EXPECT_FALSE(table.match(*tape.documents().begin()));
      EXPECT_EQ(table.misplaced(), key);
    }
  }
  EXPECT_EQ(matched(table, 2, R"({"a":1})"), "1 -");
  KeyTable plain({});
  plain.add_column("a", "a");
  EXPECT_EQ(matched(plain, 1, R"({"_col0":1})"), "-");
}

TEST(KeyTable, AMappingReplacesTheName) {
  KeyTable table({});
  table.add_column("ts", "TimeStamp");
  table.add_column("also", "timestamp");
  EXPECT_EQ(matched(table, 2, R"({"timestamp":1,"ts":2})"), "1 1");
  EXPECT_EQ(matched(table, 2, R"({"ts":2})"), "- -");
}

TEST(KeyTable, DotsSpellUnderscoresWhereNothingElseMatches) {
  KeyTable table({.dots_to_underscores = true});
  table.add_column("a_b", "a_b");
  table.add_column("x_y_z", "x_y_z");
  table.add_column("m_n", "mapped");
  EXPECT_EQ(matched(table, 3, R"({"a.b":1,"A_B":2})"), "2 - -");
  EXPECT_EQ(matched(table, 3, R"({"A.B":1,"x.y_z":2,"x_y.z":3})"), "1 2 -");
  EXPECT_EQ(matched(table, 3, R"({"a.b":1,"A.B":2,"m.n":4})"), "2 - 4");
  EXPECT_EQ(matched(table, 3, R"({"a_b":null,"a.b":1,"mapped":5,"m.n":4})"), "null - 5");
  KeyTable plain({});
  plain.add_column("a_b", "a_b");
  EXPECT_EQ(matched(plain, 1, R"({"a.b":1})"), "-");
}

TEST(KeyTable, GuessesNeverOutweighTheKeys) {
  KeyTable table({});
  table.add_column("a", "a");
  table.add_column("b", "b");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(matched(table, 2, R"({"a":1,"b":2})"), "1 2");
    EXPECT_EQ(matched(table, 2, R"({"b":1,"a":2})"), "2 1");
    EXPECT_EQ(matched(table, 2, R"({"c":1,"a":2,"b":3})"), "2 3");
    EXPECT_EQ(matched(table, 2, "{\"" + std::string(1000, 'x') + "\":1,\"B\":2}"), "- 2");
    EXPECT_EQ(matched(table, 2, R"({"":1})"), "- -");
  }
}

TEST(KeyTable, TakesMoreMembersThanItRemembers) {
  KeyTable table({});
  table.add_column("last", "last");
  std::string json = "{";
  for (int index = 0; index < 10'000; ++index) {
    json += "\"k" + std::to_string(index) + "\":0,";
  }
  EXPECT_EQ(matched(table, 1, json + "\"last\":7}"), "7");
}

}  // namespace
}  // namespace sluice::serde
