// How columns become leaves of a file, where the format leaves a choice: the unit of timestamps,
// the names inside lists and maps, the form of decimals, the name of the root.
//
// The defaults are what every reader takes.  Hive and Firehose choose otherwise in all four; see
// hive_physical().
#pragma once

#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::parquet {

// INT64 counts from 1970-01-01 UTC.  Finer digits than the unit's are cut off, towards the past.
enum class TimestampUnit : std::uint8_t {
  micros,
  millis,
  nanos,  // only the years 1678 to 2261 fit
  int96   // nanoseconds of the day and the Julian day: deprecated, and without bounds
};

enum class ListNames : std::uint8_t {
  standard,  // list.element, key_value.key, key_value.value
  hive       // bag.array_element, map.key, map.value
};

enum class DecimalForm : std::uint8_t {
  shortest,  // INT32 to 9 digits, INT64 to 18, above FIXED_LEN_BYTE_ARRAY
  fixed      // always FIXED_LEN_BYTE_ARRAY
};

struct PhysicalOptions {
  TimestampUnit timestamp = TimestampUnit::micros;
  ListNames lists = ListNames::standard;
  DecimalForm decimals = DecimalForm::shortest;
  std::string root = "schema";
};

// What Hive's serialiser writes, and so Firehose: Apache Hive, HiveSchemaConverter.
PhysicalOptions hive_physical();

inline constexpr std::size_t int96_bytes = 12;

// INT96 counts its days from the Julian epoch.
inline constexpr std::int32_t julian_day_of_1970 = 2'440'588;

// `leaf` as it is stored: storage fixed_bytes for what becomes INT96 or a fixed decimal.  The path
// stays; parquet/schema.h has the whole leaves.
columnar::Leaf stored_form(const columnar::Leaf& leaf, const PhysicalOptions& options);

// Rewrites one leaf's values into what is stored.  Not thread-safe.
class StoredValues {
 public:
  // Nothing when the values are stored as they are.
  static std::optional<StoredValues> create(const columnar::Leaf& leaf,
                                            const PhysicalOptions& options);

  // `column` as it is stored; valid until the next call.  Fault::invalid for a timestamp that the
  // unit cannot hold.
  Result<const columnar::Column*> rewrite(const columnar::Column& column);

 private:
  StoredValues(const columnar::Leaf& leaf, const PhysicalOptions& options);

  Result<void> scale(const columnar::Column& column);
  void make_int96(const columnar::Column& column);
  void make_decimals(const columnar::Column& column);

  // Appends the entries of `from` to `stored_`; `append(i, repetition)` appends the i-th value.
  template <class Append>
  void append_entries(const columnar::Column& from, Append append);

  columnar::Leaf leaf_;  // before it is rewritten
  TimestampUnit unit_;
  columnar::Column stored_;
  std::vector<std::int64_t> scaled_;
};

}  // namespace sluice::parquet
