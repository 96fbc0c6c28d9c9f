// Facts counted over all rows and page by page.
#include "parquet/chunk_facts.h"

#include "parquet/batch_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace sluice::parquet {

namespace {

using testing::ElementsAre;

TEST(ChunkFacts, ListsAreCountedByRows) {
  columnar::RowBatch batch(schema_of("tags array<string>"));
  columnar::Column& tags = batch.column(0);
  tags.append_bytes("b", 0);
  tags.append_null(2, 1);
  tags.append_bytes("aaa", 1);  // ["b", null, "aaa"]
  tags.append_null(1, 0);       // []
  tags.append_null(0, 0);       // null
  tags.append_bytes("c", 0);    // ["c"]
  batch.end_rows(4);
  SchemaLeaf leaf;
  leaf.definition_max = 3;
  leaf.repetition_max = 1;
  FactsReader reader(tags, leaf, Order::bytes);
  const ChunkFacts first = reader.next(1);
  EXPECT_EQ(first.entries, 3);
  EXPECT_EQ(first.nulls, 1);
  EXPECT_EQ(first.byte_array_bytes, 4);
  EXPECT_EQ(first.min, "aaa");
  EXPECT_EQ(first.max, "b");
  EXPECT_THAT(first.repetition_histogram, ElementsAre(1, 2));
  EXPECT_THAT(first.definition_histogram, ElementsAre(0, 0, 1, 2));
  const ChunkFacts empty = reader.next(2);
  EXPECT_EQ(empty.entries, 2);
  EXPECT_EQ(empty.nulls, 2);
  EXPECT_FALSE(empty.min);
  EXPECT_FALSE(reader.is_at_end());
  EXPECT_EQ(reader.next(100).max, "c");
  EXPECT_TRUE(reader.is_at_end());
  EXPECT_EQ(reader.next(100).entries, 0);
}

TEST(ChunkFacts, NanIsNoBound) {
  columnar::RowBatch batch(schema_of("x double"));
  for (double value : {std::nan(""), 2.5, -1.0, std::nan("")}) {
    batch.column(0).append_double(value);
    batch.end_row();
  }
  SchemaLeaf leaf;
  leaf.definition_max = 1;
  const ChunkFacts facts = FactsReader(batch.column(0), leaf, Order::float64).next(10);
  EXPECT_EQ(facts.nans, 2);
  EXPECT_EQ(facts.min, plain_value(batch.column(0), 2));
  EXPECT_EQ(facts.max, plain_value(batch.column(0), 1));
  const ChunkFacts unordered = FactsReader(batch.column(0), leaf, Order::none).next(10);
  EXPECT_FALSE(unordered.min);
}

}  // namespace

}  // namespace sluice::parquet
