// Sessions as a FIT activity: file_id, then for each session its timer events, record and hrv
// messages, lap and session, then activity.
//
// FIT is coarser than beats are, so a file carries both what every program reads and, in developer
// fields (which others pass over), what is exact:
//
//   time       record.timestamp in seconds; "microsecond" is what to add
//   rate       record.heart_rate, 0 to 254; a higher one is left out and said
//   intervals  hrv.time in milliseconds, the messages behind the record they came with; when one of
//              a session's intervals is no whole number of milliseconds up to 65534 (sensors count
//              in 1/1024 s), "rr_ms" holds them as doubles, exactly, beside the rounded ones
//
// Energy, contact and ids are left out, but for the device's name.  Source: Garmin, "FIT Profile".
#pragma once

#include "base/result.h"
#include "heartrate/exported.h"

#include <span>

namespace sluice::heartrate {

// Earliest time there is in FIT: smaller numbers count from when a device was switched on.
inline constexpr SampleTime fit_time_min =
    std::chrono::sys_days(std::chrono::year(1989) / 12 / 31) + std::chrono::seconds(0x1000'0000);

// 32 bits of seconds, the last number being none.
inline constexpr SampleTime fit_time_max =
    std::chrono::sys_days(std::chrono::year(1989) / 12 / 31) + std::chrono::seconds(0xFFFF'FFFF) -
    std::chrono::microseconds(1);

// `sessions` is not empty.  Fault::unsupported for sessions outside those times or longer than 49
// days.
Result<Exported> to_fit(std::span<const SessionToExport> sessions);

}  // namespace sluice::heartrate
