// The heart rate over time.
#include "heartrate/plot_rate.h"

#include "heartrate/plot_style.h"
#include "heartrate/zone_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::heartrate {
namespace {

using std::chrono::microseconds;

constexpr double rates_span_min = 40;  // beats per minute, so that noise does not fill the panel

double seconds_since_epoch(SampleTime time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1e6;
}

Axis rate_axis(const RateFigures& rate, const Box& box) {
  constexpr double round_to = 10;
  // Room for the labels below the lowest and above the highest.  No rate is below 0: there the
  // label stands above the curve.
  const double span = static_cast<double>(rate.max) - rate.min;
  const double below = std::max(8.0, 0.09 * span);
  const double above = std::max(6.0, 0.06 * span);
  const double low = std::max(0.0, std::floor((rate.min - below) / round_to) * round_to);
  double high = std::ceil((rate.max + above) / round_to) * round_to;
  high = std::max(high, low + rates_span_min);
  return {low, high, box.bottom(), box.top};
}

// First, last, lowest and highest of the points of each pixel's column, in order of time.
std::vector<Point> thinned(const std::vector<Point>& run) {
  std::vector<Point> out;
  for (std::size_t first = 0; first < run.size();) {
    std::size_t end = first;
    std::size_t lowest = first;
    std::size_t highest = first;
    for (; end < run.size() && std::floor(run[end].x) == std::floor(run[first].x); ++end) {
      lowest = run[end].y > run[lowest].y ? end : lowest;
      highest = run[end].y < run[highest].y ? end : highest;
    }
    const auto [early, late] = std::minmax(lowest, highest);
    for (const std::size_t index : {first, early, late, end - 1}) {
      if (out.empty() || out.back() != run[index]) {
        out.push_back(run[index]);
      }
    }
    first = end;
  }
  return out;
}

// The curve, broken where nothing was measured.
std::vector<std::vector<Point>> runs_of(const Session& session,
                                        const Axis& times,
                                        const Axis& rates,
                                        microseconds pause) {
  std::vector<std::vector<Point>> runs(1);
  SampleTime before = session.start();
  for (const Beat& beat : session.beats) {
    const bool is_break = !beat.heart_rate || beat.time - before > pause;
    before = beat.time;
    if (is_break && !runs.back().empty()) {
      runs.emplace_back();
    }
    if (beat.heart_rate) {
      runs.back().push_back(
          {times.pixel(seconds_since_epoch(beat.time)), rates.pixel(*beat.heart_rate)});
    }
  }
  for (std::vector<Point>& run : runs) {
    run = thinned(run);
  }
  return runs;
}

void draw_bands(Svg& svg, const Zones& zones, const Axis& rates, const Box& box) {
  for (std::size_t zone = 0; zone < zones.size(); ++zone) {
    const double low =
        zone == 0 ? rates.low : std::max<double>(rates.low, zones.bounds()[zone - 1]);
    const double high = zone == zones.bounds().size()
                            ? rates.high
                            : std::min<double>(rates.high, zones.bounds()[zone]);
    if (low < high) {
      const double top = rates.pixel(high);
      svg.rect({box.left, top, box.width, rates.pixel(low) - top},
               zone_bands.at(zone_colour(zone, zones.size())));
    }
  }
}

void draw_rate_grid(Svg& svg, const Axis& rates, const Box& box) {
  constexpr std::size_t ticks_max = 9;
  for (const double tick : value_ticks(rates.low, rates.high, ticks_max)) {
    const double y = rates.pixel(tick);
    svg.line({box.left, y}, {box.right(), y}, grid_stroke);
    svg.text({box.left - 8, y + 4}, fmt::format("{:.0f}", tick), label_at(Anchor::end));
  }
  svg.text({box.left - 8, box.top - 14}, "bpm", label_at(Anchor::end));
}

void draw_pauses(
    Svg& svg, const Session& session, const Axis& times, microseconds pause, const Box& box) {
  constexpr double label_width = 58;
  for (std::size_t i = 1; i < session.beats.size(); ++i) {
    const SampleTime from = session.beats[i - 1].time;
    const SampleTime to = session.beats[i].time;
    if (to - from <= pause) {
      continue;
    }
    const double left = times.pixel(seconds_since_epoch(from));
    const double width = times.pixel(seconds_since_epoch(to)) - left;
    svg.rect({left, box.top, width, box.height}, "#ffffff");
    for (const double x : {left, left + width}) {
      svg.line({x, box.top}, {x, box.bottom()}, grid_stroke);
    }
    if (width >= label_width) {
      const double middle = left + width / 2;
      svg.text({middle, box.top + 18}, "pause", label_at(Anchor::middle));
      svg.text({middle, box.top + 32}, clock_text(to - from), label_at(Anchor::middle));
    }
  }
}

// A ring on the curve and what it is, kept within the panel and off the axis.
void draw_extreme(Svg& svg, Point at, const std::string& label, bool is_above, const Box& box) {
  constexpr double label_reach = 60;
  constexpr double label_below = 19;
  const bool has_room_below = at.y + label_below <= box.bottom() - 3;
  TextStyle style{
      .size = 12, .colour = ink_text, .anchor = Anchor::middle, .is_bold = true, .has_halo = true};
  if (at.x < box.left + label_reach) {
    style.anchor = Anchor::start;
  } else if (at.x > box.right() - label_reach) {
    style.anchor = Anchor::end;
  }
  svg.circle(at, 3.5, "#ffffff", {.colour = ink_rate, .width = 1.6, .dashes = {}, .opacity = 1});
  svg.text({at.x, is_above || !has_room_below ? at.y - 9 : at.y + label_below}, label, style);
}

void draw_mean(Svg& svg, double mean, const Axis& rates, const Box& box) {
  const double y = rates.pixel(mean);
  svg.line({box.left, y},
           {box.right(), y},
           {.colour = ink_text, .width = 1, .dashes = "5 4", .opacity = 0.75});
  svg.text(
      {box.right() - 6, y - 5},
      fmt::format("mean {:.0f}", mean),
      {.size = 12, .colour = ink_text, .anchor = Anchor::end, .is_bold = false, .has_halo = true});
}

}  // namespace

