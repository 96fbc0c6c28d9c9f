// Times as Parquet files hold them in numbers.
#include "cli/timestamp_value.h"

#include "base/check.h"

#include <chrono>

namespace sluice::cli {
namespace {

using heartrate::SampleTime;
using parquet::TimeUnit;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr SampleTime time_min = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr SampleTime time_max =
    std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1) - microseconds(1);

std::unexpected<Error> out_of_range() {
  return fail(Fault::invalid, "\"timestamp\" is not in the years 1 to 9999");
}

Result<SampleTime> time_of_micros(std::int64_t micros) {
  if (micros < time_min.time_since_epoch().count() ||
      micros > time_max.time_since_epoch().count()) {
    return out_of_range();
  }
  return SampleTime(microseconds(micros));
}

}  // namespace

std::optional<TimeUnit> timestamp_unit(const parquet::SchemaElement& element) {
  if (element.logical_type && element.logical_type->kind == parquet::LogicalKind::timestamp) {
    return element.logical_type->unit;
  }
  if (element.converted_type == parquet::ConvertedType::timestamp_millis) {
    return TimeUnit::millis;
  }
  if (element.converted_type == parquet::ConvertedType::timestamp_micros) {
    return TimeUnit::micros;
  }
  return std::nullopt;
}

Result<SampleTime> sample_time_of_number(std::int64_t number, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::millis:
      if (number < floor<milliseconds>(time_min).time_since_epoch().count() ||
          number > floor<milliseconds>(time_max).time_since_epoch().count()) {
        return out_of_range();
      }
      return SampleTime(milliseconds(number));
    case TimeUnit::micros:
      return time_of_micros(number);
    case TimeUnit::nanos:
      return time_of_micros(floor<microseconds>(nanoseconds(number)).count());
  }
  return out_of_range();
}

Result<SampleTime> sample_time_of_int96(ByteView bytes) {
  constexpr std::int64_t julian_day_of_epoch = 2'440'588;
  SLUICE_CHECK(bytes.size() == 12);
  const nanoseconds of_day(load_le<std::int64_t>(bytes.data()));
  const std::int64_t day = load_le<std::int32_t>(bytes.data() + sizeof(std::int64_t));
  if (of_day < nanoseconds(0) || of_day >= days(1)) {
    return fail(Fault::invalid, "\"timestamp\" is no time of a day");
  }
  // Days far outside of the years that count would not fit as microseconds.
  const std::chrono::sys_days midnight{days(day - julian_day_of_epoch)};
  if (midnight < floor<days>(time_min) || midnight > floor<days>(time_max)) {
    return out_of_range();
  }
  const microseconds since_epoch = midnight.time_since_epoch() + floor<microseconds>(of_day);
  return time_of_micros(since_epoch.count());
}

}  // namespace sluice::cli
