// A session as a picture: what stands where.
#include "heartrate/plot.h"

#include "heartrate/plot_intervals.h"
#include "heartrate/plot_rate.h"
#include "heartrate/plot_style.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice::heartrate {
namespace {

constexpr double width = 1200;
constexpr double margin_left = 60;
constexpr double margin_right = 28;
constexpr double column_width = 220;  // of what stands right of the time axes
constexpr double column_gap = 64;
constexpr double rates_top = 148;
constexpr double rates_height = 340;
constexpr double below_axis = 40;
constexpr double intervals_gap = 34;
constexpr double curve_width = width - margin_left - column_gap - column_width - margin_right;

constexpr Box rates_box{margin_left, rates_top, curve_width, rates_height};
constexpr Box zones_box{width - margin_right - column_width, rates_top, column_width, rates_height};
constexpr double intervals_top = rates_box.top + rates_box.height + below_axis + intervals_gap;
constexpr Box tachogram_box{margin_left, intervals_top, curve_width, column_width};
constexpr Box poincare_box{zones_box.left, intervals_top, column_width, column_width};

// A number and, small below it, what it is.
struct Tile {
  std::string value;
  std::string_view name;
};

std::string thousands(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) {
    text.insert(at - 3, ",");
  }
  return text;
}

std::vector<Tile> tiles_of(const SessionFigures& figures) {
  std::vector<Tile> tiles;
  tiles.push_back({clock_text(figures.duration), "duration"});
  tiles.push_back({thousands(figures.rate ? figures.rate->beats : 0), "readings"});
  if (const auto& rate = figures.rate) {
    tiles.push_back({fmt::format("{}", rate->min), "min"});
    tiles.push_back({fmt::format("{:.1f}", rate->mean()), "mean"});
    tiles.push_back({fmt::format("{}", rate->max), "max"});
  }
  if (figures.pauses.count > 0) {
    tiles.push_back(
        {clock_text(figures.pauses.total), figures.pauses.count == 1 ? "in a pause" : "in pauses"});
  }
  if (figures.contact_losses.count > 0) {
    tiles.push_back({clock_text(figures.contact_losses.total), "without contact"});
  }
  if (const auto& variability = figures.variability) {
    if (variability->rmssd_ms) {
      tiles.push_back({fmt::format("{:.1f} ms", *variability->rmssd_ms), "rMSSD"});
    }
    if (variability->sdnn_ms) {
      tiles.push_back({fmt::format("{:.1f} ms", *variability->sdnn_ms), "SDNN"});
    }
    if (variability->pnn50_percent) {
      tiles.push_back({fmt::format("{:.1f} %", *variability->pnn50_percent), "pNN50"});
    }
  }
  return tiles;
}

// "19:14:40 to 22:03:34 UTC, garmin-3121"
std::string subtitle_of(const Session& session) {
  const auto second = [](SampleTime time) {
    return to_text(std::chrono::floor<std::chrono::seconds>(time));
  };
  const std::string start = second(session.start());
  const std::string end = second(session.end());
  const std::size_t clock_at = start.find('T') + 1;
  const bool is_one_day = start.substr(0, clock_at) == end.substr(0, clock_at);
  std::string text = fmt::format("{} to {}{} UTC",
                                 start.substr(clock_at),
                                 is_one_day ? "" : fmt::format("{}, ", date_text(session.end())),
                                 end.substr(clock_at));
  return session.device_id.empty() ? text : fmt::format("{}, {}", text, session.device_id);
}

void draw_head(Svg& svg, const Session& session, const SessionFigures& figures) {
  svg.text({margin_left, 44},
           fmt::format("Heart rate on {}", date_text(session.start())),
           {.size = 22,
            .colour = ink_text,
            .anchor = Anchor::start,
            .is_bold = true,
            .has_halo = false});
  svg.text({margin_left, 64},
           subtitle_of(session),
           {.size = 13,
            .colour = ink_soft,
            .anchor = Anchor::start,
            .is_bold = false,
            .has_halo = false});
  constexpr double tile_width = 104;
  double x = margin_left;
  for (const Tile& tile : tiles_of(figures)) {
    svg.text({x, 98},
             tile.value,
             {.size = 17,
              .colour = ink_text,
              .anchor = Anchor::start,
              .is_bold = true,
              .has_halo = false});
    svg.text({x, 113}, tile.name, label_style);
    x += tile_width;
  }
}

}  // namespace

Bytes plot_session(const Session& session,
                   const SessionFigures& figures,
                   const PlotOptions& options) {
  const std::vector<Interval> intervals = intervals_of(session);
  const double height =
      intervals.empty() ? rates_box.bottom() + below_axis : tachogram_box.bottom() + below_axis;
  Svg svg(width, height, fmt::format("Heart rate, {}", to_text(session.start())));
  draw_head(svg, session, figures);
  draw_rates(svg, session, figures, options, rates_box);
  draw_zone_list(svg, figures, options.zones, zones_box);
  if (!intervals.empty()) {
    const IntervalRange range = range_of(intervals);
    draw_tachogram(svg, session, intervals, range, tachogram_box);
    draw_poincare(svg, intervals, range, poincare_box);
  }
  return std::move(svg).finish();
}

}  // namespace sluice::heartrate
