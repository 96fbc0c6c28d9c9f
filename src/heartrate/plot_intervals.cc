// The intervals between beats.
#include "heartrate/plot_intervals.h"

#include "base/check.h"
#include "heartrate/plot_rate.h"
#include "heartrate/plot_style.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::heartrate {
namespace {

constexpr Stroke dot_stroke{.colour = ink_interval, .width = 2.4, .dashes = {}, .opacity = 0.75};

double within(double ms, const IntervalRange& range) {
  return std::clamp(ms, range.low_ms, range.high_ms);
}

}  // namespace

IntervalRange range_of(const std::vector<Interval>& intervals) {
  SLUICE_CHECK(!intervals.empty());
  std::vector<double> sorted;
  sorted.reserve(intervals.size());
  for (const Interval& interval : intervals) {
    sorted.push_back(interval.ms);
  }
  std::ranges::sort(sorted);
  // A few artefacts in a hundred must not squeeze the rest into a line.
  const std::size_t cut = sorted.size() / 100;
  const double low = sorted[cut];
  const double high = sorted[sorted.size() - 1 - cut];
  const double margin = std::max((high - low) * 0.2, 25.0);
  constexpr double round_to = 50;
  IntervalRange range;
  range.low_ms = std::max(0.0, std::floor((low - margin) / round_to) * round_to);
  range.high_ms = std::ceil((high + margin) / round_to) * round_to;
  range.beyond = static_cast<std::uint64_t>(std::ranges::count_if(
      sorted, [&range](double ms) { return ms < range.low_ms || ms > range.high_ms; }));
  return range;
}

void draw_tachogram(Svg& svg,
                    const Session& session,
                    const std::vector<Interval>& intervals,
                    const IntervalRange& range,
                    const Box& box) {
  constexpr std::size_t ticks_max = 6;
  const Axis times = time_axis(session, box);
  const Axis lengths{range.low_ms, range.high_ms, box.bottom(), box.top};
  for (const double tick : value_ticks(range.low_ms, range.high_ms, ticks_max)) {
    const double y = lengths.pixel(tick);
    svg.line({box.left, y}, {box.right(), y}, grid_stroke);
    svg.text({box.left - 8, y + 4}, fmt::format("{:.0f}", tick), label_at(Anchor::end));
  }
  std::vector<Point> points;
  points.reserve(intervals.size());
  for (const Interval& interval : intervals) {
    const double x =
        times.pixel(static_cast<double>(interval.end.time_since_epoch().count()) / 1e6);
    points.push_back({std::max(x, box.left), lengths.pixel(within(interval.ms, range))});
  }
  svg.dots(std::move(points), dot_stroke);
  draw_time_axis(svg, session, box);
  svg.text({box.left, box.top - 12}, "RR intervals, ms", heading_style);
  if (range.beyond > 0) {
    svg.text({box.right(), box.top - 12},
             fmt::format("{} beyond the axis, at its edge", range.beyond),
             label_at(Anchor::end));
  }
}

void draw_poincare(Svg& svg,
                   const std::vector<Interval>& intervals,
                   const IntervalRange& range,
                   const Box& box) {
  constexpr std::size_t ticks_max = 5;
  const Axis across{range.low_ms, range.high_ms, box.left, box.right()};
  const Axis up{range.low_ms, range.high_ms, box.bottom(), box.top};
  svg.text({box.left, box.top - 12}, "Each interval against the one before", heading_style);
  for (const double tick : value_ticks(range.low_ms, range.high_ms, ticks_max)) {
    svg.line({box.left, up.pixel(tick)}, {box.right(), up.pixel(tick)}, grid_stroke);
    svg.line({across.pixel(tick), box.top}, {across.pixel(tick), box.bottom()}, grid_stroke);
    svg.text(
        {box.left - 8, up.pixel(tick) + 4}, fmt::format("{:.0f}", tick), label_at(Anchor::end));
    svg.text({across.pixel(tick), box.bottom() + 19},
             fmt::format("{:.0f}", tick),
             label_at(Anchor::middle));
  }
  svg.line({box.left, box.bottom()},
           {box.right(), box.top},
           {.colour = ink_soft, .width = 1, .dashes = "5 4", .opacity = 0.75});
  std::vector<Point> points;
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    if (intervals[i].follows) {
      points.push_back({across.pixel(within(intervals[i - 1].ms, range)),
                        up.pixel(within(intervals[i].ms, range))});
    }
  }
  svg.dots(std::move(points), dot_stroke);
  // The corners far from the diagonal are empty but for artefacts.
  TextStyle name = label_at(Anchor::start);
  name.has_halo = true;
  svg.text({box.left + 6, box.top + 14}, "interval, ms", name);
  name.anchor = Anchor::end;
  svg.text({box.right() - 6, box.bottom() - 7}, "the one before, ms", name);
}

}  // namespace sluice::heartrate
