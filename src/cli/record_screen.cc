#include "cli/record_screen.h"

#include "base/check.h"
#include "cli/quantity.h"
#include "cli/text_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sluice::cli {
namespace {

constexpr std::size_t number_width = 22;  // of three digits
constexpr std::size_t scatter_width = 22;
constexpr std::size_t scatter_height = 6;
constexpr std::size_t both_columns_from = 70;
constexpr std::array<Ink, 6> zone_inks = {
    Ink::dim, Ink::cyan, Ink::green, Ink::yellow, Ink::red, Ink::red};

std::string padded(std::string text, std::size_t width) {
  const std::size_t has = display_width(text);
  return has < width ? text + std::string(width - has, ' ') : text;
}

// Text of some width, and how it is to be painted.
struct Piece {
  std::string text;
  Ink ink = Ink::plain;
};

// Pieces one behind the other, cut at `width` before they are painted.  `width` becomes what is
// left.
std::string joined(const std::vector<Piece>& pieces, std::size_t& width, const Paint& paint) {
  std::string line;
  for (const Piece& piece : pieces) {
    if (width == 0) {
      break;
    }
    const std::string text = shorten(piece.text, width);
    width -= std::min(width, display_width(text));
    line += paint(piece.ink, text);
  }
  return line;
}

std::string line_of(const std::vector<Piece>& pieces, std::size_t width, const Paint& paint) {
  return joined(pieces, width, paint);
}

std::string column_of(const std::vector<Piece>& pieces, std::size_t width, const Paint& paint) {
  std::string line = joined(pieces, width, paint);
  return line + std::string(width, ' ');
}

Piece link_piece(const RecordView& view) {
  switch (view.link) {
    case LinkView::connected:
      return {"● connected", Ink::green};
    case LinkView::looking:
      return {"○ looking for it", Ink::yellow};
    case LinkView::lost:
      return {"○ lost: " + view.link_note, Ink::red};
  }
  return {};
}

std::string head_line(const RecordView& view, std::size_t width, const Paint& paint) {
  std::vector<Piece> pieces = {
      {view.device.empty() ? view.sensor : view.device, Ink::bold}, {"  "}, link_piece(view)};
  if (view.battery_percent) {
    pieces.push_back({fmt::format("  battery {} %", *view.battery_percent), Ink::dim});
  }
  if (view.contact == false) {
    pieces.push_back({"  no skin contact", Ink::yellow});
  }
  return line_of(pieces, width, paint);
}

std::string zone_text(const heartrate::Zones& zones, std::size_t zone) {
  const auto& bounds = zones.bounds();
  if (zone == 0) {
    return fmt::format("below zone 1, under {}", bounds.front());
  }
  if (zone == bounds.size()) {
    return fmt::format("zone {}, {} and more", zone, bounds.back());
  }
  return fmt::format("zone {}, {} to {}", zone, bounds[zone - 1], bounds[zone] - 1);
}

// Rate and, beside it, what it means.
std::vector<std::string> rate_lines(const RecordView& view,
                                    const BeatHistory& history,
                                    const heartrate::Zones& zones,
                                    std::size_t width,
                                    const Paint& paint) {
  const std::size_t zone =
      view.rate ? zones.zone_of(static_cast<std::int32_t>(*view.rate)) : std::size_t{0};
  const Ink ink = view.rate ? zone_inks[std::min(zone, zone_inks.size() - 1)] : Ink::dim;
  std::vector<Piece> beside(5);
  beside[0] = {"bpm", Ink::dim};
  if (view.rate) {
    beside[2] = {zone_text(zones, zone), ink};
  }
  if (const auto range = history.range()) {
    beside[4] = {fmt::format("{} to {} in 5 min", range->first, range->second), Ink::dim};
  }
  std::vector<std::string> lines;
  const auto number = block_number(view.rate);
  for (std::size_t row = 0; row < number.size(); ++row) {
    lines.push_back(
        column_of({{padded(number[row], number_width), ink}, {"  "}, beside[row]}, width, paint));
  }
  return lines;
}

std::vector<std::string> scatter_lines(const BeatHistory& history, const Paint& paint) {
  const auto pairs = history.interval_pairs();
  constexpr double step_ms = 100;
  double low = 600;
  double high = 1000;
  if (!pairs.empty()) {
    low = high = pairs.front().first;
    for (const auto& [before, after] : pairs) {
      low = std::min({low, before, after});
      high = std::max({high, before, after});
    }
    low = std::floor(low / step_ms) * step_ms;
    high = std::max(low + step_ms, std::ceil(high / step_ms) * step_ms);
  }
  std::vector<std::string> lines;
  lines.push_back(paint(
      Ink::dim,
      pairs.empty() ? padded("no RR intervals", scatter_width)
                    : padded(fmt::format("RR {:.0f} to {:.0f} ms", low, high), scatter_width)));
  for (const std::string& line : braille_scatter(pairs, low, high, scatter_width, scatter_height)) {
    lines.push_back(paint(Ink::cyan, line));
  }
  return lines;
}

std::string foot_line(const RecordView& view, std::size_t width, const Paint& paint) {
  std::vector<Piece> pieces;
  pieces.push_back({clock_text(view.elapsed), Ink::bold});
  if (view.duration) {
    pieces.push_back({" of " + clock_text(*view.duration), Ink::dim});
  }
  pieces.push_back({fmt::format("  {} recorded", human_count(view.beats))});
  pieces.push_back({fmt::format("  {} sent", human_count(view.sent)), Ink::green});
  pieces.push_back({fmt::format("  {} waiting", human_count(view.waiting)),
                    view.trouble.empty() ? Ink::dim : Ink::yellow});
  if (view.left_out > 0) {
    pieces.push_back({fmt::format("  {} left out", human_count(view.left_out)), Ink::yellow});
  }
  pieces.push_back({"  to " + view.stream, Ink::dim});
  return line_of(pieces, width, paint);
}

}  // namespace

