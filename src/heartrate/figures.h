// The figures of a session: rates, time in zones, pauses, contact, variability.
//
// How time is shared out.  A record's rate holds until the next record.  When the next comes later
// than `pause` allows, all of the time between is a pause and belongs to no zone; a record without
// a rate leaves its time unrated.  So zones, unrated time and pauses add up to the duration, to the
// microsecond.  The last record holds for no time.
#pragma once

#include "heartrate/intervals.h"
#include "heartrate/session.h"
#include "heartrate/zones.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::heartrate {

struct RateFigures {
  std::int32_t min = 0;
  std::int32_t max = 0;
  std::int64_t sum = 0;
  std::size_t min_at = 0;  // index of the first record with that rate, as below
  std::size_t max_at = 0;
  std::uint64_t beats = 0;  // records with a rate; 0 is a rate

  double mean() const { return static_cast<double>(sum) / static_cast<double>(beats); }
};

struct Silences {
  std::uint64_t count = 0;
  std::chrono::microseconds total{0};
  std::chrono::microseconds longest{0};
};

struct SessionFigures {
  std::chrono::microseconds duration{0};  // from the first record to the last
  std::uint64_t records = 0;
  std::optional<RateFigures> rate;               // none without a record that has one
  std::vector<std::chrono::microseconds> zones;  // as many as Zones::size()
  std::chrono::microseconds unrated{0};
  Silences pauses;
  Silences contact_losses;  // runs of records whose sensor felt no skin; rates above 0 count
  std::optional<Variability> variability;
};

SessionFigures figures_of(const Session& session,
                          const Zones& zones,
                          std::chrono::microseconds pause);

}  // namespace sluice::heartrate
