// Gathers what the page index says about one column chunk: where each data page lies and what it
// holds.
#pragma once

#include "parquet/bounds.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sluice::parquet {

// What one data page adds.
struct PageSummary {
  std::int64_t rows = 0;
  std::int64_t entries = 0;
  std::int64_t nulls = 0;
  std::int32_t bytes = 0;             // in the file, header included
  std::int64_t byte_array_bytes = 0;  // of byte arrays, without length prefixes
  Bounds bounds;
  std::vector<std::int64_t> repetition_histogram;  // empty where the format leaves it out
  std::vector<std::int64_t> definition_histogram;
};

// One builder a chunk.
class PageIndexBuilder {
 public:
  explicit PageIndexBuilder(const PhysicalLeaf& leaf) : leaf_(leaf) {}

  // Pages in file order.
  void add(const PageSummary& page);

  // `first_page_offset`: of the first data page's header, from the start of the file; the others
  // follow without gaps.
  OffsetIndex offset_index(std::int64_t first_page_offset) const;

  // About what both take in the file.
  std::uint64_t bytes() const { return expected_bytes_; }

  // Nothing when a page has values but no bounds (all NaN): readers would take it for empty.
  std::optional<ColumnIndex> column_index() const;

 private:
  BoundaryOrder boundary_order() const;

  PhysicalLeaf leaf_;
  OffsetIndex offsets_;  // offsets count from the first data page
  ColumnIndex index_;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
  std::uint64_t expected_bytes_ = 0;
  bool has_bounds_ = true;
};

}  // namespace sluice::parquet
