// The order behind the last row group, and where the footer says things are.
#include "parquet/file_tail.h"

#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(FileTail, FiltersComeFirstThenColumnIndexesThenOffsetIndexes) {
  FileMetaData metadata;
  metadata.row_groups.resize(2);
  FileTail tail;
  for (std::size_t group = 0; group < 2; ++group) {
    metadata.row_groups[group].columns.resize(2);
    for (std::size_t leaf = 0; leaf < 2; ++leaf) {
      WrittenChunk written;
      written.offset_index.page_locations.push_back({.offset = 4});
      if (leaf == 0) {
        written.column_index.emplace();
      }
      tail.add_index(group, leaf, written);
    }
    tail.add_bloom_filter(group, 1, BloomFilter(bloom_block_bytes));
  }
  MemorySink memory;
  CountingSink sink(memory);
  ASSERT_TRUE(sink.append("PAR1"));
  ASSERT_TRUE(tail.write(sink, metadata));
  EXPECT_EQ(sink.written(), memory.bytes().size());
  EXPECT_GE(tail.bytes_held(), memory.bytes().size() - 4);

  std::int64_t end = 4;
  for (const RowGroup& group : metadata.row_groups) {
    EXPECT_FALSE(group.columns[0].meta_data.bloom_filter_offset);
    EXPECT_EQ(group.columns[1].meta_data.bloom_filter_offset, end);
    end += *group.columns[1].meta_data.bloom_filter_length;
  }
  for (const RowGroup& group : metadata.row_groups) {
    EXPECT_FALSE(group.columns[1].column_index_offset);
    EXPECT_EQ(group.columns[0].column_index_offset, end);
    end += *group.columns[0].column_index_length;
  }
  for (const RowGroup& group : metadata.row_groups) {
    for (const ColumnChunk& chunk : group.columns) {
      EXPECT_EQ(chunk.offset_index_offset, end);
      end += *chunk.offset_index_length;
    }
  }
  EXPECT_EQ(end, sink.offset());
}

}  // namespace

}  // namespace sluice::parquet
