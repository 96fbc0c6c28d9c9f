// Tests of cli/table.h.
#include "cli/table.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"NAME"}, {"ROWS", Align::right}, {"NOTE"}});
  table.add_row({"a", "5", ""});
  table.add_row({"heart_rate", "12345", "x"});
  EXPECT_EQ(table.to_string(Paint(false), 2),
            "  NAME         ROWS  NOTE\n"
            "  a               5\n"
            "  heart_rate  12345  x\n");
}

TEST(Table, AlignmentCountsCharactersNotBytes) {
  Table table({{"A"}, {"B"}});
  table.add_row({"é–", "1"});
  table.add_row({"abc", "2"});
  EXPECT_EQ(table.to_string(Paint(false), 0), "A    B\né–   1\nabc  2\n");
}

TEST(Table, OnlyTheTitlesAreDimmed) {
  Table table({{"A"}});
  table.add_row({"x"});
  EXPECT_EQ(table.to_string(Paint(true), 0), "\033[2mA\033[0m\nx\n");
}

}  // namespace
}  // namespace sluice::cli
