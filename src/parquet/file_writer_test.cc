// Whole files: what goes in comes back, in any batching the same bytes, and the footer tells the
// truth.
#include "parquet/file_writer.h"

#include "parquet/batch_for_test.h"
#include "parquet/profile.h"
#include "parquet/whole_file_for_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::RowBatch;
using columnar::Schema;
using columnar::Storage;

WriterOptions small_pages() {
  WriterOptions options;
  options.page_bytes_max = 600;
  options.page_rows_max = 70;
  options.row_group_rows_max = 900;
  options.dictionary_bytes_max = 400;
  return options;
}

TEST(FileWriter, FlatColumnsOfEveryTypeComeBackWithEveryCodec) {
  const Schema schema = schema_of(flat_columns);
  for (Codec codec :
       {Codec::uncompressed, Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw}) {
    for (std::uint64_t null_percent : {0U, 30U, 100U}) {
      for (std::uint64_t distinct : {1U, 5U, 100'000U}) {
        const RowBatch rows =
            random_rows(schema, null_percent + distinct, 1'500, {null_percent, distinct});
        WriterOptions options = small_pages();
        options.codec = codec;
        ASSERT_NO_FATAL_FAILURE(expect_holds(file_of(schema, options, {&rows}), rows));
      }
    }
  }
}

TEST(FileWriter, RowsComeBackFromEveryProfileAndPageVersion) {
  for (std::string_view columns : {flat_columns, nested_columns}) {
    const Schema schema = schema_of(columns);
    for (const WriterOptions& options : all_ways()) {
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        const RowBatch rows =
            random_rows(schema, seed, 1'000, {seed * 33, seed % 2 == 0 ? 6U : 5'000U, seed % 4});
        ASSERT_NO_FATAL_FAILURE(expect_holds(file_of(schema, options, {&rows}), rows));
      }
    }
  }
}

// The encodings of each column over all row groups.
std::vector<std::set<Encoding>> encodings_of(ByteView file) {
  const Result<FileReader> reader = FileReader::open(file);
  EXPECT_TRUE(reader) << reader.error().message();
  std::vector<std::set<Encoding>> all(reader->schema().leaves.size());
  for (const RowGroup& group : reader->metadata().row_groups) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const PageEncodingStats& stats : group.columns[i].meta_data.encoding_stats) {
        all[i].insert(stats.encoding);
      }
    }
  }
  return all;
}

// Times that grow, a rate that walks, names of few and texts of many kinds, switches, readings.
RowBatch telling_rows(const Schema& schema, std::size_t rows) {
  SeededRandom random(3);
  RowBatch batch(schema);
  std::int64_t time = 1'752'599'433'123'456;
  for (std::size_t i = 0; i < rows; ++i) {
    time += 450'000 + static_cast<std::int64_t>(random.below(100'000));
    batch.column(0).append_int64(time);
    batch.column(1).append_int32(static_cast<std::int32_t>(60 + random.below(100)));
    batch.column(2).append_bytes(fmt::format("watch-{}", random.below(20)));
    batch.column(3).append_bytes(fmt::format("2025-07-15T17:10:33.{}", time));
    batch.column(4).append_bool(i % 400 < 200);
    batch.column(5).append_double(36 + static_cast<double>(random.below(1 << 30)) / (1 << 28));
    batch.column(6).append_null();
    batch.end_row();
  }
  return batch;
}

constexpr std::string_view telling_columns =
    "t timestamp, r int, w string, s string, b boolean, d double, n int";

