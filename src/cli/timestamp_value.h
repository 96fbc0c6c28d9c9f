// Times as Parquet files hold them in numbers.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "heartrate/sample_time.h"
#include "parquet/metadata.h"

#include <cstdint>
#include <optional>

namespace sluice::cli {

// The unit of a column annotated as timestamps, in the newer or the older way.
std::optional<parquet::TimeUnit> timestamp_unit(const parquet::SchemaElement& element);

// Since 1970-01-01 UTC, cut to microseconds towards the past.  Fault::invalid outside the years 1
// to 9999.
Result<heartrate::SampleTime> sample_time_of_number(std::int64_t number, parquet::TimeUnit unit);

// INT96: nanoseconds of the day, then the Julian day, little endian, 12 bytes in all.  Likewise.
Result<heartrate::SampleTime> sample_time_of_int96(ByteView bytes);

}  // namespace sluice::cli
