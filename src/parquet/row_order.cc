// Comparing rows.
#include "parquet/row_order.h"

#include "base/check.h"
#include "parquet/bounds.h"
#include "parquet/byte_order.h"
#include "parquet/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Leaf;
using columnar::Storage;

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

// Maps floats to numbers of the same order, NaN (any) last.
std::uint64_t ordered(double value) {
  if (std::isnan(value)) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & top_bit) != 0 ? ~bits : bits | top_bit;
}

std::uint64_t ordered(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ top_bit;
}

// The first eight bytes, most significant first; what is missing is zero.
std::uint64_t leading(ByteView bytes) {
  std::uint64_t prefix = 0;
  const std::size_t there = std::min(bytes.size(), sizeof(prefix));
  for (std::size_t i = 0; i < there; ++i) {
    prefix |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (56 - 8 * i);
  }
  return prefix;
}

int sign(std::uint64_t left, std::uint64_t right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

}  // namespace

Result<std::vector<SortKey>> resolve(const std::vector<SortColumn>& columns,
                                     const std::vector<Leaf>& leaves) {
  std::vector<SortKey> keys;
  for (const SortColumn& column : columns) {
    SLUICE_TRY(named, leaves_named(leaves, column.column));
    const auto is_used = [&](const SortKey& key) { return key.leaf == named.front(); };
    if (named.size() > 1 || leaves[named.front()].repetition_max > 0) {
      return fail(Fault::invalid,
                  fmt::format("rows cannot be sorted by \"{}\", which is not one value a row",
                              column.column));
    }
    if (std::any_of(keys.begin(), keys.end(), is_used)) {
      return fail(Fault::invalid, fmt::format("\"{}\" is sorted by twice", column.column));
    }
    keys.push_back({named.front(), column.descending, column.nulls_first});
  }
  return keys;
}

KeyView::KeyView(const Column& column, const Leaf& leaf, SortKey key)
    : column_(column),
      key_(key),
      is_decided_(column.storage() != Storage::bytes && column.storage() != Storage::fixed_bytes &&
                  column.nulls() == 0) {
  SLUICE_CHECK(leaf.repetition_max == 0);
  if (column.nulls() == 0) {
    return;
  }
  places_.reserve(column.entries());
  std::uint32_t next = 0;
  for (const std::uint8_t level : column.definition_levels()) {
    places_.push_back(level == leaf.definition_max ? next++ : no_value);
  }
}

bool KeyView::is_null(std::size_t row) const {
  return !places_.empty() && places_[row] == no_value;
}

bool KeyView::is_nan(std::size_t row) const {
  if (is_null(row)) {
    return false;
  }
  const std::size_t value = value_of(row);
  return (column_.storage() == Storage::float32 && std::isnan(column_.fixed<float>()[value])) ||
         (column_.storage() == Storage::float64 && std::isnan(column_.fixed<double>()[value]));
}

std::uint64_t KeyView::value_prefix(std::size_t value) const {
  switch (column_.storage()) {
    case Storage::boolean:
      return column_.fixed<std::uint8_t>()[value];
    case Storage::int32:
      return ordered(std::int64_t{column_.fixed<std::int32_t>()[value]});
    case Storage::int64:
      return ordered(column_.fixed<std::int64_t>()[value]);
    case Storage::float32:
      return ordered(static_cast<double>(column_.fixed<float>()[value]));
    case Storage::float64:
      return ordered(column_.fixed<double>()[value]);
    case Storage::bytes:
      return leading(column_.bytes(value));
    case Storage::fixed_bytes:
      // Two's complement: the sign bit turned over is the order of unsigned bytes.
      return leading(column_.bytes(value)) ^ top_bit;
  }
  SLUICE_CHECK(false && "every storage has an order");
  return 0;
}

std::uint64_t KeyView::prefix(std::size_t row) const {
  if (is_null(row)) {
    return key_.nulls_first ? 0 : std::numeric_limits<std::uint64_t>::max();
  }
  const std::uint64_t prefix = value_prefix(value_of(row));
  return key_.descending ? ~prefix : prefix;
}

int KeyView::compare_values(std::size_t left, const KeyView& other, std::size_t right) const {
  switch (column_.storage()) {
    case Storage::bytes:
      return compare_bytes(column_.bytes(left), other.column_.bytes(right));
    case Storage::fixed_bytes:
      return parquet::compare(
          Order::decimal_bytes, column_.bytes(left), other.column_.bytes(right));
    default:
      return sign(value_prefix(left), other.value_prefix(right));
  }
}

int KeyView::compare(std::size_t left, const KeyView& other, std::size_t right) const {
  const bool is_left_null = is_null(left);
  const bool is_right_null = other.is_null(right);
  if (is_left_null || is_right_null) {
    const int nulls_last = sign(is_left_null ? 1 : 0, is_right_null ? 1 : 0);
    return key_.nulls_first ? -nulls_last : nulls_last;
  }
  const int order = compare_values(value_of(left), other, other.value_of(right));
  return key_.descending ? -order : order;
}

