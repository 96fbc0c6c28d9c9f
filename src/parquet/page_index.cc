// Column index and offset index of a chunk.
#include "parquet/page_index.h"

#include "base/check.h"

namespace sluice::parquet {

namespace {

// What the place and the counts of a page take, about.
constexpr std::uint64_t numbers_bytes = 16;

void append(const std::vector<std::int64_t>& from, std::vector<std::int64_t>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void PageIndexBuilder::add(const PageSummary& page) {
  SLUICE_CHECK(page.rows > 0);
  SLUICE_CHECK(page.nulls <= page.entries);
  offsets_.page_locations.push_back(
      {.offset = bytes_, .compressed_page_size = page.bytes, .first_row_index = rows_});
  if (leaf_.type == PhysicalType::byte_array) {
    offsets_.unencoded_byte_array_data_bytes.push_back(page.byte_array_bytes);
  }
  rows_ += page.rows;
  bytes_ += page.bytes;

  const bool is_null_page = page.nulls == page.entries;
  has_bounds_ = has_bounds_ && page.bounds.has_values != is_null_page;
  index_.null_pages.push_back(is_null_page);
  index_.null_counts.push_back(page.nulls);
  if (leaf_.order == Order::float32 || leaf_.order == Order::float64) {
    index_.nan_counts.push_back(page.bounds.nan_count);
  }
  append(page.repetition_histogram, index_.repetition_level_histograms);
  append(page.definition_histogram, index_.definition_level_histograms);
  if (is_null_page || leaf_.order != Order::bytes) {
    index_.min_values.push_back(page.bounds.min);
    index_.max_values.push_back(page.bounds.max);
  } else {
    index_.min_values.push_back(cut_lower(page.bounds.min, leaf_.is_text).bytes);
    const std::optional<CutBound> upper = cut_upper(page.bounds.max, leaf_.is_text);
    // An upper bound that cannot be raised stays whole: the index must have one.
    index_.max_values.push_back(upper ? upper->bytes : page.bounds.max);
  }
  expected_bytes_ += numbers_bytes + index_.min_values.back().size() +
                     index_.max_values.back().size() + page.repetition_histogram.size() +
                     page.definition_histogram.size();
}

OffsetIndex PageIndexBuilder::offset_index(std::int64_t first_page_offset) const {
  OffsetIndex index = offsets_;
  for (PageLocation& page : index.page_locations) {
    page.offset += first_page_offset;
  }
  return index;
}

std::optional<ColumnIndex> PageIndexBuilder::column_index() const {
  if (!has_bounds_ || leaf_.order == Order::none) {
    return std::nullopt;
  }
  ColumnIndex index = index_;
  index.boundary_order = boundary_order();
  return index;
}

BoundaryOrder PageIndexBuilder::boundary_order() const {
  bool never_falls = true;
  bool never_rises = true;
  std::optional<std::size_t> previous;
  for (std::size_t page = 0; page < index_.null_pages.size(); ++page) {
    if (index_.null_pages[page]) {
      continue;
    }
    if (previous) {
      const int least = compare(leaf_.order, index_.min_values[*previous], index_.min_values[page]);
      const int most = compare(leaf_.order, index_.max_values[*previous], index_.max_values[page]);
      never_falls = never_falls && least <= 0 && most <= 0;
      never_rises = never_rises && least >= 0 && most >= 0;
    }
    previous = page;
  }
  return never_falls   ? BoundaryOrder::ascending
         : never_rises ? BoundaryOrder::descending
                       : BoundaryOrder::unordered;
}

}  // namespace sluice::parquet
