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

TEST(Plot, IntervalsHavePanelsOfTheirOwn) {
  std::vector<Beat> beats = a_minute();
  for (Beat& beat : beats) {
    beat.rr_ms = {500, 510};
  }
  beats[7].rr_ms = {500, 2000};
  const Bytes svg = plot_of(beats);
  EXPECT_TRUE(has(svg, "RR intervals, ms"));
  EXPECT_TRUE(has(svg, "1 beyond the axis"));
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
