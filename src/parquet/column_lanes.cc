// The columns of one writer, shared out to lanes.
#include "parquet/column_lanes.h"

#include "base/check.h"

#include <algorithm>

namespace sluice::parquet {
namespace {

// About how long a value takes.
std::uint64_t load_of(columnar::Storage storage) {
  switch (storage) {
    case columnar::Storage::boolean:
      return 1;
    case columnar::Storage::int32:
    case columnar::Storage::float32:
      return 4;
    case columnar::Storage::int64:
    case columnar::Storage::float64:
      return 8;
    case columnar::Storage::bytes:
    case columnar::Storage::fixed_bytes:
      break;
  }
  return 16;
}

}  // namespace

ColumnLanes::ColumnLanes(const std::vector<columnar::Leaf>& leaves, const LaneOptions& options) {
  SLUICE_CHECK(options.lanes > 0);
  const std::size_t lanes = std::clamp<std::size_t>(leaves.size(), 1, options.lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    lanes_.push_back(std::make_unique<Lane>(options));
  }
  columns_.reserve(leaves.size());
  for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    Lane& lane =
        **std::ranges::min_element(lanes_, {}, [](const auto& each) { return each->load; });
    lane.leaves.push_back(leaf);
    lane.load += load_of(leaves[leaf].storage);
    columns_.push_back(
        {ColumnWriter(leaves[leaf], options.columns, lane.compressor, lane.contest), {}, {}});
  }
}

void ColumnLanes::begin() {
  for (Column& column : columns_) {
    column.cursor = ColumnCursor();
  }
}

Result<void> ColumnLanes::append(std::size_t lane,
                                 std::span<const columnar::Column* const> stored,
                                 std::size_t rows) {
  for (const std::size_t leaf : lanes_[lane]->leaves) {
    Column& column = columns_[leaf];
    const std::size_t first = column.cursor.value;
    SLUICE_TRY_DO(column.writer.append(*stored[leaf], column.cursor, rows));
    if (column.bloom) {
      column.bloom->add(*stored[leaf], first, column.cursor.value - first);
    }
  }
  return {};
}

std::uint64_t ColumnLanes::chunk_bytes() const {
  std::uint64_t total = 0;
  for (const Column& column : columns_) {
    total += column.writer.chunk_bytes();
  }
  return total;
}

std::uint64_t ColumnLanes::expected_bytes(bool with_index) {
  std::uint64_t total = 0;
  for (Column& column : columns_) {
    total += column.writer.expected_bytes(with_index);
  }
  return total;
}

std::size_t ColumnLanes::bytes_held() const {
  std::size_t total = 0;
  for (const auto& lane : lanes_) {
    total += lane->contest.bytes_held();
  }
  for (const Column& column : columns_) {
    total += column.writer.bytes_held() + (column.bloom ? column.bloom->bytes_held() : 0);
  }
  return total;
}

}  // namespace sluice::parquet
