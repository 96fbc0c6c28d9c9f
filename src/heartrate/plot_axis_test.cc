// Tests of axes and ticks.
#include "heartrate/plot_axis.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h + 55min;

TEST(PlotAxis, PixelsMayGoDown) {
  const Axis axis{50, 150, 400, 200};
  EXPECT_DOUBLE_EQ(axis.pixel(50), 400);
  EXPECT_DOUBLE_EQ(axis.pixel(100), 300);
  EXPECT_DOUBLE_EQ(axis.pixel(150), 200);
}

TEST(PlotAxis, ValueTicksAreRoundAndNotTooMany) {
  EXPECT_EQ(value_ticks(60, 180, 9), (std::vector<double>{60, 80, 100, 120, 140, 160, 180}));
  EXPECT_EQ(value_ticks(0, 40, 9), (std::vector<double>{0, 5, 10, 15, 20, 25, 30, 35, 40}));
  EXPECT_EQ(value_ticks(350, 800, 4), (std::vector<double>{400, 600, 800}));
  for (int low = 0; low < 300; low += 7) {
    for (int span = 1; span < 3000; span += 13) {
      const std::size_t ticks = value_ticks(low, low + span, 6).size();
      EXPECT_LE(ticks, 6U) << low << " " << span;
      EXPECT_GE(ticks, 1U) << low << " " << span;
    }
  }
}

std::vector<std::string> labels(std::chrono::microseconds length) {
  std::vector<std::string> out;
  for (const TimeTick& tick : time_ticks(start, start + length, 6)) {
    out.push_back(tick.label);
  }
  return out;
}

TEST(PlotAxis, TimeTicksAreRoundTimes) {
  using Labels = std::vector<std::string>;
  EXPECT_EQ(labels(10s),
            (Labels{"15:55:00", "15:55:02", "15:55:04", "15:55:06", "15:55:08", "15:55:10"}));
  EXPECT_EQ(labels(15min), (Labels{"15:55", "16:00", "16:05", "16:10"}));
  EXPECT_EQ(labels(6h), (Labels{"16:00", "18:00", "20:00"}));
  EXPECT_EQ(labels(72h), (Labels{"14 Jul", "15 Jul", "16 Jul"}));
  EXPECT_EQ(labels(0s), Labels{"15:55:00"});
}

TEST(PlotAxis, TimeTicksLieWithinAndAreNeverTooMany) {
  for (auto length = 1s; length < std::chrono::seconds(400 * 24h); length = length * 3 / 2 + 1s) {
    const auto ticks = time_ticks(start + 17s, start + 17s + length, 10);
    EXPECT_LE(ticks.size(), 10U) << length.count();
    for (const TimeTick& tick : ticks) {
      EXPECT_GE(tick.time, start + 17s);
      EXPECT_LE(tick.time, start + 17s + length);
    }
  }
}

TEST(PlotAxis, DatesAreWritten) {
  EXPECT_EQ(date_text(start), "13 July 2025");
}

}  // namespace
}  // namespace sluice::heartrate