TEST(FileWriter, EachColumnTakesTheEncodingThatSuitsIt) {
  using enum Encoding;
  using testing::ElementsAre;
  const Schema schema = schema_of(telling_columns);
  const RowBatch rows = telling_rows(schema, 5'000);
  const std::set<Encoding> indices = {plain, rle_dictionary};
  EXPECT_THAT(encodings_of(file_of(schema, options_of(Profile::compatible), {&rows})),
              ElementsAre(std::set{plain},
                          indices,
                          indices,
                          std::set{plain},
                          std::set{plain},
                          std::set{plain},
                          std::set{plain}));
  const Bytes compact = file_of(schema, options_of(Profile::compact), {&rows});
  EXPECT_THAT(encodings_of(compact),
              ElementsAre(std::set{delta_binary_packed},
                          indices,
                          indices,
                          std::set{delta_byte_array},
                          std::set{rle},
                          std::set{byte_stream_split},
                          std::set{plain}));
  // A strong codec makes other encodings the best, but the file no larger.
  EXPECT_LT(file_of(schema, options_of(Profile::smallest), {&rows}).size(), compact.size());
}

TEST(FileWriter, ACodecThatGainsNothingIsLeftOut) {
  const Schema schema = schema_of(telling_columns);
  const RowBatch rows = telling_rows(schema, 5'000);
  const auto codecs = [&](const WriterOptions& options) {
    const Bytes file = file_of(schema, options, {&rows});
    const Result<FileReader> reader = FileReader::open(ByteView(file));
    std::vector<CodecId> all;
    for (const ColumnChunk& chunk : reader->metadata().row_groups[0].columns) {
      all.push_back(chunk.meta_data.codec);
    }
    return all;
  };
  using enum CodecId;
  EXPECT_THAT(codecs(options_of(Profile::compatible)),
              testing::ElementsAre(snappy,        // times
                                   uncompressed,  // random bytes
                                   uncompressed,  // indices
                                   snappy,        // texts
                                   snappy,        // runs of bits
                                   snappy,        // exponents
                                   uncompressed));
  EXPECT_THAT(codecs(options_of(Profile::aws)), testing::Each(snappy));
}

TEST(FileWriter, TheAwsProfileMarksAsParquetJavaDoes) {
  const Schema schema = schema_of("r int, l array<int>");
  RowBatch rows(schema);
  for (int i = 0; i < 100; ++i) {
    rows.column(0).append_int32(7);
    rows.column(1).append_int32(7);
    rows.end_row();
  }
  WriterOptions options = options_of(Profile::aws);
  options.dictionary = true;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(ByteView(file));
  ASSERT_TRUE(reader);
  const RowGroup& group = reader->metadata().row_groups[0];
  using enum Encoding;
  EXPECT_THAT(group.columns[0].meta_data.encodings,
              testing::ElementsAre(rle, bit_packed, plain_dictionary));
  EXPECT_THAT(group.columns[1].meta_data.encodings, testing::ElementsAre(rle, plain_dictionary));
  for (const ColumnChunk& chunk : group.columns) {
    for (const PageEncodingStats& stats : chunk.meta_data.encoding_stats) {
      EXPECT_EQ(stats.encoding, plain_dictionary);
    }
  }
  const auto header = decode_page_header(
      ByteView(file).substr(static_cast<std::size_t>(group.columns[0].meta_data.data_page_offset)));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->header.data->encoding, plain_dictionary);
  EXPECT_EQ(header->header.data->repetition_level_encoding, bit_packed);
  EXPECT_EQ(header->header.data->definition_level_encoding, rle);
  EXPECT_TRUE(reader->read_column(0, 0));
  EXPECT_EQ(reader->schema().elements[0].name, "hive_schema");
}

TEST(FileWriter, APageOfVersion2SaysWhetherItIsCompressed) {
  const Schema schema = schema_of("s string");
  RowBatch rows(schema);
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    Bytes text(40, 'x');
    for (char& letter : text) {
      letter = i < 100 ? 'x' : static_cast<char>('!' + random.below(90));
    }
    rows.column(0).append_bytes(i % 10 == 0 ? text : text + std::to_string(i));
    rows.end_row();
  }
  WriterOptions options;
  options.pages.version = PageVersion::v2;
  options.page_rows_max = 100;
  options.dictionary = false;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(ByteView(file));
  ASSERT_TRUE(reader);
  const Result<std::optional<OffsetIndex>> index = reader->read_offset_index(0, 0);
  ASSERT_TRUE(index);
  ASSERT_EQ((*index)->page_locations.size(), 2U);
  for (const bool is_first : {true, false}) {
    const PageLocation& place = (*index)->page_locations[is_first ? 0 : 1];
    const auto header =
        decode_page_header(ByteView(file).substr(static_cast<std::size_t>(place.offset)));
    ASSERT_TRUE(header);
    ASSERT_TRUE(header->header.data_v2);
    EXPECT_EQ(header->header.data_v2->is_compressed, is_first);
    EXPECT_EQ(header->header.data_v2->num_rows, 100);
    EXPECT_EQ(header->header.data_v2->definition_levels_byte_length, 3);
  }
  EXPECT_THAT(reader->metadata().row_groups[0].columns[0].meta_data.encoding_stats[0].page_type,
              PageType::data_v2);
  EXPECT_NO_FATAL_FAILURE(expect_holds(file, rows));
}

