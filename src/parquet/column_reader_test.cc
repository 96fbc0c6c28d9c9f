// Damaged chunks end in errors that say what is wrong.
#include "parquet/column_reader.h"

#include "base/random.h"
#include "parquet/levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace sluice::parquet {

namespace {

// A chunk of optional INT32 made by hand.
struct Chunk {
  Chunk() {
    element.type = PhysicalType::int32;
    leaf.definition_max = 1;
    meta_data.num_values = 3;
  }

  void add_page(PageHeader header, ByteView body) {
    header.uncompressed_page_size = static_cast<std::int32_t>(body.size());
    header.compressed_page_size = static_cast<std::int32_t>(body.size());
    encode(header, pages);
    pages += body;
  }

  void add_data(std::int32_t entries, Encoding encoding, ByteView values) {
    Bytes body;
    if (leaf.definition_max > 0) {
      encode_full_levels(static_cast<std::size_t>(std::max(entries, 1)), leaf.definition_max, body);
    }
    body += values;
    PageHeader header;
    header.data = DataPageHeader{.num_values = entries, .encoding = encoding};
    add_page(header, body);
  }

  // Three numbers; `header` may say otherwise.
  void add_data_v2(DataPageHeaderV2 header) {
    Bytes body;
    encode_full_levels(3, 1, body, LevelFraming::bare);
    header.num_values = header.num_values == 0 ? 3 : header.num_values;
    header.definition_levels_byte_length = header.definition_levels_byte_length == 0
                                               ? static_cast<std::int32_t>(body.size())
                                               : header.definition_levels_byte_length;
    PageHeader page;
    page.type = PageType::data_v2;
    page.data_v2 = header;
    add_page(page, body + Bytes("\1\0\0\0\2\0\0\0\3\0\0\0", 12));
  }

  void add_dictionary(std::int32_t values, ByteView body) {
    PageHeader header;
    header.type = PageType::dictionary;
    header.dictionary = DictionaryPageHeader{.num_values = values};
    add_page(header, body);
  }

