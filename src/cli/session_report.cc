// The figures of sessions as a table with charts, and as JSON.
#include "cli/session_report.h"

#include "cli/quantity.h"
#include "cli/table.h"
#include "heartrate/zone_shares.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace sluice::cli {
namespace {

using heartrate::clock_text;
using heartrate::SessionFigures;
using heartrate::Silences;
using std::chrono::microseconds;

// More have no charts.
constexpr std::size_t charts_max = 4;

constexpr std::size_t bar_columns = 32;
constexpr std::size_t device_columns = 24;

double seconds_of(microseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

// "2025-07-13 15:55:19"
std::string start_text(heartrate::SampleTime time) {
  std::string text = heartrate::to_text(std::chrono::floor<std::chrono::seconds>(time));
  std::ranges::replace(text, 'T', ' ');
  return text;
}

Ink zone_ink(std::size_t zone, std::size_t zones) {
  constexpr std::array inks = {Ink::plain, Ink::cyan, Ink::green, Ink::yellow, Ink::red};
  if (zone == 0) {
    return Ink::dim;
  }
  return zones <= 2 ? Ink::green : inks.at((zone - 1) * (inks.size() - 1) / (zones - 2));
}

std::string bar_of(double share) {
  const auto columns = static_cast<std::size_t>(std::lround(share * bar_columns));
  std::string bar;
  for (std::size_t i = 0; i < columns; ++i) {
    bar += "█";
  }
  return bar.empty() && share > 0 ? "▏" : bar;
}

std::string table_text(const Sessions& sessions, const Paint& paint) {
  const bool has_devices = std::ranges::any_of(
      sessions.chosen, [](const NumberedSession& one) { return !one.session.device_id.empty(); });
  Table table({{"#", Align::right},
               {"START (UTC)"},
               {"DURATION", Align::right},
               {"READINGS", Align::right},
               {"MIN", Align::right},
               {"MEAN", Align::right},
               {"MAX", Align::right},
               {has_devices ? "DEVICE" : ""}});
  for (const NumberedSession& one : sessions.chosen) {
    const auto& rate = one.figures.rate;
    table.add_row({std::to_string(one.number),
                   start_text(one.session.start()),
                   clock_text(one.figures.duration),
                   human_count(rate ? rate->beats : 0),
                   rate ? std::to_string(rate->min) : "-",
                   rate ? fmt::format("{:.1f}", rate->mean()) : "-",
                   rate ? std::to_string(rate->max) : "-",
                   shorten(printable(one.session.device_id), device_columns)});
  }
  return table.to_string(paint, 2);
}

// Empty when no rate held for any time, as of one record.
std::string chart_text(const SessionFigures& figures,
                       const heartrate::Zones& zones,
                       const Paint& paint) {
  const std::vector<heartrate::ZoneShare> shares = heartrate::zone_shares(figures);
  std::string out;
  for (std::size_t zone = shares.size(); zone-- > 0;) {
    const std::string line = fmt::format("    {:<8}{:<11}{:>8}  {:>4} %  ",
                                         zone == 0 ? "" : fmt::format("zone {}", zone),
                                         zones.range_text(zone),
                                         clock_text(shares[zone].time),
                                         shares[zone].percent);
    const std::string bar = bar_of(shares[zone].share);
    out += bar.empty() ? line.substr(0, line.find_last_not_of(' ') + 1)
                       : line + paint(zone_ink(zone, zones.size()), bar);
    out += '\n';
  }
  return out;
}

std::string optional_text(const std::optional<double>& value, std::string_view unit) {
  return value ? fmt::format("{:.1f} {}", *value, unit) : "-";
}

std::string silences_text(const Silences& silences) {
  return fmt::format("{}, {} in all, the longest {}",
                     silences.count,
                     clock_text(silences.total),
                     clock_text(silences.longest));
}

// What not every session has.
std::string remarks_text(const NumberedSession& one) {
  const SessionFigures& figures = one.figures;
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& text) {
    out += fmt::format("    {:<8}{}\n", name, text);
  };
  if (const auto& rr = figures.variability) {
    add("RR",
        fmt::format("{}, mean {:.1f} ms, rMSSD {}, SDNN {}, pNN50 {}",
                    counted(rr->intervals, "interval", "intervals"),
                    rr->mean_ms,
                    optional_text(rr->rmssd_ms, "ms"),
                    optional_text(rr->sdnn_ms, "ms"),
                    optional_text(rr->pnn50_percent, "%")));
  }
  if (figures.pauses.count > 0) {
    add("pauses", silences_text(figures.pauses));
  }
  if (figures.contact_losses.count > 0) {
    add("contact", "lost " + silences_text(figures.contact_losses));
  }
  const std::uint64_t beats = figures.rate ? figures.rate->beats : 0;
  if (figures.records > beats) {
    add("no rate",
        fmt::format("{}, {} in all",
                    counted(figures.records - beats, "record", "records"),
                    clock_text(figures.unrated)));
  }
  if (one.session.equal_stamps > 0 || one.session.backward_steps > 0) {
    add("stamps",
        fmt::format("{} equal to the one before, {} put in order",
                    one.session.equal_stamps,
                    one.session.backward_steps));
  }
  return out;
}

// JSON.

void optional_member(json::Writer& writer,
                     std::string_view name,
                     const std::optional<double>& value) {
  writer.key(name);
  if (value) {
    writer.value(*value);
  } else {
    writer.null();
  }
}

void silences_member(json::Writer& writer, std::string_view name, const Silences& silences) {
  writer.key(name);
  writer.begin_object();
  writer.member("count", silences.count);
  writer.member("total_s", seconds_of(silences.total));
  writer.member("longest_s", seconds_of(silences.longest));
  writer.end_object();
}

void rate_members(json::Writer& writer, const std::optional<heartrate::RateFigures>& rate) {
  writer.member("beats", rate ? rate->beats : 0);
  if (rate) {
    writer.member("min", rate->min);
    writer.member("mean", rate->mean());
    writer.member("max", rate->max);
    return;
  }
  for (const char* name : {"min", "mean", "max"}) {
    writer.key(name);
    writer.null();
  }
}

void variability_member(json::Writer& writer,
                        const std::optional<heartrate::Variability>& variability) {
  writer.key("rr");
  if (!variability) {
    writer.null();
    return;
  }
  writer.begin_object();
  writer.member("intervals", variability->intervals);
  writer.member("differences", variability->differences);
  writer.member("mean_ms", variability->mean_ms);
  optional_member(writer, "rmssd_ms", variability->rmssd_ms);
  optional_member(writer, "sdnn_ms", variability->sdnn_ms);
  optional_member(writer, "pnn50_percent", variability->pnn50_percent);
  writer.end_object();
}

void session_object(json::Writer& writer, const NumberedSession& one) {
  writer.begin_object();
  writer.member("session", one.number);
  writer.key("device_id");
  if (one.session.device_id.empty()) {
    writer.null();
  } else {
    writer.value(one.session.device_id);
  }
  writer.member("start", heartrate::to_text(one.session.start()));
  writer.member("end", heartrate::to_text(one.session.end()));
  writer.member("duration_s", seconds_of(one.figures.duration));
  writer.member("records", one.figures.records);
  rate_members(writer, one.figures.rate);
  writer.key("zones_s");
  writer.begin_array();
  for (const microseconds time : one.figures.zones) {
    writer.value(seconds_of(time));
  }
  writer.end_array();
  writer.member("unrated_s", seconds_of(one.figures.unrated));
  silences_member(writer, "pauses", one.figures.pauses);
  silences_member(writer, "contact_losses", one.figures.contact_losses);
  variability_member(writer, one.figures.variability);
  writer.member("equal_stamps", one.session.equal_stamps);
  writer.member("backward_steps", one.session.backward_steps);
  writer.end_object();
}

}  // namespace

