// Pages and the description of their chunk.
#include "parquet/page_builder.h"

#include "base/random.h"
#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace sluice::parquet {

namespace {

columnar::Leaf leaf_of(std::string_view type) {
  return columnar::leaves_of(schema_of("c " + std::string(type)))[0];
}

DataPage plain_page(ByteView body, std::size_t rows) {
  DataPage page;
  page.rows = page.entries = page.values = rows;
  page.body = body;
  return page;
}

TEST(PageBuilder, AChunkIsItsPagesOneAfterTheOther) {
  Compressor compressor(Codec::uncompressed);
  PageBuilder builder(leaf_of("int"), {}, compressor);
  const Bytes body(8, '\1');
  ASSERT_TRUE(builder.add(plain_page(body, 2)));
  ASSERT_TRUE(builder.add(plain_page(body, 2)));
  EXPECT_EQ(builder.entries(), 4);
  EXPECT_GT(builder.bytes_held(), 2 * body.size());
  MemorySink sink;
  const Result<WrittenChunk> written = builder.flush(std::nullopt, 1'000, sink);
  ASSERT_TRUE(written);
  const ColumnMetaData& column = written->chunk.meta_data;
  EXPECT_EQ(column.data_page_offset, 1'000);
  EXPECT_EQ(column.dictionary_page_offset, std::nullopt);
  EXPECT_EQ(column.total_compressed_size, static_cast<std::int64_t>(sink.bytes().size()));
  EXPECT_EQ(column.total_uncompressed_size, column.total_compressed_size);
  EXPECT_EQ(column.encodings, (std::vector<Encoding>{Encoding::plain, Encoding::rle}));
  const Result<DecodedPageHeader> header = decode_page_header(sink.bytes());
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->header.crc);
  EXPECT_EQ(header->header.uncompressed_page_size, 4 + 2 + 8) << "levels and values";
  EXPECT_EQ(written->offset_index.page_locations[1].offset,
            1'000 + written->offset_index.page_locations[0].compressed_page_size);
  EXPECT_EQ(builder.bytes_held(), 0U) << "it starts again";
}

TEST(PageBuilder, TheDictionaryPageComesFirst) {
  Compressor compressor(Codec::snappy);
  PageBuilder builder(leaf_of("int"), {}, compressor);
  DataPage page = plain_page(ByteView("\x01\x06\x00", 3), 3);
  page.encoding = Encoding::rle_dictionary;
  ASSERT_TRUE(builder.add(page));
  MemorySink sink;
  const Result<WrittenChunk> written = builder.flush(
      DictionaryPage{.values = 1, .body = ByteView("\x59\x00\x00\x00", 4), .covers_chunk = true},
      4,
      sink);
  ASSERT_TRUE(written);
  const ColumnMetaData& column = written->chunk.meta_data;
  EXPECT_EQ(column.dictionary_page_offset, 4);
  EXPECT_GT(column.data_page_offset, 4);
  EXPECT_EQ(column.statistics->distinct_count, 1);
  EXPECT_EQ(column.total_compressed_size, static_cast<std::int64_t>(sink.bytes().size()));
  ASSERT_EQ(column.encoding_stats.size(), 2U);
  EXPECT_EQ(column.encoding_stats[0].page_type, PageType::dictionary);
}

// The only page of a chunk, uncompressed levels before it, as it stands in the file.
Bytes snappy_page_of(std::string_view type, ByteView body, std::size_t rows) {
  Compressor compressor(Codec::snappy);
  PageBuilder builder(leaf_of(type), {.version = PageVersion::v2}, compressor);
  EXPECT_TRUE(builder.add(plain_page(body, rows)));
  MemorySink sink;
  EXPECT_TRUE(builder.flush(std::nullopt, 0, sink));
  return sink.bytes();
}

TEST(PageBuilder, SnappyIsByTheEncoderThatMakesLess) {
  constexpr std::size_t rows = 20'000;
  SeededRandom random(1);
  Bytes times;
  Bytes texts;
  Bytes halves;
  for (std::int64_t i = 0, time = 1'752'599'433'123'456; i < std::int64_t{rows}; ++i) {
    time += 5'000 + static_cast<std::int64_t>(random.below(10'000));
    put_le(times, time);
    const std::string digits = std::to_string(time);
    const std::string text = "2025-07-15T17:" + digits.substr(6, 2) + ":" + digits.substr(8, 2) +
                             "." + digits.substr(10) + "+05:30";
    put_le(texts, static_cast<std::uint32_t>(text.size()));
    texts += text;
    put_le(halves, std::bit_cast<std::int64_t>(static_cast<double>(random.below(100)) / 2));
  }
  Compressor compressor(Codec::snappy);
  const auto by_layout = [&](ByteView body) {
    Bytes out;
    compressor.compress(body, {.offset = 0, .width = body.size() / rows}, out);
    return out;
  };
  const auto in_general = [&](ByteView body) {
    Bytes out;
    compressor.compress(body, out);
    return out;
  };
  ASSERT_LT(by_layout(times).size(), in_general(times).size());
  EXPECT_TRUE(snappy_page_of("bigint", times, rows).ends_with(by_layout(times)));
  ASSERT_LT(by_layout(texts).size(), in_general(texts).size());
  EXPECT_TRUE(snappy_page_of("string", texts, rows).ends_with(by_layout(texts)));
  ASSERT_GT(by_layout(halves).size(), in_general(halves).size());
  EXPECT_TRUE(snappy_page_of("double", halves, rows).ends_with(in_general(halves)));
}

TEST(PageBuilder, SizeStatisticsCountLevelsAndText) {
  Compressor compressor(Codec::uncompressed);
  PageBuilder builder(leaf_of("array<string>"), {}, compressor);
  const std::uint8_t definition[] = {3, 3, 1, 0, 2};
  const std::uint8_t repetition[] = {0, 1, 0, 0, 0};
  DataPage page;
  page.rows = 4;
  page.entries = 5;
  page.values = 2;
  page.definition = definition;
  page.repetition = repetition;
  page.byte_array_bytes = 7;
  ASSERT_TRUE(builder.add(page));
  MemorySink sink;
  const Result<WrittenChunk> written = builder.flush(std::nullopt, 4, sink);
  ASSERT_TRUE(written);
  const SizeStatistics& sizes = *written->chunk.meta_data.size_statistics;
  EXPECT_EQ(sizes.unencoded_byte_array_data_bytes, 7);
  EXPECT_EQ(sizes.repetition_level_histogram, (std::vector<std::int64_t>{4, 1}));
  EXPECT_EQ(sizes.definition_level_histogram, (std::vector<std::int64_t>{1, 1, 1, 2}));
  EXPECT_EQ(written->chunk.meta_data.statistics->null_count, 3);
}

TEST(PageBuilder, AFlatNumberNeedsNoSizeStatistics) {
  Compressor compressor(Codec::uncompressed);
  PageBuilder builder(leaf_of("int"), {}, compressor);
  ASSERT_TRUE(builder.add(plain_page(ByteView("abcd"), 1)));
  MemorySink sink;
  EXPECT_FALSE(builder.flush(std::nullopt, 4, sink)->chunk.meta_data.size_statistics);
}

}  // namespace

}  // namespace sluice::parquet
