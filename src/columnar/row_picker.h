// Copies rows of a batch, whole and in any order: nested values move with their row.
//
//   RowPicker picker(batch);
//   picker.append(3, 2, to);           // rows 3 and 4
//   picker.append({{7, 0, 7}}, to);    // row 7, row 0, row 7 again
#pragma once

#include "columnar/column.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::columnar {

// Borrows the batch, which must not change.  Making one walks over the levels of columns that have
// nulls or repeat.
class RowPicker {
 public:
  explicit RowPicker(const RowBatch& batch);

  // Appends `count` rows from row `first` on to `to`, a batch of the same schema.
  void append(std::size_t first, std::size_t count, RowBatch& to) const;

  // Appends the rows with these numbers, in this order.
  void append(std::span<const std::uint32_t> rows, RowBatch& to) const;

 private:
  // Where the rows of a column begin, with one more for the end; empty where row i begins at i.
  struct Starts {
    std::vector<std::uint32_t> entries;
    std::vector<std::uint32_t> values;
  };

  static Starts starts_of(const Column& column, const Leaf& leaf, std::size_t rows);
  static Column::Span span_of(const Starts& starts, std::size_t first, std::size_t count);

  const RowBatch& batch_;
  std::vector<Starts> starts_;  // one a leaf
};

}  // namespace sluice::columnar
