// Tests of cli/record_screen.h.
#include "cli/record_screen.h"

#include "cli/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr heartrate::SampleTime start{std::chrono::seconds(1'752'441'919)};

heartrate::Beat beat(int second, int rate, std::vector<double> rr_ms = {}) {
  heartrate::Beat one;
  one.time = start + std::chrono::seconds(second);
  one.heart_rate = rate;
  one.rr_ms = std::move(rr_ms);
  return one;
}

RecordView connected() {
  RecordView view;
  view.sensor = "Strap";
  view.device = "Strap (AA:BB:CC:DD:EE:01), chest";
  view.link = LinkView::connected;
  view.battery_percent = 80;
  view.rate = 142;
  view.now = start + std::chrono::seconds(300);
  view.elapsed = std::chrono::seconds(300);
  view.duration = std::chrono::seconds(900);
  view.beats = 300;
  view.sent = 298;
  view.waiting = 2;
  view.stream = "hr";
  return view;
}

TEST(RecordScreen, ShowsRateZoneMinutesIntervalsAndWhereRecordsAre) {
  BeatHistory history;
  for (int second = 1; second <= 300; ++second) {
    const double rr = 420 + second % 7 * 10;
    history.add(beat(second, 80 + second / 5, {rr, rr + 5}));
  }
  const auto lines = record_screen(connected(), history, {}, 80, Paint(false));
  ASSERT_EQ(lines.size(), 12U);
  EXPECT_EQ(lines[0], "Strap (AA:BB:CC:DD:EE:01), chest  ● connected  battery 80 %");
  EXPECT_THAT(lines[2], HasSubstr("bpm"));
  EXPECT_THAT(lines[2], HasSubstr("RR 400 to 500 ms"));
  EXPECT_THAT(lines[4], HasSubstr("zone 3, 133 to 151"));
  EXPECT_THAT(lines[6], HasSubstr("80 to 140 in 5 min"));
  EXPECT_THAT(lines[8], testing::StartsWith("▁▁"));
  EXPECT_THAT(lines[8], HasSubstr("██"));
  EXPECT_EQ(lines[10], "5:00 of 15:00  300 recorded  298 sent  2 waiting  to hr");
}

TEST(RecordScreen, FitsAnyWidthAndKeepsItsHeight) {
  BeatHistory history;
  history.add(beat(1, 142, {420, 430}));
  RecordView view = connected();
  view.contact = false;
  view.left_out = 3;
  view.trouble = "records wait on disk: " + std::string(200, 'x');
  for (const LinkView link : {LinkView::connected, LinkView::looking, LinkView::lost}) {
    view.link = link;
    view.link_note = std::string(100, 'y');
    for (std::size_t width = screen_width_min; width <= screen_width_max + 20; ++width) {
      const auto lines = record_screen(view, history, {}, width, Paint(false));
      EXPECT_EQ(lines.size(), 12U);
      for (const std::string& line : lines) {
        EXPECT_LE(display_width(line), width) << line;
      }
    }
  }
}

TEST(RecordScreen, WithoutARateThereIsNoZone) {
  RecordView view = connected();
  view.rate.reset();
  for (const std::string& line : record_screen(view, BeatHistory(), {}, 80, Paint(false))) {
    EXPECT_EQ(line.find("zone"), std::string::npos) << line;
  }
}

TEST(BeatHistory, PairsNeighboursOnly) {
  BeatHistory history;
  history.add(beat(1, 80, {700, 710}));
  history.add(beat(2, 80, {720}));
  history.add(beat(3, 80));
  heartrate::Beat resumed = beat(9, 80, {800, 810});
  resumed.resumed_after_s = 6;
  history.add(resumed);
  EXPECT_THAT(
      history.interval_pairs(),
      ElementsAre(std::pair(700.0, 710.0), std::pair(710.0, 720.0), std::pair(800.0, 810.0)));
}

TEST(BeatHistory, HoldsTheLastMinutes) {
  BeatHistory history;
  history.add(beat(0, 200));
  history.add(beat(400, 60));
  history.add(beat(401, 70));
  EXPECT_EQ(history.range(), std::pair(60, 70));
  const auto means = history.means(start + std::chrono::seconds(402), 3);
  EXPECT_THAT(means, ElementsAre(std::nullopt, std::nullopt, std::optional(65.0)));
}

TEST(ClockText, ShowsHoursWhereThereAreAny) {
  EXPECT_EQ(clock_text(std::chrono::seconds(59)), "0:59");
  EXPECT_EQ(clock_text(std::chrono::seconds(904)), "15:04");
  EXPECT_EQ(clock_text(std::chrono::seconds(4504)), "1:15:04");
}

}  // namespace
}  // namespace sluice::cli
