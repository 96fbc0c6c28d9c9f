// Sorting by prefixes of the first key, and by whole keys where those are the same.
#include "parquet/row_sorter.h"

#include "base/check.h"
#include "parquet/plain.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::RowBatch;
using columnar::Storage;

std::uint64_t plain_bytes(const Column& column) {
  switch (column.storage()) {
    case Storage::boolean:
      return column.values();
    case Storage::int32:
    case Storage::float32:
      return column.values() * 4;
    case Storage::int64:
    case Storage::float64:
      return column.values() * 8;
    case Storage::bytes:
    case Storage::fixed_bytes:
      return column.heap().size() + column.values() * length_prefix_bytes;
  }
  SLUICE_CHECK(false && "every storage has a width");
  return 0;
}

std::uint64_t plain_bytes(const RowBatch& rows) {
  std::uint64_t bytes = 0;
  for (std::size_t leaf = 0; leaf < rows.leaves().size(); ++leaf) {
    bytes += plain_bytes(rows.column(leaf));
  }
  return bytes;
}

}  // namespace

RowSorter::RowSorter(const columnar::Schema& schema,
                     std::vector<SortKey> keys,
                     std::size_t bytes_max)
    : keys_(std::move(keys)), bytes_max_(bytes_max), rows_(schema), slice_(schema) {
  SLUICE_CHECK(!keys_.empty());
}

bool RowSorter::is_full() const {
  return rows_.rows() > 0 && rows_.rows() % row_sorter_step == 0 &&
         plain_bytes(rows_) + rows_.rows() * sizeof(Entry) >= bytes_max_;
}

Result<std::size_t> RowSorter::take(const RowBatch& batch,
                                    const columnar::RowPicker& picker,
                                    std::size_t first) {
  // What a column's offsets can express, with the whole batch to come.
  constexpr std::uint64_t bytes_most = std::numeric_limits<std::uint32_t>::max();
  if (plain_bytes(rows_) + plain_bytes(batch) > bytes_most) {
    return fail(Fault::too_large, "the rows are too large to be sorted together");
  }
  std::size_t taken = 0;
  while (first + taken < batch.rows() && !is_full()) {
    const std::size_t step = row_sorter_step - rows_.rows() % row_sorter_step;
    const std::size_t count = std::min(step, batch.rows() - first - taken);
    picker.append(first + taken, count, rows_);
    taken += count;
  }
  return taken;
}

std::vector<std::uint32_t> RowSorter::order() const {
  std::vector<KeyView> views;
  views.reserve(keys_.size());
  for (const SortKey& key : keys_) {
    views.emplace_back(rows_.column(key.leaf), rows_.leaves()[key.leaf], key);
  }
  const auto compare = [&](std::size_t left, std::size_t right) {
    for (const KeyView& view : views) {
      if (const int order = view.compare(left, view, right); order != 0) {
        return order;
      }
    }
    return 0;
  };
  std::size_t sorted = 1;
  while (sorted < rows_.rows() && compare(sorted - 1, sorted) <= 0) {
    ++sorted;
  }
  if (sorted >= rows_.rows()) {
    return {};
  }
  std::vector<Entry> entries(rows_.rows());
  for (std::size_t row = 0; row < entries.size(); ++row) {
    entries[row] = {.prefix = views[0].prefix(row), .row = static_cast<std::uint32_t>(row)};
  }
  const bool is_decided = views[0].is_decided() && views.size() == 1;
  std::sort(entries.begin(), entries.end(), [&](const Entry& left, const Entry& right) {
    if (left.prefix != right.prefix) {
      return left.prefix < right.prefix;
    }
    const int order = is_decided ? 0 : compare(left.row, right.row);
    return order != 0 ? order < 0 : left.row < right.row;
  });
  std::vector<std::uint32_t> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries) {
    rows.push_back(entry.row);
  }
  return rows;
}

std::size_t RowSorter::bytes_held() const {
  return rows_.bytes_held() + slice_.bytes_held();
}

}  // namespace sluice::parquet