TEST(FileWriter, NestedColumnsComeBack) {
  const Schema schema = schema_of(nested_columns);
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const RowBatch rows =
        random_rows(schema, seed, 300, {(seed % 4) * 20, seed % 3 == 0 ? 8U : 5'000U, seed % 6});
    ASSERT_NO_FATAL_FAILURE(expect_holds(file_of(schema, small_pages(), {&rows}), rows));
    ASSERT_NO_FATAL_FAILURE(expect_holds(file_of(schema, WriterOptions(), {&rows}), rows));
  }
}

// The same rows cut into batches of random size.
Bytes file_of_pieces(const Schema& schema,
                     const WriterOptions& options,
                     const RowBatch& rows,
                     std::uint64_t seed) {
  SeededRandom random(seed);
  MemorySink sink;
  FileWriter writer(schema, options, sink);
  RowBatch piece(schema);
  RowCopier copier(rows, piece);
  std::size_t left = rows.rows();
  while (left > 0) {
    const std::size_t count = std::min<std::size_t>(left, random.below(seed % 2 == 0 ? 3 : 400));
    copier.copy(count);
    EXPECT_TRUE(writer.append(piece));
    piece.clear();
    left -= count;
  }
  EXPECT_TRUE(writer.finish());
  return sink.bytes();
}

TEST(FileWriter, TheSameRowsInAnyBatchingGiveTheSameBytes) {
  for (std::string_view columns : {flat_columns, nested_columns}) {
    const Schema schema = schema_of(columns);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const RowBatch rows = random_rows(
          schema, seed, 1'300, {seed % 3 == 0 ? 0U : 25U, seed % 2 == 0 ? 20U : 90'000U});
      WriterOptions options = small_pages();
      options.row_group_bytes_max = seed % 2 == 0 ? 40'000 : std::size_t{1} << 30;
      const Bytes whole = file_of(schema, options, {&rows});
      EXPECT_EQ(file_of_pieces(schema, options, rows, seed), whole) << seed;
      EXPECT_EQ(file_of_pieces(schema, options, rows, seed + 101), whole) << seed;
    }
  }
}

TEST(FileWriter, TheSameRowsGiveTheSameBytesInEveryProfileAndPageVersion) {
  for (std::string_view columns : {flat_columns, nested_columns}) {
    const Schema schema = schema_of(columns);
    std::uint64_t seed = 0;
    for (const WriterOptions& options : all_ways()) {
      ++seed;
      const RowBatch rows =
          random_rows(schema, seed, 1'300, {seed % 3 * 40, seed % 2 == 0 ? 20U : 90'000U});
      const Bytes whole = file_of(schema, options, {&rows});
      EXPECT_EQ(file_of_pieces(schema, options, rows, seed), whole) << seed;
      EXPECT_EQ(file_of_pieces(schema, options, rows, seed + 101), whole) << seed;
    }
  }
}

TEST(FileWriter, AFileWithoutRowsHasNoRowGroups) {
  const Schema schema = schema_of("timestamp string, heart_rate int");
  const RowBatch none(schema);
  for (const std::vector<const RowBatch*>& batches :
       {std::vector<const RowBatch*>{}, std::vector<const RowBatch*>{&none}}) {
    const Bytes file = file_of(schema, {}, batches);
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(reader->metadata().num_rows, 0);
    EXPECT_TRUE(reader->metadata().row_groups.empty());
    EXPECT_EQ(reader->schema().leaves.size(), 2U);
  }
}

