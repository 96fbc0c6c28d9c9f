// Tests of cli/text_chart.h.
#include "cli/text_chart.h"

#include "cli/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using testing::ElementsAre;

TEST(BlockNumber, DrawsDigits) {
  EXPECT_THAT(block_number(172),
              ElementsAre("  ██    ██████  ██████",
                          "████        ██      ██",
                          "  ██        ██  ██████",
                          "  ██        ██  ██    ",
                          "██████      ██  ██████"));
  EXPECT_THAT(block_number(std::nullopt)[2], "██████  ██████");
}

TEST(BlockNumber, AllLinesAreEquallyWide) {
  for (int number = 0; number < 300; ++number) {
    for (const std::string& line : block_number(number)) {
      EXPECT_EQ(display_width(line), std::to_string(number).size() * 8 - 2) << number;
    }
  }
}

TEST(Sparkline, ReachesFromTheLowestToTheHighest) {
  const std::optional<double> values[] = {60, 74, 88, {}, 67};
  EXPECT_EQ(sparkline(values, 5), "▁▅█ ▃");
  EXPECT_EQ(sparkline(values, 7), "  ▁▅█ ▃");
  EXPECT_EQ(sparkline(values, 2), " ▁");
  EXPECT_EQ(sparkline({}, 3), "   ");
}

TEST(BrailleScatter, PutsLowValuesBelowOnTheLeft) {
  const std::pair<double, double> corners[] = {{0, 0}, {10, 10}, {11, 5}, {5, -1}};
  EXPECT_THAT(braille_scatter(corners, 0, 10, 2, 2), ElementsAre("⠀⠈", "⡀⠀"));
  const std::pair<double, double> others[] = {{0, 10}, {10, 0}};
  EXPECT_THAT(braille_scatter(others, 0, 10, 2, 2), ElementsAre("⠁⠀", "⠀⢀"));
}

}  // namespace
}  // namespace sluice::cli