  Result<columnar::Column> read() const {
    return read_chunk(pages,
                      {.meta_data = meta_data,
                       .element = element,
                       .leaf = leaf,
                       .rows = meta_data.num_values,
                       .bytes_max = 10'000});
  }

  ColumnMetaData meta_data;
  SchemaElement element;
  SchemaLeaf leaf;
  Bytes pages;
};

const ByteView three_numbers("\1\0\0\0\2\0\0\0\3\0\0\0", 12);

TEST(ColumnReader, PagesByHandAreRead) {
  Chunk chunk;
  chunk.add_data(1, Encoding::plain, three_numbers.substr(0, 4));
  chunk.add_data(2, Encoding::plain, three_numbers.substr(4));
  const Result<columnar::Column> column = chunk.read();
  ASSERT_TRUE(column) << column.error().message();
  EXPECT_EQ(column->values(), 3U);
  EXPECT_EQ(column->fixed<std::int32_t>()[2], 3);
}

TEST(ColumnReader, PagesOfVersion2AreRead) {
  for (const bool is_compressed : {false, true}) {
    Chunk chunk;
    chunk.meta_data.codec = is_compressed ? CodecId::uncompressed : CodecId::snappy;
    chunk.add_data_v2({.num_rows = 3, .is_compressed = is_compressed});
    const Result<columnar::Column> column = chunk.read();
    ASSERT_TRUE(column) << column.error().message();
    EXPECT_EQ(column->values(), 3U);
    EXPECT_EQ(column->fixed<std::int32_t>()[2], 3);
  }
}

TEST(ColumnReader, APageOfVersion2WithoutValuesMayHaveNoBytesToDecompress) {
  Chunk chunk;
  chunk.meta_data.codec = CodecId::snappy;
  PageHeader page;
  page.type = PageType::data_v2;
  page.data_v2 = DataPageHeaderV2{
      .num_values = 3, .num_nulls = 3, .num_rows = 3, .definition_levels_byte_length = 2};
  chunk.add_page(page, ByteView("\6\0", 2));
  const Result<columnar::Column> column = chunk.read();
  ASSERT_TRUE(column) << column.error().message();
  EXPECT_EQ(column->nulls(), 3U);
}

TEST(ColumnReader, IndicesOfWidthZeroAreRead) {
  Chunk chunk;
  chunk.add_dictionary(1, three_numbers.substr(0, 4));
  chunk.add_data(3, Encoding::plain_dictionary, ByteView("\0\6", 2));
  const Result<columnar::Column> column = chunk.read();
  ASSERT_TRUE(column) << column.error().message();
  EXPECT_EQ(column->fixed<std::int32_t>()[2], 1);
}

TEST(ColumnReader, DamageIsRefusedAndNamed) {
  struct Case {
    std::string_view complaint;
    std::function<void(Chunk&)> make;
  };

  const Case cases[] = {
      {"the pages end after 0 of 3 entries", [](Chunk&) {}},
      {"the pages end after 1 of 3 entries",
       [](Chunk& chunk) { chunk.add_data(1, Encoding::plain, three_numbers); }},
      {"a page of 4 entries where 3 are left",
       [](Chunk& chunk) { chunk.add_data(4, Encoding::plain, three_numbers); }},
      {"3 values do not fit in the 4 bytes left",
       [](Chunk& chunk) { chunk.add_data(3, Encoding::plain, three_numbers.substr(0, 4)); }},
      {"without a header that makes sense",
       [](Chunk& chunk) { chunk.add_data(-1, Encoding::plain, three_numbers); }},
      {"no dictionary before it",
       [](Chunk& chunk) { chunk.add_data(3, Encoding::rle_dictionary, ByteView("\1\6\0", 3)); }},
      {"without a header that makes sense, or a second one",
       [](Chunk& chunk) { chunk.add_dictionary(-1, three_numbers); }},
      {"the dictionary page ends too early",
       [](Chunk& chunk) { chunk.add_dictionary(4, three_numbers); }},
      {"an index beyond the 1 values",
       [](Chunk& chunk) {
         chunk.add_dictionary(1, three_numbers);
         chunk.add_data(3, Encoding::rle_dictionary, ByteView("\1\6\1", 3));
       }},
      {"dictionary indices are damaged",
       [](Chunk& chunk) {
         chunk.add_dictionary(1, three_numbers);
         chunk.add_data(3, Encoding::rle_dictionary, ByteView("\x21\6\0", 3));
       }},
      {"deltas are damaged",
       [](Chunk& chunk) { chunk.add_data(3, Encoding::delta_binary_packed, ""); }},
      {"pages of INT32 in DELTA_BYTE_ARRAY cannot be read",
       [](Chunk& chunk) { chunk.add_data(3, Encoding::delta_byte_array, ""); }},
      {"pages of type page type 9 cannot be read",
       [](Chunk& chunk) {
         PageHeader header;
         header.type = static_cast<PageType>(9);
         chunk.add_page(header, "");
       }},
      {"without a header that makes sense",
       [](Chunk& chunk) {
         PageHeader header;
         header.type = PageType::data_v2;
         chunk.add_page(header, "");
       }},
      {"levels of 16 bytes in a page of 14",
       [](Chunk& chunk) { chunk.add_data_v2({.definition_levels_byte_length = 16}); }},
      {"without a header that makes sense",
       [](Chunk& chunk) { chunk.add_data_v2({.repetition_levels_byte_length = -1}); }},
      {"a page of 4 entries where 3 are left",
       [](Chunk& chunk) { chunk.add_data_v2({.num_values = 4}); }},
      {"levels are damaged or fewer than 3",
       [](Chunk& chunk) { chunk.add_data_v2({.definition_levels_byte_length = 1}); }},
      {"do not decompress with snappy",
       [](Chunk& chunk) {
         chunk.meta_data.codec = CodecId::snappy;
         chunk.add_data_v2({});
       }},
      {"the codec BROTLI cannot be read",
       [](Chunk& chunk) { chunk.meta_data.codec = CodecId::brotli; }},
      {"a page's checksum is 00000001",
       [](Chunk& chunk) {
         PageHeader header;
         header.crc = 1;
         chunk.add_page(header, "");
       }},
      {"more than the 10000 bytes allowed",
       [](Chunk& chunk) {
         chunk.meta_data.num_values = 1'000'000;
         chunk.add_data(1'000'000, Encoding::plain, "");
       }},
      {"goes on with a row that never began",
       [](Chunk& chunk) {
         chunk.leaf.repetition_max = 1;
         Bytes body;
         encode_full_levels(3, 1, body);
         encode_full_levels(3, 1, body);
         PageHeader header;
         header.data = DataPageHeader{.num_values = 3};
         chunk.add_page(header, body + Bytes(three_numbers));
       }},
  };
  for (const Case& each : cases) {
    Chunk chunk;
    each.make(chunk);
    const Result<columnar::Column> column = chunk.read();
    ASSERT_FALSE(column) << each.complaint;
    EXPECT_THAT(column.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

TEST(ColumnReader, FlippedBytesAreSafe) {
  Chunk whole;
  whole.add_dictionary(3, three_numbers);
  whole.add_data(3, Encoding::rle_dictionary, ByteView("\2\3\x24\0", 4));
  ASSERT_TRUE(whole.read());
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    Chunk flipped = whole;
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      flipped.pages[random.below(flipped.pages.size())] = static_cast<char>(random.next());
    }
    static_cast<void>(flipped.read());
  }
}

}  // namespace

}  // namespace sluice::parquet
