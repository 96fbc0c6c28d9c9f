// Counting what is there.
#include "parquet/chunk_facts.h"

#include "base/check.h"

#include <bit>
#include <cmath>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

template <class T>
ByteView bytes_of(const Column& column, std::size_t value) {
  return {reinterpret_cast<const char*>(column.fixed<T>() + value), sizeof(T)};
}

}  // namespace

bool is_nan(Order order, ByteView plain) {
  return (order == Order::float32 && plain.size() == sizeof(float) &&
          std::isnan(std::bit_cast<float>(load_le<std::uint32_t>(plain.data())))) ||
         (order == Order::float64 && plain.size() == sizeof(double) &&
          std::isnan(std::bit_cast<double>(load_le<std::uint64_t>(plain.data()))));
}

ByteView plain_value(const Column& column, std::size_t value) {
  switch (column.storage()) {
    case Storage::boolean:
      return bytes_of<std::uint8_t>(column, value);
    case Storage::int32:
      return bytes_of<std::int32_t>(column, value);
    case Storage::int64:
      return bytes_of<std::int64_t>(column, value);
    case Storage::float32:
      return bytes_of<float>(column, value);
    case Storage::float64:
      return bytes_of<double>(column, value);
    case Storage::bytes:
    case Storage::fixed_bytes:
      return column.bytes(value);
  }
  SLUICE_CHECK(false && "every storage has a PLAIN form");
  return {};
}

void FactsReader::add_value(ChunkFacts& facts) {
  const ByteView value = plain_value(column_, value_++);
  facts.byte_array_bytes += static_cast<std::int64_t>(value.size());
  if (is_nan(order_, value)) {
    ++facts.nans;
    return;
  }
  if (order_ == Order::none) {
    return;
  }
  if (!facts.min) {
    facts.min = facts.max = value;
  } else if (compare(order_, value, *facts.min) < 0) {
    facts.min = value;
  } else if (compare(order_, value, *facts.max) > 0) {
    facts.max = value;
  }
}

ChunkFacts FactsReader::next(std::uint64_t rows) {
  const std::vector<std::uint8_t>& definition = column_.definition_levels();
  const std::vector<std::uint8_t>& repetition = column_.repetition_levels();
  ChunkFacts facts;
  facts.repetition_histogram.resize(leaf_.repetition_max + 1U);
  facts.definition_histogram.resize(leaf_.definition_max + 1U);
  for (; !is_at_end(); ++entry_) {
    const std::uint8_t repeated = repetition.empty() ? 0 : repetition[entry_];
    const std::uint8_t defined = definition.empty() ? leaf_.definition_max : definition[entry_];
    if (repeated == 0 && rows-- == 0) {
      break;
    }
    ++facts.entries;
    ++facts.repetition_histogram[repeated];
    ++facts.definition_histogram[defined];
    if (defined == leaf_.definition_max) {
      add_value(facts);
    } else {
      ++facts.nulls;
    }
  }
  return facts;
}

}  // namespace sluice::parquet
