// In which order rows stand: comparing them by key columns, and proving that they are sorted.
//
// Numbers and decimals compare by value, byte strings as unsigned bytes, false before true; a
// float's NaN comes after all numbers and -0.0 before 0.0.  Nulls come first or last, whichever way
// values go.
#pragma once

#include "base/result.h"
#include "columnar/column.h"
#include "parquet/metadata.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice::parquet {

// A column to sort by: a leaf that does not repeat, by its name or its path ("watch.model").
struct SortColumn {
  std::string column;
  bool descending = false;
  bool nulls_first = false;
};

// The same, resolved.
struct SortKey {
  std::size_t leaf = 0;
  bool descending = false;
  bool nulls_first = false;
};

// Fault::invalid for a column that is not there, repeats, stands for several leaves or is named
// twice.
Result<std::vector<SortKey>> resolve(const std::vector<SortColumn>& columns,
                                     const std::vector<columnar::Leaf>& leaves);

// A key column of rows, borrowed: its value for each row.
class KeyView {
 public:
  // `leaf` is the column's; it does not repeat.
  KeyView(const columnar::Column& column, const columnar::Leaf& leaf, SortKey key);

  // Negative, zero or positive, as row `left` of this stands to row `right` of `other`, a view of
  // the same leaf.
  int compare(std::size_t left, const KeyView& other, std::size_t right) const;

  // Rows of whom one has the smaller prefix come first; of those with the same, compare() decides,
  // unless is_decided().
  std::uint64_t prefix(std::size_t row) const;

  // Equal prefixes are equal keys.
  bool is_decided() const { return is_decided_; }

  bool is_null(std::size_t row) const;

  // Not a number, so without a place in the format's orders.
  bool is_nan(std::size_t row) const;

  // `count` rows from `first` on stand in order, and none is NaN.
  bool is_sorted(std::size_t first, std::size_t count) const;

  // Where the row's entry and value are.
  columnar::Column::Span span(std::size_t row) const;

  const columnar::Column& column() const { return column_; }

  void put_nulls_first(bool first) { key_.nulls_first = first; }

 private:
  static constexpr std::uint32_t no_value = 0xffffffff;

  std::size_t value_of(std::size_t row) const { return places_.empty() ? row : places_[row]; }

  template <class T>
  bool are_values_sorted(std::size_t first, std::size_t count) const;
  bool are_bytes_sorted(std::size_t first, std::size_t count) const;
  int compare_values(std::size_t left, const KeyView& other, std::size_t right) const;
  std::uint64_t value_prefix(std::size_t value) const;

  const columnar::Column& column_;
  SortKey key_;
  bool is_decided_;
  std::vector<std::uint32_t>
      places_;  // the value of each row, or no_value; empty: row i has value i
};

// Finds out whether the rows of a row group are sorted by its keys.  Not thread-safe.
class OrderTracker {
 public:
  // `leaves` are the stored ones; keys from one on whose leaf has no order (INT96) are not tracked.
  // With `learn_nulls` (for one key) nulls may stand at either end, and the claim says at which.
  OrderTracker(std::vector<SortKey> keys,
               const std::vector<columnar::Leaf>& leaves,
               bool learn_nulls);

  // Takes the next `count` rows, from row `first` of `columns` on, one column a leaf.  Rows of one
  // call to look_at() may be added in pieces.
  void look_at(std::span<const columnar::Column* const> columns);
  void add(std::size_t first, std::size_t count);

  // What the footer may claim of the rows added since the last call; empty if they are not sorted.
  std::vector<SortingColumn> take();

 private:
  bool is_in_order(std::span<const KeyView> before, std::size_t left, std::size_t right) const;
  bool follows_last(std::size_t row) const;
  bool are_in_order(std::size_t first, std::size_t count) const;
  void remember(std::size_t row);

  std::vector<SortKey> keys_;
  std::vector<columnar::Leaf> leaves_;  // of the keys
  bool learn_nulls_;
  bool holds_ = true;
  bool has_rows_ = false;
  std::vector<KeyView> views_;
  std::vector<columnar::Column> last_;  // the last row added, a column a key
};

}  // namespace sluice::parquet