Axis time_axis(const Session& session, const Box& box) {
  const double start = seconds_since_epoch(session.start());
  const double end = std::max(seconds_since_epoch(session.end()), start + 1);
  return {start, end, box.left, box.right()};
}

void draw_time_axis(Svg& svg, const Session& session, const Box& box) {
  constexpr std::size_t ticks_max = 10;
  const Axis times = time_axis(session, box);
  for (const TimeTick& tick : time_ticks(session.start(), session.end(), ticks_max)) {
    const double x = times.pixel(seconds_since_epoch(tick.time));
    svg.line({x, box.bottom()}, {x, box.bottom() + 5}, grid_stroke);
    svg.text({x, box.bottom() + 19}, tick.label, label_at(Anchor::middle));
  }
  svg.line({box.left, box.bottom()},
           {box.right(), box.bottom()},
           {.colour = ink_soft, .width = 1, .dashes = {}, .opacity = 1});
}

void draw_rates(Svg& svg,
                const Session& session,
                const SessionFigures& figures,
                const PlotOptions& options,
                const Box& box) {
  if (!figures.rate) {
    draw_time_axis(svg, session, box);
    svg.text({box.left + box.width / 2, box.top + box.height / 2},
             "no heart rate was recorded",
             label_at(Anchor::middle));
    return;
  }
  const RateFigures& rate = *figures.rate;
  const Axis times = time_axis(session, box);
  const Axis rates = rate_axis(rate, box);
  draw_bands(svg, options.zones, rates, box);
  draw_rate_grid(svg, rates, box);
  draw_pauses(svg, session, times, options.pause, box);
  svg.runs(runs_of(session, times, rates, options.pause),
           {.colour = ink_rate, .width = 1.4, .dashes = {}, .opacity = 1});
  draw_time_axis(svg, session, box);
  draw_mean(svg, rate.mean(), rates, box);
  const auto point = [&](std::size_t index, std::int32_t bpm) {
    return Point{times.pixel(seconds_since_epoch(session.beats[index].time)), rates.pixel(bpm)};
  };
  draw_extreme(svg, point(rate.max_at, rate.max), fmt::format("max {}", rate.max), true, box);
  if (rate.min < rate.max) {
    draw_extreme(svg, point(rate.min_at, rate.min), fmt::format("min {}", rate.min), false, box);
  }
}

void draw_zone_list(Svg& svg, const SessionFigures& figures, const Zones& zones, const Box& box) {
  constexpr double row_height_max = 40;
  constexpr double bar_height = 5;
  constexpr double range_indent = 16;
  constexpr double share_width = 42;
  const std::vector<ZoneShare> shares = zone_shares(figures);
  if (shares.empty()) {
    return;
  }
  const double row_height =
      std::min(row_height_max, (box.height - 20) / static_cast<double>(zones.size()));
  svg.text({box.left, box.top + 4}, "Time in zones", heading_style);
  double y = box.top + 26;
  for (std::size_t zone = zones.size(); zone-- > 0; y += row_height) {
    svg.text({box.left, y}, zone == 0 ? "" : std::to_string(zone), label_style);
    svg.text({box.left + range_indent, y}, zones.range_text(zone), label_style);
    svg.text({box.right() - share_width, y}, clock_text(shares[zone].time), label_at(Anchor::end));
    svg.text({box.right(), y}, fmt::format("{} %", shares[zone].percent), label_at(Anchor::end));
    svg.rect({box.left, y + 5, box.width, bar_height}, "#f0f2f4");
    svg.rect({box.left, y + 5, box.width * shares[zone].share, bar_height},
             zone_bars.at(zone_colour(zone, zones.size())));
  }
}

}  // namespace sluice::heartrate
