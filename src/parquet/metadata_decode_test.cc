// Decoding gives back what was encoded, with every optional field; cuts and flips end in values or
// errors.
#include "base/random.h"
#include "parquet/metadata.h"
#include "parquet/thrift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

// Every field that there is.
FileMetaData full_metadata() {
  FileMetaData metadata;
  metadata.schema.resize(2);
  metadata.schema[0].name = "schema";
  metadata.schema[0].num_children = 1;
  SchemaElement& leaf = metadata.schema[1];
  leaf.name = "price";
  leaf.type = PhysicalType::fixed_len_byte_array;
  leaf.type_length = 5;
  leaf.repetition = Repetition::optional;
  leaf.converted_type = ConvertedType::decimal;
  leaf.scale = 2;
  leaf.precision = 11;
  leaf.field_id = 7;
  leaf.logical_type = LogicalType{.kind = LogicalKind::decimal, .scale = 2, .precision = 11};
  metadata.num_rows = 12;
  RowGroup group;
  ColumnChunk chunk;
  chunk.file_path = "elsewhere";
  chunk.file_offset = 4;
  ColumnMetaData& column = chunk.meta_data;
  column.type = PhysicalType::fixed_len_byte_array;
  column.encodings = {Encoding::plain, Encoding::rle, static_cast<Encoding>(77)};
  column.path_in_schema = {"price"};
  column.codec = CodecId::zstd;
  column.num_values = 12;
  column.total_uncompressed_size = 100;
  column.total_compressed_size = 90;
  column.key_value_metadata = {{"a", "b"}, {"c", std::nullopt}};
  column.data_page_offset = 40;
  column.dictionary_page_offset = 4;
  column.statistics = Statistics{.max = "M",
                                 .min = "m",
                                 .null_count = 1,
                                 .distinct_count = 2,
                                 .max_value = "N",
                                 .min_value = "n",
                                 .is_max_value_exact = false,
                                 .is_min_value_exact = true,
                                 .nan_count = 0};
  column.encoding_stats = {{PageType::dictionary, Encoding::plain, 1}};
  column.bloom_filter_offset = 70;
  column.bloom_filter_length = 32;
  column.size_statistics = SizeStatistics{.unencoded_byte_array_data_bytes = 60,
                                          .repetition_level_histogram = {1, 2},
                                          .definition_level_histogram = {3, 4, 5}};
  chunk.offset_index_offset = 200;
  chunk.offset_index_length = 10;
  chunk.column_index_offset = 210;
  chunk.column_index_length = 11;
  group.columns.push_back(chunk);
  group.total_byte_size = 100;
  group.num_rows = 12;
  group.sorting_columns = {{0, true, false}};
  group.file_offset = 4;
  group.total_compressed_size = 90;
  group.ordinal = 3;
  metadata.row_groups.push_back(group);
  metadata.key_value_metadata = {{"sluice.stream", "beats"}};
  metadata.created_by = "somebody";
  metadata.column_orders = {ColumnOrder::ieee_754_total_order};
  return metadata;
}

Bytes encoded(const auto& value) {
  Bytes out;
  encode(value, out);
  return out;
}

TEST(MetadataDecode, EveryFieldComesBack) {
  const Bytes bytes = encoded(full_metadata());
  const Result<FileMetaData> back = decode_file_metadata(bytes);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(encoded(*back), bytes);
  EXPECT_EQ(back->row_groups[0].columns[0].meta_data.statistics->min_value, "n");
  EXPECT_EQ(back->row_groups[0].columns[0].meta_data.encodings[2], static_cast<Encoding>(77));
  EXPECT_EQ(back->schema[1].logical_type->precision, 11);
  EXPECT_EQ(back->row_groups[0].sorting_columns[0].descending, true);
}

TEST(MetadataDecode, LogicalTypesComeBack) {
  for (std::int16_t id = 1; id <= 15; ++id) {
    if (id == 9) {
      continue;
    }
    for (TimeUnit unit : {TimeUnit::millis, TimeUnit::micros, TimeUnit::nanos}) {
      FileMetaData metadata = full_metadata();
      metadata.schema[1].logical_type = LogicalType{.kind = static_cast<LogicalKind>(id),
                                                    .scale = 1,
                                                    .precision = 5,
                                                    .is_adjusted_to_utc = id % 2 == 0,
                                                    .unit = unit,
                                                    .bit_width = 16,
                                                    .is_signed = false};
      const Bytes bytes = encoded(metadata);
      const Result<FileMetaData> back = decode_file_metadata(bytes);
      ASSERT_TRUE(back) << back.error().message();
      EXPECT_EQ(encoded(*back), bytes);
    }
  }
}

