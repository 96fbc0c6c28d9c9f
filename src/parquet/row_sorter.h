// Gathers rows and gives them back sorted: what stands between a writer and rows that come in any
// order.
//
// A run is what is sorted together: it ends at the first multiple of row_sorter_step rows whose
// PLAIN values, and 16 bytes a row to sort them by, reach the limit.  So what a run holds does not
// depend on how rows were batched, and memory is about that limit.  Equal rows keep their order.
#pragma once

#include "base/result.h"
#include "columnar/column.h"
#include "columnar/row_picker.h"
#include "columnar/type.h"
#include "parquet/row_order.h"

#include <cstdint>
#include <vector>

namespace sluice::parquet {

inline constexpr std::size_t row_sorter_step = 256;

// Not thread-safe.
class RowSorter {
 public:
  RowSorter(const columnar::Schema& schema, std::vector<SortKey> keys, std::size_t bytes_max);

  // Takes rows of `batch`, from row `first` on, until the run is full; how many.  Fault::too_large
  // for rows too large to be held side by side.
  Result<std::size_t> take(const columnar::RowBatch& batch,
                           const columnar::RowPicker& picker,
                           std::size_t first);

  // Nothing can be taken before the run is drained.
  bool is_full() const;

  std::size_t rows() const { return rows_.rows(); }

  // Hands the run's rows to `write`, sorted, in batches of some thousands, and starts the next run.
  // `write` returns Result<void>; an error ends it.
  template <class Write>
  Result<void> drain(Write write);

  std::size_t bytes_held() const;

 private:
  struct Entry {
    std::uint64_t prefix;  // of the first key
    std::uint32_t row;
  };

  static constexpr std::size_t slice_rows = 4096;

  // The run's rows in order; empty while they are sorted already.
  std::vector<std::uint32_t> order() const;

  std::vector<SortKey> keys_;
  std::size_t bytes_max_;
  columnar::RowBatch rows_;
  columnar::RowBatch slice_;
};

template <class Write>
Result<void> RowSorter::drain(Write write) {
  const std::vector<std::uint32_t> sorted = order();
  const columnar::RowPicker picker(rows_);
  for (std::size_t first = 0; first < rows_.rows(); first += slice_rows) {
    const std::size_t count = std::min(slice_rows, rows_.rows() - first);
    if (sorted.empty()) {
      picker.append(first, count, slice_);
    } else {
      picker.append(std::span(sorted).subspan(first, count), slice_);
    }
    SLUICE_TRY_DO(write(slice_));
    slice_.clear();
  }
  rows_.clear();
  return {};
}

}  // namespace sluice::parquet
