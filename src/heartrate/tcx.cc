// Sessions as Training Center XML.
#include "heartrate/tcx.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace sluice::heartrate {
namespace {

constexpr std::int32_t rate_max = 255;

// What did not fit, over all sessions.
struct Misfits {
  std::uint64_t zeros = 0;
  std::uint64_t too_fast = 0;
  std::uint64_t intervals = 0;
};

std::string rate_element(std::string_view name, std::int32_t rate) {
  return fmt::format("<{0}><Value>{1}</Value></{0}>", name, rate);
}

// From the first count of energy to the last, in kilocalories.
std::int64_t calories_of(const Session& session) {
  constexpr double kj_a_kcal = 4.184;
  constexpr double calories_max = 65'535;
  std::optional<std::int32_t> first;
  std::int32_t last = 0;
  for (const Beat& beat : session.beats) {
    if (beat.energy_kj) {
      first = first.value_or(*beat.energy_kj);
      last = *beat.energy_kj;
    }
  }
  const double spent = first ? static_cast<double>(last) - *first : 0;
  return std::llround(std::clamp(spent / kj_a_kcal, 0.0, calories_max));
}

void append_trackpoint(Bytes& out, const Beat& beat, Misfits& misfits) {
  fmt::format_to(
      std::back_inserter(out), "          <Trackpoint><Time>{}Z</Time>", to_text(beat.time));
  misfits.intervals += beat.rr_ms.size();
  if (beat.heart_rate && *beat.heart_rate <= rate_max) {
    out += rate_element("HeartRateBpm", *beat.heart_rate);
    misfits.zeros += *beat.heart_rate == 0 ? 1 : 0;
  } else if (beat.heart_rate) {
    ++misfits.too_fast;
  }
  out += "</Trackpoint>\n";
}

void append_activity(Bytes& out, const SessionToExport& one, Misfits& misfits) {
  const std::string start = to_text(one.session->start()) + "Z";
  fmt::format_to(std::back_inserter(out),
                 "    <Activity Sport=\"Other\">\n"
                 "      <Id>{0}</Id>\n"
                 "      <Lap StartTime=\"{0}\">\n"
                 "        <TotalTimeSeconds>{1}</TotalTimeSeconds>\n"
                 "        <DistanceMeters>0</DistanceMeters>\n"
                 "        <Calories>{2}</Calories>\n",
                 start,
                 static_cast<double>(one.figures->duration.count()) / 1e6,
                 calories_of(*one.session));
  const auto& rate = one.figures->rate;
  if (rate && rate->max >= 1 && rate->max <= rate_max) {
    const auto mean = static_cast<std::int32_t>(std::lround(rate->mean()));
    out += "        " + rate_element("AverageHeartRateBpm", std::max(1, mean)) + "\n";
    out += "        " + rate_element("MaximumHeartRateBpm", rate->max) + "\n";
  }
  out +=
      "        <Intensity>Active</Intensity>\n"
      "        <TriggerMethod>Manual</TriggerMethod>\n"
      "        <Track>\n";
  for (const Beat& beat : one.session->beats) {
    append_trackpoint(out, beat, misfits);
  }
  out +=
      "        </Track>\n"
      "      </Lap>\n"
      "    </Activity>\n";
}

void add_remark(Exported& out, std::uint64_t count, std::string_view what) {
  if (count > 0) {
    out.remarks.push_back(fmt::format("{} {}", count, what));
  }
}

}  // namespace

Exported to_tcx(std::span<const SessionToExport> sessions) {
  Exported out;
  Misfits misfits;
  out.bytes =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<TrainingCenterDatabase"
      " xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\""
      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
      " xsi:schemaLocation=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
      " http://www.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd\">\n"
      "  <Activities>\n";
  for (const SessionToExport& one : sessions) {
    append_activity(out.bytes, one, misfits);
  }
  out.bytes +=
      "  </Activities>\n"
      "</TrainingCenterDatabase>\n";
  add_remark(out, misfits.intervals, "RR intervals are left out: TCX has no place for them");
  add_remark(out, misfits.zeros, "rates of 0 are written, though the schema of TCX begins at 1");
  add_remark(out, misfits.too_fast, "rates above 255 are left out: TCX has no place for them");
  return out;
}

}  // namespace sluice::heartrate
