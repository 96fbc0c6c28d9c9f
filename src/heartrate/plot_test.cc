// Tests of the picture of a session: that what the data has is there.  How it looks is for eyes.
#include "heartrate/plot.h"

#include "heartrate/export_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

Bytes plot_of(std::vector<Beat> beats) {
  const SessionForTest one(std::move(beats));
  return plot_session(one.session(), *one.view().figures, {Zones(), 30s});
}

bool has(const Bytes& svg, std::string_view text) {
  return svg.find(text) != Bytes::npos;
}

std::vector<Beat> a_minute() {
  std::vector<Beat> beats;
  for (int second = 0; second <= 60; ++second) {
    beats.push_back(beat_at(start + second * 1s, 90 + second));
  }
  return beats;
}

TEST(Plot, SaysDateTimesAndFigures) {
  const Bytes svg = plot_of(a_minute());
  for (const char* text : {"Heart rate on 13 July 2025",
                           "15:00:00 to 15:01:00 UTC",
                           "0:01:00",
                           "min 90",
                           "max 150",
                           "mean 120",
                           "Time in zones"}) {
    EXPECT_TRUE(has(svg, text)) << text;
  }
  EXPECT_FALSE(has(svg, "RR intervals"));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(Plot, APauseBreaksTheCurve) {
  std::vector<Beat> beats = a_minute();
  for (std::size_t i = 30; i < beats.size(); ++i) {
    beats[i].time += 20min;
  }
  const Bytes svg = plot_of(beats);
  EXPECT_TRUE(has(svg, ">pause<"));
  EXPECT_TRUE(has(svg, ">0:20:01<"));
  const std::size_t path = svg.find("<path d=\"");
  const std::string_view data = std::string_view(svg).substr(path, svg.find("fill", path) - path);
  EXPECT_EQ(std::ranges::count(data, 'M'), 2);
}

// Where a label stands, from the top.
double top_of(const Bytes& svg, const std::string& label) {
  const std::size_t end = svg.find(">" + label + "<");
  const std::size_t element = svg.rfind("<text", end);
  const std::size_t y = svg.find(" y=\"", element);
  EXPECT_LT(y, end) << label;
  return std::stod(svg.substr(y + 4));
}

TEST(Plot, NoRateIsBelowZeroAndNoLabelOnTheAxis) {
  constexpr double axis_at = 148 + 340;
  for (const std::int32_t lowest : {0, 3, 10, 41, 88, 89, 90}) {
    for (const std::int32_t highest : {91, 130, 250}) {
      std::vector<Beat> beats = a_minute();
      for (Beat& beat : beats) {
        beat.heart_rate = highest;
      }
      beats[30].heart_rate = lowest;
      const Bytes svg = plot_of(beats);
      EXPECT_FALSE(has(svg, ">-")) << lowest;
      const double label = top_of(svg, "min " + std::to_string(lowest));
      EXPECT_LT(label, axis_at - 2) << lowest << " to " << highest;
    }
  }
}

TEST(Plot, ALostContactIsAGapAndNoFall) {
  std::vector<Beat> beats = a_minute();
  for (std::size_t i = 20; i < 30; ++i) {
    beats[i].heart_rate = 0;
    beats[i].contact = false;
  }
  const auto sessions = split_sessions({beats}, 300s);
  const Bytes svg =
      plot_session(sessions[0], figures_of(sessions[0], Zones(), 30s), {Zones(), 30s});
  EXPECT_TRUE(has(svg, "min 90"));
  EXPECT_TRUE(has(svg, "without contact"));
  const std::size_t path = svg.find("<path d=\"");
  const std::string_view data = std::string_view(svg).substr(path, svg.find("fill", path) - path);
  EXPECT_EQ(std::ranges::count(data, 'M'), 2);
}

TEST(Plot, ASessionOfOneRecordHasNoZones) {
  EXPECT_FALSE(has(plot_of({beat_at(start, 60)}), "Time in zones"));
}

TEST(Plot, IntervalsHavePanelsOfTheirOwn) {
  std::vector<Beat> beats = a_minute();
  for (Beat& beat : beats) {
    beat.rr_ms = {500, 510};
  }
  beats[7].rr_ms = {500, 2000};
  const Bytes svg = plot_of(beats);
  EXPECT_TRUE(has(svg, "RR intervals, ms"));
  EXPECT_TRUE(has(svg, "1 beyond the axis"));
  EXPECT_TRUE(has(svg, ">Each interval against the one before<"));
  EXPECT_TRUE(has(svg, ">interval, ms<"));
  EXPECT_TRUE(has(svg, ">the one before, ms<"));
  EXPECT_TRUE(has(svg, "rMSSD"));
}

TEST(Plot, ALongSessionStaysSmall) {
  std::vector<Beat> beats;
  for (int second = 0; second < 200'000; ++second) {
    beats.push_back(beat_at(start + second * 1s, 90 + second % 60));
  }
  EXPECT_LT(plot_of(beats).size(), std::size_t{100'000});
}

TEST(Plot, OddSessionsArePictures) {
  std::vector<Beat> zeros = a_minute();
  for (Beat& beat : zeros) {
    beat.heart_rate = 0;
  }
  std::vector<Beat> unrated = a_minute();
  for (Beat& beat : unrated) {
    beat.heart_rate.reset();
  }
  std::vector<Beat> fast = {beat_at(start, 2'000'000'000), beat_at(start + 1us, 1)};
  fast[0].rr_ms = {0};
  fast[1].rr_ms = {2'000'000'000};
  fast[1].device_id = "<&\"";
  for (const std::vector<Beat>& beats : {zeros, unrated, fast, {beat_at(start, 60)}}) {
    const Bytes svg = plot_of(beats);
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
    EXPECT_FALSE(has(svg, "nan"));
    EXPECT_FALSE(has(svg, "inf"));
  }
  EXPECT_TRUE(has(plot_of(unrated), "no heart rate was recorded"));
}

}  // namespace
}  // namespace sluice::heartrate