template <class T>
bool KeyView::are_values_sorted(std::size_t first, std::size_t count) const {
  const T* const begin = column_.fixed<T>() + first;
  return key_.descending ? std::is_sorted(begin, begin + count, std::greater<T>())
                         : std::is_sorted(begin, begin + count);
}

bool KeyView::are_bytes_sorted(std::size_t first, std::size_t count) const {
  ByteView before = column_.bytes(first);
  for (std::size_t value = first + 1; value < first + count; ++value) {
    const ByteView next = column_.bytes(value);
    const int order = compare_bytes(before, next);
    if (key_.descending ? order < 0 : order > 0) {
      return false;
    }
    before = next;
  }
  return true;
}

bool KeyView::is_sorted(std::size_t first, std::size_t count) const {
  if (places_.empty() && column_.storage() == Storage::bytes) {
    return are_bytes_sorted(first, count);
  }
  if (places_.empty() && column_.storage() == Storage::int32) {
    return are_values_sorted<std::int32_t>(first, count);
  }
  if (places_.empty() && column_.storage() == Storage::int64) {
    return are_values_sorted<std::int64_t>(first, count);
  }
  for (std::size_t row = first; row < first + count; ++row) {
    if (is_nan(row) || (row > first && compare(row - 1, *this, row) > 0)) {
      return false;
    }
  }
  return true;
}

Column::Span KeyView::span(std::size_t row) const {
  return {.entry = row,
          .entries = 1,
          .value = is_null(row) ? 0 : value_of(row),
          .values = is_null(row) ? 0U : 1U};
}

OrderTracker::OrderTracker(std::vector<SortKey> keys,
                           const std::vector<Leaf>& leaves,
                           bool learn_nulls)
    : keys_(std::move(keys)), learn_nulls_(learn_nulls) {
  SLUICE_CHECK(!learn_nulls || keys_.size() == 1);
  const auto unordered = std::find_if(keys_.begin(), keys_.end(), [&](const SortKey& key) {
    return physical_leaf(leaves[key.leaf]).order == Order::none;
  });
  keys_.erase(unordered, keys_.end());
  for (const SortKey& key : keys_) {
    leaves_.push_back(leaves[key.leaf]);
    last_.emplace_back(leaves_.back());
  }
}

void OrderTracker::look_at(std::span<const Column* const> columns) {
  views_.clear();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    views_.emplace_back(*columns[keys_[i].leaf], leaves_[i], keys_[i]);
  }
}

void OrderTracker::add(std::size_t first, std::size_t count) {
  if (!holds_ || keys_.empty() || count == 0) {
    return;
  }
  if (learn_nulls_ && !has_rows_) {
    keys_[0].nulls_first = views_[0].is_null(first);
  }
  if (learn_nulls_) {
    views_[0].put_nulls_first(keys_[0].nulls_first);
  }
  holds_ = (!has_rows_ || follows_last(first)) && are_in_order(first, count);
  has_rows_ = true;
  remember(first + count - 1);
}

bool OrderTracker::follows_last(std::size_t row) const {
  std::vector<KeyView> before;
  before.reserve(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    before.emplace_back(last_[i], leaves_[i], keys_[i]);
  }
  return is_in_order(before, 0, row);
}

bool OrderTracker::are_in_order(std::size_t first, std::size_t count) const {
  if (views_.size() == 1) {
    return views_[0].is_sorted(first, count);
  }
  for (std::size_t row = first; row < first + count; ++row) {
    const auto is_nan = [&](const KeyView& view) { return view.is_nan(row); };
    if (std::any_of(views_.begin(), views_.end(), is_nan) ||
        (row > first && !is_in_order(views_, row - 1, row))) {
      return false;
    }
  }
  return true;
}

void OrderTracker::remember(std::size_t row) {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    last_[i].clear();
    last_[i].append_span(views_[i].column(), views_[i].span(row));
  }
}

std::vector<SortingColumn> OrderTracker::take() {
  std::vector<SortingColumn> claim;
  if (holds_ && has_rows_) {
    for (const SortKey& key : keys_) {
      claim.push_back({.column_idx = static_cast<std::int32_t>(key.leaf),
                       .descending = key.descending,
                       .nulls_first = key.nulls_first});
    }
  }
  holds_ = true;
  has_rows_ = false;
  return claim;
}

bool OrderTracker::is_in_order(std::span<const KeyView> before,
                               std::size_t left,
                               std::size_t right) const {
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (const int order = before[i].compare(left, views_[i], right); order != 0) {
      return order < 0;
    }
  }
  return true;
}

}  // namespace sluice::parquet
