// The figures of a session.
#include "heartrate/figures.h"

#include <algorithm>

namespace sluice::heartrate {
namespace {

using std::chrono::microseconds;

void take_rate(std::optional<RateFigures>& figures, std::int32_t rate, std::size_t index) {
  if (!figures) {
    figures = RateFigures{rate, rate, 0, index, index, 0};
  }
  if (rate < figures->min) {
    figures->min = rate;
    figures->min_at = index;
  }
  if (rate > figures->max) {
    figures->max = rate;
    figures->max_at = index;
  }
  figures->sum += rate;
  ++figures->beats;
}

void add_silence(Silences& silences, microseconds length) {
  ++silences.count;
  silences.total += length;
  silences.longest = std::max(silences.longest, length);
}

// The runs of records without contact; a pause ends none, but its time is not theirs.
Silences contact_losses_of(const std::vector<Beat>& beats, microseconds pause) {
  Silences losses;
  std::optional<microseconds> lost;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    if (beats[i].contact == false) {
      lost = lost.value_or(microseconds(0));
      const microseconds held =
          i + 1 < beats.size() ? beats[i + 1].time - beats[i].time : microseconds(0);
      *lost += held > pause ? microseconds(0) : held;
    } else if (lost) {
      add_silence(losses, *lost);
      lost.reset();
    }
  }
  if (lost) {
    add_silence(losses, *lost);
  }
  return losses;
}

}  // namespace

SessionFigures figures_of(const Session& session, const Zones& zones, microseconds pause) {
  SessionFigures figures;
  const std::vector<Beat>& beats = session.beats;
  figures.duration = session.end() - session.start();
  figures.records = beats.size();
  figures.zones.resize(zones.size());
  for (std::size_t i = 0; i < beats.size(); ++i) {
    const auto rate = beats[i].heart_rate;
    if (rate) {
      take_rate(figures.rate, *rate, i);
    }
    if (i + 1 == beats.size()) {
      break;
    }
    const microseconds held = beats[i + 1].time - beats[i].time;
    if (held > pause) {
      add_silence(figures.pauses, held);
    } else if (rate) {
      figures.zones[zones.zone_of(*rate)] += held;
    } else {
      figures.unrated += held;
    }
  }
  figures.contact_losses = contact_losses_of(beats, pause);
  figures.variability = variability_of(intervals_of(session));
  return figures;
}

}  // namespace sluice::heartrate
