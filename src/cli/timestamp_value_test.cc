// Tests of times in numbers.
#include "cli/timestamp_value.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::cli {
namespace {

using parquet::TimeUnit;

Bytes int96(std::int64_t nanos, std::int32_t day) {
  Bytes bytes;
  put_le(bytes, nanos);
  put_le(bytes, day);
  return bytes;
}

std::string text_of(const Result<heartrate::SampleTime>& time) {
  return time ? heartrate::to_text(*time) : "refused";
}

TEST(TimestampValue, EveryUnitSaysTheSame) {
  constexpr std::int64_t seconds = 1'752'422'119;

  struct Case {
    std::int64_t number;
    TimeUnit unit;
    const char* text;
  };

  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  for (const Case& one :
       {Case{seconds * 1000 + 123, TimeUnit::millis, "2025-07-13T15:55:19.123000"},
        Case{seconds * 1'000'000 + 123'456, TimeUnit::micros, "2025-07-13T15:55:19.123456"},
        Case{seconds * 1'000'000'000 + 123'456'789, TimeUnit::nanos, "2025-07-13T15:55:19.123456"},
        Case{-1, TimeUnit::nanos, "1969-12-31T23:59:59.999999"},
        Case{-62'135'596'800'000, TimeUnit::millis, "0001-01-01T00:00:00"},
        Case{-62'135'596'800'001, TimeUnit::millis, "refused"},
        Case{253'402'300'799'999'999, TimeUnit::micros, "9999-12-31T23:59:59.999999"},
        Case{253'402'300'800'000'000, TimeUnit::micros, "refused"},
        Case{most, TimeUnit::millis, "refused"},
        Case{least, TimeUnit::millis, "refused"},
        Case{most, TimeUnit::micros, "refused"},
        Case{least, TimeUnit::nanos, "1677-09-21T00:12:43.145224"}}) {
    EXPECT_EQ(text_of(sample_time_of_number(one.number, one.unit)), one.text) << one.number;
  }
}

TEST(TimestampValue, Int96CountsJulianDays) {
  constexpr std::int64_t day_nanos = 86'400'000'000'000;
  EXPECT_EQ(text_of(sample_time_of_int96(int96(0, 2'440'588))), "1970-01-01T00:00:00");
  EXPECT_EQ(text_of(sample_time_of_int96(int96(57'319'123'456'789, 2'460'870))),
            "2025-07-13T15:55:19.123456");
  EXPECT_EQ(text_of(sample_time_of_int96(int96(day_nanos, 2'440'588))), "refused");
  EXPECT_EQ(text_of(sample_time_of_int96(int96(-1, 2'440'588))), "refused");
  EXPECT_EQ(text_of(sample_time_of_int96(int96(0, std::numeric_limits<std::int32_t>::max()))),
            "refused");
  EXPECT_EQ(text_of(sample_time_of_int96(int96(0, std::numeric_limits<std::int32_t>::min()))),
            "refused");
}

TEST(TimestampValue, BothAnnotationsAreKnown) {
  parquet::SchemaElement element;
  EXPECT_EQ(timestamp_unit(element), std::nullopt);
  element.converted_type = parquet::ConvertedType::timestamp_millis;
  EXPECT_EQ(timestamp_unit(element), TimeUnit::millis);
  element.converted_type = parquet::ConvertedType::timestamp_micros;
  EXPECT_EQ(timestamp_unit(element), TimeUnit::micros);
  element.logical_type = parquet::LogicalType{.kind = parquet::LogicalKind::timestamp,
                                              .scale = 0,
                                              .precision = 0,
                                              .is_adjusted_to_utc = false,
                                              .unit = TimeUnit::nanos,
                                              .bit_width = 0,
                                              .is_signed = true};
  EXPECT_EQ(timestamp_unit(element), TimeUnit::nanos);
}

}  // namespace
}  // namespace sluice::cli
