// The order behind the last row group, and where the footer says things are.
#include "parquet/file_tail.h"

#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

// A part as decode() reads it: group, leaf, one byte.
Bytes part(char group, char leaf) {
  return {group, leaf, '\1', 'x'};
}

TEST(FileTail, ComesBackFromItsBytes) {
  FileTail tail;
  for (std::size_t group = 0; group < 3; ++group) {
    WrittenChunk written;
    written.offset_index.page_locations.push_back({.offset = 4});
    tail.add_index(group, 0, written);
    tail.add_bloom_filter(group, 1, BloomFilter(bloom_block_bytes));
  }
  Bytes bytes;
  tail.append_to(bytes);
  const Result<FileTail> back = FileTail::decode(bytes, 3, 2);
  ASSERT_TRUE(back);
  Bytes again;
  back->append_to(again);
  EXPECT_EQ(again, bytes);
  EXPECT_FALSE(FileTail::decode(bytes, 2, 2)) << "of a file with more row groups";
  EXPECT_FALSE(FileTail::decode(bytes, 3, 1)) << "of a file with more leaves";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(FileTail::decode(ByteView(bytes).substr(0, cut), 3, 2)) << cut;
  }
  EXPECT_FALSE(FileTail::decode(bytes + '\0', 3, 2));
}

TEST(FileTail, PartsOutOfOrderOrTwiceAreRefused) {
  const auto decode = [](const Bytes& first, const Bytes& second) {
    return FileTail::decode("\2" + first + second + Bytes(2, '\0'), 2, 2).has_value();
  };
  EXPECT_TRUE(decode(part(0, 1), part(1, 0)));
  EXPECT_TRUE(decode(part(0, 0), part(0, 1)));
  EXPECT_FALSE(decode(part(1, 0), part(0, 1)));
  EXPECT_FALSE(decode(part(1, 1), part(1, 0)));
  EXPECT_FALSE(decode(part(1, 1), part(1, 1)));
}

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
