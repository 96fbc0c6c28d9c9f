// Rows by their number.
#include "columnar/row_picker.h"

#include <limits>

namespace sluice::columnar {

namespace {

// Gathers values of a column in which row i is the value i.
template <class T>
void gather(const Column& from, std::span<const std::uint32_t> rows, Column& to) {
  const T* values = from.fixed<T>();
  std::vector<T> picked;
  picked.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    picked.push_back(values[row]);
  }
  to.append_all(std::span<const T>(picked));
}

void gather_plain(const Column& from, std::span<const std::uint32_t> rows, Column& to) {
  switch (from.storage()) {
    case Storage::boolean:
      return gather<std::uint8_t>(from, rows, to);
    case Storage::int32:
      return gather<std::int32_t>(from, rows, to);
    case Storage::int64:
      return gather<std::int64_t>(from, rows, to);
    case Storage::float32:
      return gather<float>(from, rows, to);
    case Storage::float64:
      return gather<double>(from, rows, to);
    case Storage::bytes:
    case Storage::fixed_bytes:
      break;
  }
  std::vector<ByteView> picked;
  picked.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    picked.push_back(from.bytes(row));
  }
  to.append_all(std::span<const ByteView>(picked));
}

}  // namespace

RowPicker::RowPicker(const RowBatch& batch) : batch_(batch) {
  starts_.reserve(batch.leaves().size());
  for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
    starts_.push_back(starts_of(batch.column(leaf), batch.leaves()[leaf], batch.rows()));
  }
}

RowPicker::Starts RowPicker::starts_of(const Column& column, const Leaf& leaf, std::size_t rows) {
  SLUICE_CHECK(column.entries() <= std::numeric_limits<std::uint32_t>::max());
  const std::vector<std::uint8_t>& definition = column.definition_levels();
  const std::vector<std::uint8_t>& repetition = column.repetition_levels();
  Starts starts;
  if (leaf.repetition_max == 0 && definition.empty()) {
    SLUICE_CHECK(column.entries() == rows);
    return starts;
  }
  starts.values.reserve(rows + 1);
  std::uint32_t value = 0;
  for (std::size_t entry = 0; entry < column.entries(); ++entry) {
    if (repetition.empty() || repetition[entry] == 0) {
      starts.values.push_back(value);
      if (!repetition.empty()) {
        starts.entries.push_back(static_cast<std::uint32_t>(entry));
      }
    }
    value += definition.empty() || definition[entry] == leaf.definition_max ? 1 : 0;
  }
  SLUICE_CHECK(starts.values.size() == rows);
  starts.values.push_back(value);
  if (leaf.repetition_max > 0) {
    starts.entries.push_back(static_cast<std::uint32_t>(column.entries()));
  }
  return starts;
}

Column::Span RowPicker::span_of(const Starts& starts, std::size_t first, std::size_t count) {
  const std::size_t end = first + count;
  Column::Span span{.entry = first, .entries = count, .value = first, .values = count};
  if (!starts.entries.empty()) {
    span.entry = starts.entries[first];
    span.entries = starts.entries[end] - span.entry;
  }
  if (!starts.values.empty()) {
    span.value = starts.values[first];
    span.values = starts.values[end] - span.value;
  }
  return span;
}

void RowPicker::append(std::size_t first, std::size_t count, RowBatch& to) const {
  SLUICE_CHECK(first <= batch_.rows());
  SLUICE_CHECK(count <= batch_.rows() - first);
  SLUICE_CHECK(to.leaves().size() == starts_.size());
  for (std::size_t leaf = 0; leaf < starts_.size(); ++leaf) {
    to.column(leaf).append_span(batch_.column(leaf), span_of(starts_[leaf], first, count));
  }
  to.end_rows(count);
}

void RowPicker::append(std::span<const std::uint32_t> rows, RowBatch& to) const {
  SLUICE_CHECK(to.leaves().size() == starts_.size());
  for (std::size_t leaf = 0; leaf < starts_.size(); ++leaf) {
    const Column& from = batch_.column(leaf);
    Column& column = to.column(leaf);
    if (starts_[leaf].values.empty()) {
      gather_plain(from, rows, column);
      continue;
    }
    for (const std::uint32_t row : rows) {
      column.append_span(from, span_of(starts_[leaf], row, 1));
    }
  }
  to.end_rows(rows.size());
}

}  // namespace sluice::columnar
