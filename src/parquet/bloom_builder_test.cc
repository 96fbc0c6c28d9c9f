// Filters sized by what a chunk held.
#include "parquet/bloom_builder.h"

#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::parquet {

namespace {

TEST(BloomBuilder, TheFilterDoesNotDependOnOrderOrBatches) {
  const columnar::Schema schema = schema_of("a bigint");
  const columnar::Leaf leaf = columnar::leaves_of(schema)[0];
  for (const std::int64_t distinct : {3, 1'000, 20'000}) {
    std::vector<std::optional<BloomFilter>> filters;
    for (std::int64_t step : {1, 7}) {
      BloomBuilder builder(leaf, {.false_positives = 0.01, .bytes_max = 16'384});
      for (int round = 0; round < 2; ++round) {
        columnar::Column column(leaf);
        for (std::int64_t i = 0; i < distinct; ++i) {
          column.append_int64((i * step) % distinct);
        }
        for (std::size_t first = 0; first < column.values();) {
          const std::size_t count = std::min<std::size_t>(column.values() - first, 1 + first / 2);
          builder.add(column, first, count);
          first += count;
        }
      }
      filters.push_back(builder.take());
      EXPECT_FALSE(builder.take().has_value()) << "a builder starts again, empty";
    }
    ASSERT_TRUE(filters[0] && filters[1]);
    EXPECT_EQ(filters[0]->bytes(), filters[1]->bytes()) << distinct;
  }
}

TEST(BloomBuilder, ACrowdedFilterIsLeftOut) {
  const columnar::Leaf leaf = columnar::leaves_of(schema_of("a bigint"))[0];
  BloomBuilder builder(leaf, {.false_positives = 0.01, .bytes_max = 1'024});
  columnar::Column column(leaf);
  for (std::int64_t i = 0; i < 100'000; ++i) {
    column.append_int64(i);
  }
  builder.add(column, 0, column.values());
  EXPECT_LT(builder.bytes_held(), 100'000U) << "no more is kept than the filter needs";
  EXPECT_FALSE(builder.take().has_value());
}

TEST(BloomBuilder, AFilterIsAsLargeAsItsDistinctValuesNeed) {
  const columnar::Leaf leaf = columnar::leaves_of(schema_of("a string"))[0];
  constexpr std::size_t bytes_max = std::size_t{1} << 16;
  for (const int distinct : {0, 1, 100, 5'000, 40'000, 60'000, 100'000}) {
    BloomBuilder builder(leaf, {.false_positives = 0.02, .bytes_max = bytes_max});
    columnar::Column column(leaf);
    for (int i = 0; i < 2 * distinct; ++i) {
      column.append_bytes(std::to_string(i % distinct));
    }
    builder.add(column, 0, column.values());
    const std::optional<BloomFilter> filter = builder.take();
    ASSERT_EQ(filter.has_value(), distinct > 0);
    if (filter) {
      EXPECT_EQ(filter->bytes().size(),
                bloom_filter_bytes(static_cast<std::uint64_t>(distinct), 0.02, bytes_max))
          << distinct;
      for (int i = 0; i < distinct; ++i) {
        ASSERT_TRUE(filter->may_contain(ByteView(std::to_string(i))));
      }
    }
  }
}

}  // namespace

}  // namespace sluice::parquet