void BeatHistory::add(const heartrate::Beat& beat) {
  if (beat.heart_rate) {
    rates_.emplace_back(beat.time, *beat.heart_rate);
  }
  while (!rates_.empty() && beat.time - rates_.front().first > span) {
    rates_.pop_front();
  }
  if (beat.resumed_after_s || beat.rr_ms.empty()) {
    last_interval_ms_.reset();
  }
  for (const double interval : beat.rr_ms) {
    if (last_interval_ms_) {
      pairs_.emplace_back(*last_interval_ms_, interval);
    }
    last_interval_ms_ = interval;
  }
  while (pairs_.size() > pairs_max) {
    pairs_.pop_front();
  }
}

std::vector<std::optional<double>> BeatHistory::means(heartrate::SampleTime now,
                                                      std::size_t columns) const {
  SLUICE_CHECK(columns > 0);
  std::vector<std::pair<double, int>> sums(columns);
  constexpr std::chrono::microseconds least = std::chrono::minutes(1);
  const std::chrono::microseconds all = rates_.empty() ? least : now - rates_.front().first;
  const auto shown = std::clamp(all, least, std::chrono::microseconds(span));
  const double part_us = static_cast<double>(shown.count()) / static_cast<double>(columns);
  for (const auto& [time, rate] : rates_) {
    const auto age = static_cast<double>((now - time).count()) / part_us;
    if (age >= 0 && age < static_cast<double>(columns)) {
      auto& [sum, count] = sums[columns - 1 - static_cast<std::size_t>(age)];
      sum += rate;
      ++count;
    }
  }
  std::vector<std::optional<double>> means;
  means.reserve(columns);
  for (const auto& [sum, count] : sums) {
    means.push_back(count > 0 ? std::optional(sum / count) : std::nullopt);
  }
  return means;
}

std::optional<std::pair<int, int>> BeatHistory::range() const {
  if (rates_.empty()) {
    return std::nullopt;
  }
  const auto [low, high] = std::ranges::minmax(
      rates_, {}, [](const std::pair<heartrate::SampleTime, int>& one) { return one.second; });
  return std::pair(low.second, high.second);
}

std::string clock_text(std::chrono::seconds time) {
  const auto seconds = time.count();
  const auto hours = seconds / 3600;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, seconds / 60 % 60, seconds % 60)
                   : fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::vector<std::string> record_screen(const RecordView& view,
                                       const BeatHistory& history,
                                       const heartrate::Zones& zones,
                                       std::size_t width,
                                       const Paint& paint) {
  width = std::clamp(width, screen_width_min, screen_width_max);
  const bool has_scatter = width >= both_columns_from;
  const std::size_t left = has_scatter ? width - scatter_width - 2 : width;
  std::vector<std::string> column;
  for (std::string& line : rate_lines(view, history, zones, left, paint)) {
    column.push_back(std::move(line));
  }
  column.emplace_back(left, ' ');
  column.push_back(paint(Ink::green, sparkline(history.means(view.now, left), left)));

  std::vector<std::string> lines;
  lines.push_back(head_line(view, width, paint));
  lines.emplace_back();
  const std::vector<std::string> scatter =
      has_scatter ? scatter_lines(history, paint) : std::vector<std::string>();
  for (std::size_t row = 0; row < column.size(); ++row) {
    lines.push_back(row < scatter.size() ? column[row] + "  " + scatter[row] : column[row]);
  }
  lines.emplace_back();
  lines.push_back(foot_line(view, width, paint));
  lines.push_back(view.trouble.empty() ? std::string()
                                       : line_of({{view.trouble, Ink::yellow}}, width, paint));
  return lines;
}

}  // namespace sluice::cli
