// Each kind of lie about a chunk, or about the file around it, is found.
#include "parquet/verify_chunk.h"

#include "parquet/batch_for_test.h"
#include "parquet/lies_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace sluice::parquet {

namespace {

using testing::HasSubstr;

TEST(VerifyChunk, EachLieInTheFooterIsFound) {
  using Lie = std::function<void(FileMetaData&)>;
  const auto of_chunk = [](std::size_t leaf, std::function<void(ColumnMetaData&)> change) -> Lie {
    return [=](FileMetaData& file) { change(file.row_groups[0].columns[leaf].meta_data); };
  };
  const auto of_bounds = [&](std::size_t leaf, std::function<void(Statistics&)> change) -> Lie {
    return of_chunk(leaf, [=](ColumnMetaData& column) { change(*column.statistics); });
  };
  Bytes seven;
  put_le(seven, std::int64_t{7});
  const std::vector<std::pair<Lie, std::string>> cases = {
      {[](FileMetaData& file) { ++file.num_rows; }, "the file: num_rows is 401, but there are 400"},
      {[](FileMetaData& file) { ++file.row_groups[0].total_byte_size; },
       "row group 0: total_byte_size is"},
      {[](FileMetaData& file) { --*file.row_groups[0].total_compressed_size; },
       "row group 0: total_compressed_size is"},
      {[](FileMetaData& file) { file.row_groups[0].sorting_columns[0].descending = true; },
       "row group 0: the rows are not in the order of sorting_columns"},
      {[](FileMetaData& file) { file.row_groups[0].sorting_columns[0].column_idx = 1; },
       "row group 0: the rows are not in the order of sorting_columns"},
      {[](FileMetaData& file) { file.row_groups[0].sorting_columns[0].column_idx = 9; },
       "row group 0: sorting column 9 is not there"},
      {of_bounds(1, [](Statistics& bounds) { ++*bounds.null_count; }),
       "row group 0, column b: null_count is 101, but there are 100"},
      {of_bounds(1, [](Statistics& bounds) { bounds.distinct_count = 3; }),
       "distinct_count is 3, but there are 11"},
      {of_bounds(2, [](Statistics& bounds) { bounds.nan_count = 0; }),
       "column c.list.element: nan_count is 0, but there are 134"},
      {of_bounds(0, [=](Statistics& bounds) { bounds.min_value = seven; }),
       "column a: min_value is exactly 7, but there is 0"},
      {of_bounds(0, [=](Statistics& bounds) { bounds.max = seven; }),
       "column a: max is 7, but there is 399"},
      {of_bounds(1, [](Statistics& bounds) { bounds.max_value = "u"; }),
       "max_value is exactly \"u\", but there is \"text 9\""},
      {of_bounds(1, [](Statistics& bounds) { bounds.min_value = "text 1"; }),
       "min_value is exactly \"text 1\", but there is \"text 0\""},
      {of_bounds(0, [](Statistics& bounds) { bounds.max_value = "abc"; }),
       "max_value is exactly 0x616263"},
      {of_chunk(1,
                [](ColumnMetaData& c) { ++*c.size_statistics->unencoded_byte_array_data_bytes; }),
       "unencoded_byte_array_data_bytes is"},
      {of_chunk(2, [](ColumnMetaData& c) { ++c.size_statistics->repetition_level_histogram[1]; }),
       "repetition_level_histogram is 400 401, but there are 400 400"},
      {of_chunk(2, [](ColumnMetaData& c) { ++c.size_statistics->definition_level_histogram[0]; }),
       "definition_level_histogram is 1 0 400 400, but there are 0 0 400 400"},
      {of_chunk(0, [](ColumnMetaData& c) { ++c.total_uncompressed_size; }),
       "column a: total_uncompressed_size is"},
      {of_chunk(1, [](ColumnMetaData& c) { c.encodings = {Encoding::rle}; }),
       "encodings lack RLE_DICTIONARY"},
      {of_chunk(1, [](ColumnMetaData& c) { c.encoding_stats[1].count = 5; }),
       "the count of DATA_PAGE in RLE_DICTIONARY is 5, but there are 3"},
      {of_chunk(1, [](ColumnMetaData& c) { ++c.data_page_offset; }), "data_page_offset is"},
      {of_chunk(1, [](ColumnMetaData& c) { --*c.bloom_filter_offset; }), "column b: "},
  };
  const Bytes file = sample_file();
  const Result<FileReader> honest = FileReader::open(file);
  ASSERT_TRUE(honest) << honest.error().message();
  ASSERT_EQ(all_of(verify(*honest).contradictions), "");
  for (const auto& [lie, complaint] : cases) {
    FileMetaData metadata = honest->metadata();
    lie(metadata);
    const Bytes bytes = with_metadata(file, metadata, honest->footer_bytes());
    const Result<FileReader> reader = FileReader::open(bytes);
    ASSERT_TRUE(reader) << complaint << ": " << reader.error().message();
    EXPECT_THAT(all_of(verify(*reader).contradictions), HasSubstr(complaint));
  }
}

// Puts another page index in place of a chunk's.
TEST(VerifyChunk, EachLieInThePageIndexIsFound) {
  using Lie = std::function<void(ColumnIndex&, OffsetIndex&)>;

  struct Case {
    std::size_t leaf;
    Lie lie;
    std::string_view complaint;
  };

  const Case cases[] = {
      {0,
       [](ColumnIndex& c, OffsetIndex&) { std::swap(c.min_values[0], c.min_values[1]); },
       "min_value of page 0 is 150, but there is 0"},
      {0,
       [](ColumnIndex& c, OffsetIndex&) { std::swap(c.max_values[0], c.max_values[1]); },
       "max_value of page 1 is 149, but there is 299"},
      {0,
       [](ColumnIndex& c, OffsetIndex&) { c.boundary_order = BoundaryOrder::descending; },
       "boundary_order is DESCENDING, which page 1 breaks"},
      {0,
       [](ColumnIndex& c, OffsetIndex&) { c.null_pages[2] = true; },
       "page 2 is null in the index"},
      {0,
       [](ColumnIndex& c, OffsetIndex&) { c.null_counts.pop_back(); },
       "the lists of the column index differ in length"},
      {0,
       [](ColumnIndex&, OffsetIndex& o) { o.page_locations.pop_back(); },
       "the pages of the offset index is 2, but there are 3"},
      {0,
       [](ColumnIndex&, OffsetIndex& o) { ++o.page_locations[1].offset; },
       "the offset of page 1 in the index is"},
      {0,
       [](ColumnIndex&, OffsetIndex& o) { ++o.page_locations[1].compressed_page_size; },
       "the size of page 1 in the index is"},
      {0,
       [](ColumnIndex&, OffsetIndex& o) { o.page_locations[1].first_row_index = 140; },
       "the entries of page 0 by its header is 150, but there are 140"},
      {0,
       [](ColumnIndex&, OffsetIndex& o) { o.page_locations[2].first_row_index = 0; },
       "page 2 begins at row 0"},
      {1, [](ColumnIndex& c, OffsetIndex&) { ++c.null_counts[1]; }, "null_count of page 1 is"},
      {1,
       [](ColumnIndex&, OffsetIndex& o) { ++o.unencoded_byte_array_data_bytes[2]; },
       "unencoded_byte_array_data_bytes of page 2 is"},
      {2, [](ColumnIndex& c, OffsetIndex&) { ++c.nan_counts[0]; }, "nan_count of page 0 is"},
      {2,
       [](ColumnIndex& c, OffsetIndex&) { ++c.repetition_level_histograms[2]; },
       "repetition_level_histogram of page 1 is 151 150, but there are 150 150"},
      {2,
       [](ColumnIndex& c, OffsetIndex&) { c.definition_level_histograms.pop_back(); },
       "the definition level histograms end before page 2"},
  };
  const Bytes file = sample_file();
  const Result<FileReader> honest = FileReader::open(file);
  ASSERT_TRUE(honest);
  for (const Case& each : cases) {
    ColumnIndex column_index = honest->read_column_index(0, each.leaf).value().value();
    OffsetIndex offset_index = honest->read_offset_index(0, each.leaf).value().value();
    each.lie(column_index, offset_index);
    // The new index stands behind the old ones.
    const std::size_t footer = file.size() - honest->footer_bytes() - tail_bytes;
    Bytes longer = file.substr(0, footer);
    FileMetaData metadata = honest->metadata();
    ColumnChunk& chunk = metadata.row_groups[0].columns[each.leaf];
    chunk.column_index_offset = static_cast<std::int64_t>(longer.size());
    encode(column_index, longer);
    chunk.column_index_length = static_cast<std::int32_t>(static_cast<std::int64_t>(longer.size()) -
                                                          *chunk.column_index_offset);
    chunk.offset_index_offset = static_cast<std::int64_t>(longer.size());
    encode(offset_index, longer);
    chunk.offset_index_length = static_cast<std::int32_t>(static_cast<std::int64_t>(longer.size()) -
                                                          *chunk.offset_index_offset);
    const Bytes bytes = with_metadata(longer + Bytes(tail_bytes, '\0'), metadata, 0);
    const Result<FileReader> reader = FileReader::open(bytes);
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_THAT(all_of(verify(*reader).contradictions), HasSubstr(std::string(each.complaint)));
  }
}

TEST(VerifyChunk, ABloomFilterThatForgotAValueIsFound) {
  Bytes file = sample_file();
  const Result<FileReader> honest = FileReader::open(file);
  ASSERT_TRUE(honest);
  const ColumnMetaData column = honest->metadata().row_groups[0].columns[1].meta_data;
  const auto end =
      static_cast<std::size_t>(*column.bloom_filter_offset + *column.bloom_filter_length);
  for (std::size_t i = 1; i <= bloom_block_bytes; ++i) {
    file[end - i] = '\0';
  }
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  EXPECT_THAT(all_of(verify(*reader).contradictions),
              HasSubstr("column b: the bloom filter does not know \"text "));
}

TEST(VerifyChunk, APlaceWithNothingRightIsCutShort) {
  Verification found;
  Claims claims("row group 0, column a", found);
  for (int i = 0; i < 50; ++i) {
    claims.equal("number", i, -1);
  }
  EXPECT_EQ(found.claims, 50U);
  ASSERT_EQ(found.contradictions.size(), 10U);
  EXPECT_EQ(found.contradictions[3], "row group 0, column a: number is 3, but there are -1");
}

}  // namespace

}  // namespace sluice::parquet
