// For tests of exports: a session with everything in it.
#pragma once

#include "heartrate/exported.h"

#include <utility>
#include <vector>

namespace sluice::heartrate {

// Owns what a SessionToExport borrows.
class SessionForTest {
 public:
  explicit SessionForTest(std::vector<Beat> beats, std::size_t number = 1)
      : session_{beats.front().device_id, std::move(beats), 0, 0},
        figures_(figures_of(session_, Zones(), std::chrono::seconds(30))),
        number_(number) {}

  SessionForTest(const SessionForTest&) = delete;
  SessionForTest& operator=(const SessionForTest&) = delete;

  SessionToExport view() const { return {number_, &session_, &figures_}; }

  const Session& session() const { return session_; }

 private:
  Session session_;
  SessionFigures figures_;
  std::size_t number_;
};

inline Beat beat_at(SampleTime time, std::optional<std::int32_t> rate) {
  Beat beat;
  beat.time = time;
  beat.heart_rate = rate;
  return beat;
}

// Two records a second apart, the first with all members.
inline std::vector<Beat> two_beats() {
  const SampleTime start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) +
                           std::chrono::seconds(57'319) + std::chrono::microseconds(123'456);
  Beat first = beat_at(start, 89);
  first.rr_ms = {650.390625, 812.5};
  first.energy_kj = 12;
  first.contact = true;
  first.device_id = "a \"strap\", left";
  first.session_id = "s1";
  first.seq = 7;
  Beat second = beat_at(start + std::chrono::seconds(1), std::nullopt);
  second.device_id = first.device_id;
  second.energy_kj = 54;
  second.contact = false;
  return {first, second};
}

}  // namespace sluice::heartrate
