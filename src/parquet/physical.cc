// Timestamps in their unit, INT96, decimals as bytes.
#include "parquet/physical.h"

#include "base/check.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Kind;
using columnar::Leaf;
using columnar::Storage;

constexpr std::int64_t micros_a_day = 86'400'000'000;
constexpr std::int64_t micros_a_milli = 1'000;
constexpr std::int64_t nanos_a_micro = 1'000;

// The least and most microseconds that nanoseconds of 64 bits can express.
constexpr std::int64_t micros_least = std::numeric_limits<std::int64_t>::min() / nanos_a_micro;
constexpr std::int64_t micros_most = std::numeric_limits<std::int64_t>::max() / nanos_a_micro;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

// Big endian two's complement in as many bytes as a 64-bit number has; a fixed decimal takes its
// last ones.
std::array<char, sizeof(std::int64_t)> big_endian(std::int64_t value) {
  std::array<char, sizeof(std::int64_t)> bytes{};
  auto bits = static_cast<std::uint64_t>(value);
  for (std::size_t i = bytes.size(); i > 0; --i) {
    bytes[i - 1] = static_cast<char>(bits & 0xff);
    bits >>= 8;
  }
  return bytes;
}

}  // namespace

PhysicalOptions hive_physical() {
  return {.timestamp = TimestampUnit::int96,
          .lists = ListNames::hive,
          .decimals = DecimalForm::fixed,
          .root = "hive_schema"};
}

Leaf stored_form(const Leaf& leaf, const PhysicalOptions& options) {
  Leaf stored = leaf;
  const bool is_int96 =
      leaf.type.kind == Kind::timestamp && options.timestamp == TimestampUnit::int96;
  const bool is_fixed_decimal =
      leaf.type.kind == Kind::decimal && options.decimals == DecimalForm::fixed;
  if (is_int96 || is_fixed_decimal) {
    stored.storage = Storage::fixed_bytes;
  }
  return stored;
}

std::optional<StoredValues> StoredValues::create(const Leaf& leaf, const PhysicalOptions& options) {
  const bool is_scaled =
      leaf.type.kind == Kind::timestamp && options.timestamp != TimestampUnit::micros;
  if (!is_scaled && stored_form(leaf, options).storage == leaf.storage) {
    return std::nullopt;
  }
  return StoredValues(leaf, options);
}

StoredValues::StoredValues(const Leaf& leaf, const PhysicalOptions& options)
    : leaf_(leaf), unit_(options.timestamp), stored_(stored_form(leaf, options)) {}

Result<const Column*> StoredValues::rewrite(const Column& column) {
  stored_.clear();
  if (leaf_.type.kind == Kind::decimal) {
    make_decimals(column);
  } else if (unit_ == TimestampUnit::int96) {
    make_int96(column);
  } else {
    SLUICE_TRY_DO(scale(column));
  }
  SLUICE_CHECK(stored_.entries() == column.entries());
  SLUICE_CHECK(stored_.values() == column.values());
  return &stored_;
}

template <class Append>
void StoredValues::append_entries(const Column& from, Append append) {
  const std::vector<std::uint8_t>& definition = from.definition_levels();
  const std::vector<std::uint8_t>& repetition = from.repetition_levels();
  std::size_t value = 0;
  for (std::size_t entry = 0; entry < from.entries(); ++entry) {
    const std::uint8_t level = repetition.empty() ? 0 : repetition[entry];
    if (!definition.empty() && definition[entry] != leaf_.definition_max) {
      stored_.append_null(definition[entry], level);
    } else {
      append(value++, level);
    }
  }
}

Result<void> StoredValues::scale(const Column& column) {
  const std::int64_t* micros = column.fixed<std::int64_t>();
  scaled_.resize(column.values());
  for (std::size_t i = 0; i < scaled_.size(); ++i) {
    if (unit_ == TimestampUnit::millis) {
      scaled_[i] = floor_divide(micros[i], micros_a_milli);
    } else if (micros[i] < micros_least || micros[i] > micros_most) {
      return fail(Fault::invalid,
                  fmt::format("column \"{}\": the timestamp {} us since 1970 does not fit in "
                              "nanoseconds, which hold the years 1678 to 2261; write "
                              "microseconds",
                              leaf_.path.front(),
                              micros[i]));
    } else {
      scaled_[i] = micros[i] * nanos_a_micro;
    }
  }
  if (leaf_.repetition_max == 0 && column.nulls() == 0) {
    stored_.append_all(std::span<const std::int64_t>(scaled_));
  } else {
    append_entries(column, [&](std::size_t value, std::uint8_t repetition) {
      stored_.append_int64(scaled_[value], repetition);
    });
  }
  return {};
}

void StoredValues::make_int96(const Column& column) {
  // Any 64-bit count of microseconds is a day that 32 bits hold.
  static_assert(std::numeric_limits<std::int64_t>::max() / micros_a_day <
                std::numeric_limits<std::int32_t>::max() - julian_day_of_1970);
  const std::int64_t* micros = column.fixed<std::int64_t>();
  append_entries(column, [&](std::size_t value, std::uint8_t repetition) {
    const std::int64_t day = floor_divide(micros[value], micros_a_day);
    const std::int64_t of_day = micros[value] % micros_a_day;
    const std::int64_t nanos = (of_day < 0 ? of_day + micros_a_day : of_day) * nanos_a_micro;
    std::array<char, int96_bytes> bytes{};
    store_le(bytes.data(), nanos);
    store_le(bytes.data() + sizeof(nanos), static_cast<std::int32_t>(day + julian_day_of_1970));
    stored_.append_bytes({bytes.data(), bytes.size()}, repetition);
  });
}

void StoredValues::make_decimals(const Column& column) {
  const bool is_narrow = column.storage() == Storage::int32;
  append_entries(column, [&](std::size_t value, std::uint8_t repetition) {
    const std::array<char, sizeof(std::int64_t)> bytes = big_endian(
        is_narrow ? column.fixed<std::int32_t>()[value] : column.fixed<std::int64_t>()[value]);
    stored_.append_bytes({bytes.data(), bytes.size()}, repetition);
  });
}

}  // namespace sluice::parquet