std::string sessions_text(const Sessions& sessions,
                          const SessionSettings& settings,
                          const Paint& paint) {
  std::string out = table_text(sessions, paint);
  if (sessions.chosen.size() > charts_max) {
    return out + "\n" + paint(Ink::dim, "--session N shows one with its zones.") + "\n";
  }
  bool has_zones = false;
  for (const NumberedSession& one : sessions.chosen) {
    const std::string chart = chart_text(one.figures, settings.zones, paint);
    const std::string remarks = remarks_text(one);
    has_zones = has_zones || !chart.empty();
    if (!chart.empty() || !remarks.empty()) {
      out += fmt::format("\n  {}\n", paint(Ink::bold, fmt::format("Session {}", one.number)));
      out += chart + remarks;
    }
  }
  if (has_zones && !settings.are_zones_given) {
    out += "\n" + paint(Ink::dim, "Zones as for an age of 30; --age or --zones sets yours.") + "\n";
  }
  return out;
}

std::string sessions_json(const Sessions& sessions, const SessionSettings& settings) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.key("sessions");
  writer.begin_array();
  for (const NumberedSession& one : sessions.chosen) {
    session_object(writer, one);
  }
  writer.end_array();
  writer.key("zone_bounds");
  writer.begin_array();
  for (const std::int32_t bound : settings.zones.bounds()) {
    writer.value(bound);
  }
  writer.end_array();
  writer.key("left_out");
  writer.begin_array();
  for (const LeftOut& one : sessions.left_out) {
    writer.begin_object();
    writer.member("file", one.file);
    if (one.records > 0) {
      writer.member("records", one.records);
    }
    writer.member("why", one.why);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out + "\n";
}

}  // namespace sluice::cli
