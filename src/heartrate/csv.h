// Sessions as comma-separated values.
#pragma once

#include "heartrate/exported.h"

#include <span>

namespace sluice::heartrate {

// A line of titles and a line a record, of all that a beat has, exactly:
//   session,timestamp,heart_rate,rr_ms,energy_kj,contact,device_id,session_id,seq
//   1,2025-07-13T15:55:19.123456,89,650.390625 812.5,12,true,strap,s1,7
// The intervals of a record stand in one cell with blanks between; what is missing is an empty
// cell. Quoting as in RFC 4180, lines end in a newline alone.
Exported to_csv(std::span<const SessionToExport> sessions);

}  // namespace sluice::heartrate
