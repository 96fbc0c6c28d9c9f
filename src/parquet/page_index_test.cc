// Page indexes: offsets, boundary orders, what is left out.
#include "parquet/page_index.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

constexpr PhysicalLeaf int_leaf{.type = PhysicalType::int32, .order = Order::int32};

PageSummary summary_of(std::int64_t rows, std::int64_t nulls, std::int32_t bytes) {
  PageSummary summary;
  summary.rows = rows;
  summary.entries = rows;
  summary.nulls = nulls;
  summary.bytes = bytes;
  return summary;
}

PageSummary page(std::int32_t min, std::int32_t max) {
  PageSummary summary = summary_of(10, 0, 100);
  summary.bounds.has_values = true;
  put_le(summary.bounds.min, min);
  put_le(summary.bounds.max, max);
  return summary;
}

PageSummary null_page() {
  return summary_of(10, 10, 20);
}

BoundaryOrder order_of(const std::vector<PageSummary>& pages) {
  PageIndexBuilder builder(int_leaf);
  for (const PageSummary& each : pages) {
    builder.add(each);
  }
  return builder.column_index()->boundary_order;
}

TEST(PageIndex, TheBoundaryOrderIsJudgedOverPagesWithValues) {
  EXPECT_EQ(order_of({page(1, 5)}), BoundaryOrder::ascending);
  EXPECT_EQ(order_of({page(1, 5), page(1, 5)}), BoundaryOrder::ascending);
  EXPECT_EQ(order_of({page(1, 5), null_page(), page(2, 5), page(3, 9)}), BoundaryOrder::ascending);
  EXPECT_EQ(order_of({page(3, 9), page(2, 8), null_page()}), BoundaryOrder::descending);
  EXPECT_EQ(order_of({page(1, 5), page(2, 4)}), BoundaryOrder::unordered);
  EXPECT_EQ(order_of({null_page()}), BoundaryOrder::ascending);
}

TEST(PageIndex, OffsetsAndRowsCountOn) {
  PageIndexBuilder builder(int_leaf);
  builder.add(page(1, 2));
  builder.add(null_page());
  builder.add(page(1, 2));
  const OffsetIndex index = builder.offset_index(4);
  ASSERT_EQ(index.page_locations.size(), 3U);
  EXPECT_EQ(index.page_locations[0].offset, 4);
  EXPECT_EQ(index.page_locations[1].offset, 104);
  EXPECT_EQ(index.page_locations[2].offset, 124);
  EXPECT_EQ(index.page_locations[2].first_row_index, 20);
  EXPECT_TRUE(index.unencoded_byte_array_data_bytes.empty());
}

TEST(PageIndex, APageWithValuesButNoBoundsLeavesTheColumnIndexOut) {
  PageIndexBuilder builder({.type = PhysicalType::float64, .order = Order::float64});
  PageSummary only_nan = summary_of(1, 0, 10);
  only_nan.bounds.nan_count = 1;
  builder.add(only_nan);
  EXPECT_FALSE(builder.column_index());
  EXPECT_EQ(builder.offset_index(4).page_locations.size(), 1U);
}

TEST(PageIndex, AnUpperBoundThatCannotBeRaisedStaysWhole) {
  PageIndexBuilder builder({.type = PhysicalType::byte_array, .order = Order::bytes});
  PageSummary summary = summary_of(1, 0, 10);
  summary.byte_array_bytes = 80;
  summary.bounds = {.has_values = true, .min = Bytes(80, '\xff'), .max = Bytes(80, '\xff')};
  builder.add(summary);
  const std::optional<ColumnIndex> index = builder.column_index();
  ASSERT_TRUE(index);
  EXPECT_EQ(index->min_values[0], Bytes(64, '\xff'));
  EXPECT_EQ(index->max_values[0], Bytes(80, '\xff'));
}

}  // namespace

}  // namespace sluice::parquet
