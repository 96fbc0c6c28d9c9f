// Sessions: the beats of one sensor without a long silence between them.
#pragma once

#include "heartrate/beat.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::heartrate {

// Value type.
struct Session {
  std::string device_id;             // empty: the records name none
  std::vector<Beat> beats;           // by time, never empty
  std::uint64_t backward_steps = 0;  // beats that were written before an earlier one
  std::uint64_t equal_stamps = 0;    // beats with the time of their neighbour

  SampleTime start() const { return beats.front().time; }

  SampleTime end() const { return beats.back().time; }
};

// Each element of `recordings` holds beats in the order they were written: a file, an object.  The
// beats of one device, from wherever they come, are put in order of time, those of equal time in
// the order given; none is dropped, for two measurements may share a stamp.  A silence longer than
// `gap` ends a session.  Records without a rate count as sound.  A rate of 0 from a sensor that
// says it feels no skin is none and is taken away.  The sessions come in the order of their starts.
std::vector<Session> split_sessions(std::vector<std::vector<Beat>> recordings,
                                    std::chrono::microseconds gap);

}  // namespace sluice::heartrate