TEST(MetadataDecode, AnnotationsAndFieldsOfTheFutureAreSkipped) {
  Bytes bytes;
  ThriftWriter out(bytes);
  out.begin_struct();
  out.i32(1, 2);
  out.begin_list(2, ThriftType::structure, 1);
  out.begin_struct();
  out.binary(4, "root");
  out.i32(5, 0);
  out.begin_struct(10);
  out.begin_struct(17);
  out.binary(1, "a coordinate system");
  out.end_struct();
  out.end_struct();
  out.end_struct();
  out.i64(3, 0);
  out.begin_list(4, ThriftType::structure, 0);
  out.begin_list(900, ThriftType::binary, 1);
  out.element_binary("?");
  out.binary(32'767, "extension");
  out.end_struct();
  const Result<FileMetaData> metadata = decode_file_metadata(bytes);
  ASSERT_TRUE(metadata) << metadata.error().message();
  EXPECT_EQ(metadata->schema[0].logical_type->kind, LogicalKind::unknown);
}

TEST(MetadataDecode, ARequiredFieldThatIsAbsentIsNamed) {
  Bytes bytes;
  ThriftWriter out(bytes);
  out.begin_struct();
  out.i32(1, 1);
  out.i64(3, 0);
  out.begin_list(4, ThriftType::structure, 0);
  out.end_struct();
  const Result<FileMetaData> metadata = decode_file_metadata(bytes);
  ASSERT_FALSE(metadata);
  EXPECT_EQ(metadata.error().fault(), Fault::corrupt);
  EXPECT_THAT(metadata.error().message(),
              testing::HasSubstr("file metadata: FileMetaData without its field 2"));
}

TEST(MetadataDecode, EveryCutIsAnErrorAndEveryFlipSafe) {
  const Bytes whole = encoded(full_metadata());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_file_metadata(ByteView(whole).substr(0, length))) << length;
  }
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes flipped = whole;
    for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      flipped[random.below(flipped.size())] = static_cast<char>(random.next());
    }
    static_cast<void>(decode_file_metadata(flipped));
    static_cast<void>(decode_page_header(flipped));
  }
}

TEST(MetadataDecode, PageHeadersOfBothVersionsComeBack) {
  PageHeader header;
  header.type = PageType::data_v2;
  header.uncompressed_page_size = 100;
  header.compressed_page_size = 90;
  header.crc = 0xfedcba98;
  header.data_v2 = DataPageHeaderV2{.num_values = 10,
                                    .num_nulls = 1,
                                    .num_rows = 9,
                                    .encoding = Encoding::delta_byte_array,
                                    .definition_levels_byte_length = 3,
                                    .repetition_levels_byte_length = 4,
                                    .is_compressed = false};
  const Bytes bytes = encoded(header);
  const Result<DecodedPageHeader> back = decode_page_header(bytes + "the page");
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->header_bytes, bytes.size());
  EXPECT_EQ(back->header.crc, 0xfedcba98);
  EXPECT_EQ(encoded(back->header), bytes);
}

TEST(MetadataDecode, PageIndexesComeBack) {
  const ColumnIndex columns{.null_pages = {false, true},
                            .min_values = {"a", ""},
                            .max_values = {"b", ""},
                            .boundary_order = BoundaryOrder::ascending,
                            .null_counts = {0, 5},
                            .repetition_level_histograms = {1, 2, 3, 4},
                            .definition_level_histograms = {5, 6},
                            .nan_counts = {1, 0}};
  const Result<ColumnIndex> columns_back = decode_column_index(encoded(columns));
  ASSERT_TRUE(columns_back) << columns_back.error().message();
  EXPECT_EQ(encoded(*columns_back), encoded(columns));
  EXPECT_EQ(columns_back->null_pages, columns.null_pages);
  const OffsetIndex offsets{.page_locations = {{4, 100, 0}, {104, 90, 20'000}},
                            .unencoded_byte_array_data_bytes = {7, 8}};
  const Result<OffsetIndex> offsets_back = decode_offset_index(encoded(offsets));
  ASSERT_TRUE(offsets_back) << offsets_back.error().message();
  EXPECT_EQ(encoded(*offsets_back), encoded(offsets));
}

}  // namespace

}  // namespace sluice::parquet
