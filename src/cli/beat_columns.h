// Beats out of a Parquet file, whatever wrote it: columns are found by their names.
//
//   timestamp       text in ISO form, a timestamp of any unit, or INT96
//   heart_rate      an integer
//   rr_ms           text that holds a JSON array, or a list of numbers; also "rr_intervals"
//   energy_kj, seq  an integer; also "energy_expended"
//   contact         a boolean; also "sensor_contact"
//   device_id, session_id  text
//
// Other columns, and these but the first two when they are of other types, are passed over.
#pragma once

#include "base/result.h"
#include "cli/recorded_beats.h"
#include "parquet/file_reader.h"

namespace sluice::cli {

// Fault::unsupported when the file has no columns `timestamp` and `heart_rate` of such types, and
// whatever reading columns may fail with.  A row that is no beat (no time, a negative rate) is
// refused alone.
Result<RecordedBeats> read_beat_columns(const parquet::FileReader& reader);

}  // namespace sluice::cli