TEST(FileWriter, TheFooterCarriesMetadataAndItsMaker) {
  const Schema schema = schema_of("heart_rate int");
  MemorySink sink;
  FileWriter writer(schema, {}, sink);
  writer.add_metadata("sluice.stream", "heart_rate_stream");
  ASSERT_TRUE(writer.finish());
  const Result<FileReader> reader = FileReader::open(sink.bytes());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->metadata().created_by, "sluice version 0.1.0 (build 0)");
  ASSERT_EQ(reader->metadata().key_value_metadata.size(), 1U);
  EXPECT_EQ(reader->metadata().key_value_metadata[0].key, "sluice.stream");
  EXPECT_EQ(reader->metadata().key_value_metadata[0].value, "heart_rate_stream");
  EXPECT_EQ(reader->metadata().version, 1);
}

TEST(FileWriter, SizesAndCountsInTheFooterAddUp) {
  const Schema schema = schema_of(flat_columns);
  const RowBatch rows = random_rows(schema, 3, 2'000, {10, 50});
  const Bytes file = file_of(schema, small_pages(), {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  std::int64_t at = 4;
  std::int64_t total_rows = 0;
  for (const RowGroup& group : reader->metadata().row_groups) {
    EXPECT_EQ(group.file_offset, at);
    EXPECT_LE(group.num_rows, 900);
    std::int64_t uncompressed = 0;
    for (const ColumnChunk& chunk : group.columns) {
      EXPECT_EQ(first_page_offset(chunk.meta_data), at) << "chunks lie without gaps";
      EXPECT_EQ(chunk.meta_data.num_values, group.num_rows);
      at += chunk.meta_data.total_compressed_size;
      uncompressed += chunk.meta_data.total_uncompressed_size;
    }
    EXPECT_EQ(group.total_byte_size, uncompressed);
    EXPECT_EQ(*group.file_offset + *group.total_compressed_size, at);
    total_rows += group.num_rows;
  }
  EXPECT_EQ(total_rows, 2'000);
  EXPECT_EQ(reader->metadata().row_groups.size(), 3U);
}

TEST(FileWriter, RowGroupsEndByBytesAtAMultipleOfTheStep) {
  const Schema schema = schema_of("e bigint");
  const RowBatch rows = random_rows(schema, 1, 2'000, {0, 100'000});
  WriterOptions options;
  options.row_group_bytes_max = 5'000;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  ASSERT_EQ(reader->metadata().row_groups.size(), 3U);
  EXPECT_EQ(reader->metadata().row_groups[0].num_rows, 768);
  EXPECT_EQ(reader->metadata().row_groups[2].num_rows, 2'000 - 2 * 768);
}

TEST(FileWriter, FewDistinctValuesAreDictionaryCodedAndManyAreNot) {
  const Schema schema = schema_of("rate int, time bigint, note string");
  RowBatch rows(schema);
  for (int i = 0; i < 50'000; ++i) {
    rows.column(0).append_int32(60 + i % 100);
    rows.column(1).append_int64(1'752'599'433'000'000 + i * 500'017LL);
    rows.column(2).append_bytes(i % 3 == 0 ? "rest" : i % 3 == 1 ? "run" : "walk");
    rows.end_row();
  }
  const Bytes file = file_of(schema, {}, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const std::vector<ColumnChunk>& columns = reader->metadata().row_groups[0].columns;
  EXPECT_TRUE(columns[0].meta_data.dictionary_page_offset);
  EXPECT_EQ(columns[0].meta_data.statistics->distinct_count, 100);
  EXPECT_FALSE(columns[1].meta_data.dictionary_page_offset);
  EXPECT_EQ(columns[1].meta_data.statistics->distinct_count, std::nullopt);
  EXPECT_TRUE(columns[2].meta_data.dictionary_page_offset);
  EXPECT_EQ(columns[2].meta_data.statistics->distinct_count, 3);
  ASSERT_NO_FATAL_FAILURE(expect_holds(file, rows));
}

TEST(FileWriter, ADictionaryThatOutgrowsItsLimitGivesWayToPlain) {
  const Schema schema = schema_of("note string, number bigint");
  RowBatch rows(schema);
  for (int i = 0; i < 5'000; ++i) {
    const int value = i < 1'000 ? i % 10 : i;
    rows.column(0).append_bytes("value " + std::to_string(value));
    rows.column(1).append_int64(value);
    rows.end_row();
  }
  WriterOptions options;
  options.page_rows_max = 500;
  options.dictionary_bytes_max = 4'000;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  for (std::size_t leaf = 0; leaf < 2; ++leaf) {
    const ColumnMetaData& column = reader->metadata().row_groups[0].columns[leaf].meta_data;
    EXPECT_TRUE(column.dictionary_page_offset);
    EXPECT_EQ(column.statistics->distinct_count, std::nullopt);
    ASSERT_EQ(column.encoding_stats.size(), 3U);
    EXPECT_EQ(column.encoding_stats[1].encoding, Encoding::rle_dictionary);
    EXPECT_EQ(column.encoding_stats[2].encoding, Encoding::plain);
    EXPECT_EQ(column.encoding_stats[1].count + column.encoding_stats[2].count, 10);
  }
  ASSERT_NO_FATAL_FAILURE(expect_holds(file, rows));
}

TEST(FileWriter, ALeadingPageOfNullsDoesNotDecideAgainstTheDictionary) {
  const Schema schema = schema_of("note string");
  RowBatch rows(schema);
  for (int i = 0; i < 300; ++i) {
    if (i < 100) {
      rows.column(0).append_null();
    } else {
      rows.column(0).append_bytes("the same");
    }
    rows.end_row();
  }
  WriterOptions options;
  options.page_rows_max = 100;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->metadata().row_groups[0].columns[0].meta_data.dictionary_page_offset);
  ASSERT_NO_FATAL_FAILURE(expect_holds(file, rows));
}

TEST(FileWriter, ARowLargerThanAPageHasAPageToItself) {
  const Schema schema = schema_of("note string");
  RowBatch rows(schema);
  for (const std::size_t length : {10U, 5'000U, 10U, 20U, 5'000U, 5'000U}) {
    rows.column(0).append_bytes(Bytes(length, static_cast<char>('a' + length % 7)));
    rows.end_row();
  }
  WriterOptions options = small_pages();
  options.dictionary = false;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const auto index = reader->read_offset_index(0, 0);
  ASSERT_TRUE(index && *index);
  std::vector<std::int64_t> first_rows;
  for (const PageLocation& page : (*index)->page_locations) {
    first_rows.push_back(page.first_row_index);
  }
  EXPECT_THAT(first_rows, testing::ElementsAre(0, 1, 2, 4, 5));
  ASSERT_NO_FATAL_FAILURE(expect_holds(file, rows));
}

TEST(FileWriter, ThePageIndexPointsAtPagesAndBoundsThem) {
  const Schema schema = schema_of("number bigint, note string");
  RowBatch rows(schema);
  for (int i = 0; i < 1'000; ++i) {
    if (i >= 200 && i < 300) {
      rows.column(0).append_null();
    } else {
      rows.column(0).append_int64(i * 10);
    }
    rows.column(1).append_bytes(std::string(100, 'a') + std::to_string(9'999 - i));
    rows.end_row();
  }
  WriterOptions options;
  options.page_rows_max = 100;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const auto numbers = reader->read_column_index(0, 0);
  ASSERT_TRUE(numbers && *numbers);
  EXPECT_EQ((*numbers)->boundary_order, BoundaryOrder::ascending);
  ASSERT_EQ((*numbers)->null_pages.size(), 10U);
  EXPECT_TRUE((*numbers)->null_pages[2]);
  EXPECT_EQ((*numbers)->null_counts[2], 100);
  EXPECT_EQ((*numbers)->min_values[2], Bytes());
  EXPECT_EQ(load_le<std::int64_t>((*numbers)->min_values[3].data()), 3'000);
  EXPECT_EQ(load_le<std::int64_t>((*numbers)->max_values[3].data()), 3'990);
  const auto notes = reader->read_column_index(0, 1);
  ASSERT_TRUE(notes && *notes);
  EXPECT_EQ((*notes)->min_values[0], Bytes(64, 'a'));
  EXPECT_EQ((*notes)->max_values[0], Bytes(63, 'a') + "b");
  const auto offsets = reader->read_offset_index(0, 1);
  ASSERT_TRUE(offsets && *offsets);
  EXPECT_EQ((*offsets)->unencoded_byte_array_data_bytes[0], 100 * 104);
  std::int64_t at = reader->metadata().row_groups[0].columns[1].meta_data.data_page_offset;
  for (const PageLocation& page : (*offsets)->page_locations) {
    EXPECT_EQ(page.offset, at);
    at += page.compressed_page_size;
  }
  options.page_index = false;
  const Bytes without = file_of(schema, options, {&rows});
  const Result<FileReader> plain = FileReader::open(without);
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->read_column_index(0, 0)->has_value());
  EXPECT_FALSE(plain->read_offset_index(0, 0)->has_value());
}

TEST(FileWriter, BoundsOfDoublesLeaveOutNaNAndSignTheirZeros) {
  const Schema schema = schema_of("x double");
  RowBatch rows(schema);
  for (double value : {std::nan(""), 0.0, -0.0, std::nan("")}) {
    rows.column(0).append_double(value);
    rows.end_row();
  }
  const Bytes file = file_of(schema, {}, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const Statistics& statistics = *reader->metadata().row_groups[0].columns[0].meta_data.statistics;
  EXPECT_EQ(statistics.nan_count, 2);
  EXPECT_EQ(load_le<std::uint64_t>(statistics.min_value->data()), std::uint64_t{1} << 63);
  EXPECT_EQ(load_le<std::uint64_t>(statistics.max_value->data()), 0U);
}

TEST(FileWriter, AChunkOfNaNHasNoBoundsAndNoColumnIndex) {
  const Schema schema = schema_of("x float");
  RowBatch rows(schema);
  rows.column(0).append_float(std::numeric_limits<float>::quiet_NaN());
  rows.end_row();
  const Bytes file = file_of(schema, {}, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const ColumnMetaData& column = reader->metadata().row_groups[0].columns[0].meta_data;
  EXPECT_FALSE(column.statistics->min_value);
  EXPECT_FALSE(column.statistics->max_value);
  EXPECT_EQ(column.statistics->nan_count, 1);
  EXPECT_FALSE(reader->read_column_index(0, 0)->has_value());
  EXPECT_TRUE(reader->read_offset_index(0, 0)->has_value());
}

TEST(FileWriter, OnlySignedNumbersHaveTheOldBounds) {
  const Schema schema = schema_of("n int, s string, d decimal(30,2), t timestamp, b boolean");
  const RowBatch rows = random_rows(schema, 5, 10, {0, 50});
  const Bytes file = file_of(schema, {}, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const std::vector<ColumnChunk>& columns = reader->metadata().row_groups[0].columns;
  const bool has_old[] = {true, false, false, true, false};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Statistics& statistics = *columns[i].meta_data.statistics;
    EXPECT_EQ(statistics.min.has_value(), has_old[i]) << i;
    EXPECT_EQ(statistics.max.has_value(), has_old[i]) << i;
    EXPECT_TRUE(statistics.min_value.has_value()) << i;
    EXPECT_EQ(statistics.null_count, 0) << i;
    EXPECT_EQ(statistics.is_min_value_exact, true) << i;
  }
  EXPECT_EQ(columns[2].meta_data.statistics->min_value->size(), 13U);
}

TEST(FileWriter, MemoryIsBoundedByARowGroup) {
  const Schema schema = schema_of("time bigint, note string");
  WriterOptions options;
  options.page_bytes_max = 4'096;
  options.row_group_bytes_max = 100'000;
  options.codec = Codec::uncompressed;
  MemorySink sink;
  FileWriter writer(schema, options, sink);
  SeededRandom random(1);
  RowBatch rows(schema);
  std::size_t held_max = 0;
  for (int i = 0; i < 200; ++i) {
    rows.clear();
    for (int j = 0; j < 100; ++j) {
      rows.column(0).append_int64(static_cast<std::int64_t>(random.next()));
      rows.column(1).append_bytes(random_alphanumeric(random, 20));
      rows.end_row();
    }
    ASSERT_TRUE(writer.append(rows));
    held_max = std::max(held_max, writer.bytes_held());
  }
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.rows(), 20'000U);
  EXPECT_LT(held_max, 400'000U);
}

// Times that grow, a walking rate, few names, and texts and readings that nothing makes smaller.
RowBatch hard_and_easy_rows(const Schema& schema, SeededRandom& random, std::size_t rows) {
  RowBatch batch(schema);
  std::int64_t time = 1'752'599'433'123'456 + static_cast<std::int64_t>(random.below(1 << 30));
  for (std::size_t i = 0; i < rows; ++i) {
    time += 450'000 + static_cast<std::int64_t>(random.below(100'000));
    batch.column(0).append_int64(time);
    batch.column(1).append_int32(static_cast<std::int32_t>(60 + random.below(100)));
    batch.column(2).append_bytes(fmt::format("watch-{}", random.below(3'000)));
    batch.column(3).append_bytes(fmt::format("{:016x}{:016x}", random.next(), random.next()));
    batch.column(4).append_bool(i % 400 < 200);
    batch.column(5).append_double(36 + static_cast<double>(random.below(1 << 30)) / (1 << 28));
    batch.column(6).append_null();
    batch.end_row();
  }
  return batch;
}

TEST(FileWriter, WhatAFileWillTakeIsKnownBeforeItIsFinished) {
  constexpr std::size_t page_bytes = std::size_t{32} << 10;
  const Schema schema = schema_of(telling_columns);
  for (const Profile profile : {Profile::compatible, Profile::compact, Profile::aws}) {
    for (const std::size_t batches : {8U, 40U}) {
      WriterOptions options = options_of(profile);
      options.page_bytes_max = page_bytes;
      SeededRandom random(7);
      MemorySink sink;
      FileWriter writer(schema, options, sink);
      std::vector<RowBatch> rows;
      for (std::size_t i = 0; i < batches; ++i) {
        rows.push_back(hard_and_easy_rows(schema, random, 3'000));
        ASSERT_TRUE(writer.append(rows.back()));
        EXPECT_GE(writer.expected_bytes(), writer.bytes_written());
      }
      const auto expected = static_cast<double>(writer.expected_bytes());
      ASSERT_TRUE(writer.finish());
      const auto actual = static_cast<double>(writer.bytes_written());
      EXPECT_NEAR(expected, actual, 0.03 * actual) << to_string(profile) << " " << batches;
      std::vector<const RowBatch*> all;
      for (const RowBatch& batch : rows) {
        all.push_back(&batch);
      }
      EXPECT_EQ(sink.bytes(), file_of(schema, options, all)) << "asking changes nothing";
    }
  }
}

TEST(FileWriter, WhatAFileWillTakeDependsOnItsRowsOnly) {
  const Schema schema = schema_of(telling_columns);
  SeededRandom random(7);
  const RowBatch rows = hard_and_easy_rows(schema, random, 6'000);
  WriterOptions options;
  options.page_bytes_max = std::size_t{32} << 10;
  const auto expected = [&](std::size_t at_a_time) {
    MemorySink sink;
    FileWriter writer(schema, options, sink);
    RowBatch part(schema);
    RowCopier copier(rows, part);
    for (std::size_t taken = 0; taken < rows.rows(); taken += at_a_time) {
      part.clear();
      copier.copy(at_a_time);
      EXPECT_TRUE(writer.append(part));
    }
    return writer.expected_bytes();
  };
  EXPECT_EQ(expected(6'000), expected(100));
}

TEST(FileWriter, AFileWithoutRowsIsExpectedToTakeNothing) {
  const Schema schema = schema_of(telling_columns);
  MemorySink sink;
  FileWriter writer(schema, {}, sink);
  EXPECT_EQ(writer.expected_bytes(), 0U);
}

// Fails after some bytes.
class FullSink final : public ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    taken_ += bytes.size();
    if (taken_ > 100) {
      return fail(Fault::throttled, "no space");
    }
    return {};
  }

 private:
  std::size_t taken_ = 0;
};

TEST(FileWriter, WhatTheSinkRefusesReachesTheCaller) {
  const Schema schema = schema_of("time bigint");
  const RowBatch rows = random_rows(schema, 1, 100, {});
  FullSink sink;
  FileWriter writer(schema, {}, sink);
  ASSERT_TRUE(writer.append(rows));
  const Result<void> finished = writer.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().fault(), Fault::throttled);
}

}  // namespace

}  // namespace sluice::parquet
