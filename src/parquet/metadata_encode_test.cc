// A whole file of two columns and three rows, byte for byte as independent readers take it: the
// parts are made by this room's encoders, the expected bytes are written out.
#include "parquet/file_reader.h"
#include "parquet/format.h"
#include "parquet/hybrid.h"
#include "parquet/levels.h"
#include "parquet/metadata.h"

#include <gtest/gtest.h>

#include <string_view>

namespace sluice::parquet {

namespace {

// timestamp = 2025-07-15T17:10:33.123456, .626567, 17:10:34.129678; heart_rate = 89, null, 91.
constexpr std::string_view golden_file =
    "50415231"
    "1500153c153c2c1506150015061506"
    "0000"
    "020000000601"
    "8016a5dafa390600"
    "c7c3acdafa390600"
    "0e71b4dafa390600"
    "1500151c151c2c1506150015061506"
    "0000"
    "020000000305"
    "59000000"
    "5b000000"
    "1502"
    "193c"
    "4806736368656d61150400"
    "15042502180974696d657374616d70"
    "25144c8c121c2c0000000000"
    "15022502180a68656172745f7261746500"
    "1606"
    "191c192c"
    "26001c15041925000619180974696d657374616d70"
    "15001606165e165e2608"
    "3c360028080e71b4dafa39060018088016a5dafa39060000"
    "0000"
    "26001c1502192500061918"
    "0a68656172745f72617465"
    "15001606163e163e2666"
    "3c360228045b000000180459000000"
    "00"
    "0000"
    "169c01160600"
    "281e736c756963652076657273696f6e20302e312e3020286275696c64203029"
    "192c1c00001c0000"
    "00"
    "db000000"
    "50415231";

Bytes from_hex(std::string_view text) {
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(nibble(text[i]) << 4 | nibble(text[i + 1])));
  }
  return out;
}

template <class T>
Bytes plain(T value) {
  Bytes out;
  put_le(out, value);
  return out;
}

constexpr std::int64_t times[] = {
    1'752'599'433'123'456, 1'752'599'433'626'567, 1'752'599'434'129'678};

void append_page(Bytes& file, ByteView body) {
  PageHeader header;
  header.uncompressed_page_size = static_cast<std::int32_t>(body.size());
  header.compressed_page_size = header.uncompressed_page_size;
  header.data = DataPageHeader{.num_values = 3};
  encode(header, file);
  file.append(body);
}

ColumnChunk chunk_of(PhysicalType type,
                     std::string name,
                     std::int64_t offset,
                     std::int64_t bytes,
                     std::int64_t nulls,
                     Bytes min,
                     Bytes max) {
  ColumnChunk chunk;
  chunk.meta_data.type = type;
  chunk.meta_data.encodings = {Encoding::plain, Encoding::rle};
  chunk.meta_data.path_in_schema = {std::move(name)};
  chunk.meta_data.num_values = 3;
  chunk.meta_data.total_uncompressed_size = bytes;
  chunk.meta_data.total_compressed_size = bytes;
  chunk.meta_data.data_page_offset = offset;
  chunk.meta_data.statistics = Statistics();
  chunk.meta_data.statistics->null_count = nulls;
  chunk.meta_data.statistics->max_value = std::move(max);
  chunk.meta_data.statistics->min_value = std::move(min);
  return chunk;
}

FileMetaData golden_metadata() {
  FileMetaData metadata;
  metadata.schema.resize(3);
  metadata.schema[0].name = "schema";
  metadata.schema[0].num_children = 2;
  metadata.schema[1].name = "timestamp";
  metadata.schema[1].type = PhysicalType::int64;
  metadata.schema[1].repetition = Repetition::optional;
  metadata.schema[1].converted_type = ConvertedType::timestamp_micros;
  metadata.schema[1].logical_type =
      LogicalType{.kind = LogicalKind::timestamp, .unit = TimeUnit::micros};
  metadata.schema[2].name = "heart_rate";
  metadata.schema[2].type = PhysicalType::int32;
  metadata.schema[2].repetition = Repetition::optional;
  metadata.num_rows = 3;
  RowGroup group;
  group.total_byte_size = 78;
  group.num_rows = 3;
  group.columns.push_back(
      chunk_of(PhysicalType::int64, "timestamp", 4, 47, 0, plain(times[0]), plain(times[2])));
  group.columns.push_back(chunk_of(PhysicalType::int32,
                                   "heart_rate",
                                   51,
                                   31,
                                   1,
                                   plain(std::int32_t{89}),
                                   plain(std::int32_t{91})));
  metadata.row_groups.push_back(std::move(group));
  metadata.created_by = "sluice version 0.1.0 (build 0)";
  metadata.column_orders = {ColumnOrder::type_order, ColumnOrder::type_order};
  return metadata;
}

Bytes built_file() {
  Bytes file(file_magic);
  Bytes body;
  encode_full_levels(3, 1, body);
  for (std::int64_t time : times) {
    put_le(body, time);
  }
  append_page(file, body);
  body.clear();
  const std::uint8_t levels[] = {1, 0, 1};
  encode_levels(levels, 1, body);
  put_le(body, std::int32_t{89});
  put_le(body, std::int32_t{91});
  append_page(file, body);
  const std::size_t footer_at = file.size();
  encode(golden_metadata(), file);
  put_le(file, static_cast<std::uint32_t>(file.size() - footer_at));
  file.append(file_magic);
  return file;
}

TEST(MetadataEncode, AFileOfTwoColumnsIsTheKnown309Bytes) {
  const Bytes file = built_file();
  EXPECT_EQ(file.size(), 309U);
  EXPECT_EQ(file, from_hex(golden_file));
}

TEST(MetadataEncode, TheKnownFileIsReadBack) {
  const Bytes file = from_hex(golden_file);
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  const Result<columnar::Column> stamps = reader->read_column(0, 0);
  ASSERT_TRUE(stamps) << stamps.error().message();
  EXPECT_EQ(stamps->values(), 3U);
  EXPECT_EQ(stamps->fixed<std::int64_t>()[2], times[2]);
  const Result<columnar::Column> rates = reader->read_column(0, 1);
  ASSERT_TRUE(rates) << rates.error().message();
  EXPECT_EQ(rates->entries(), 3U);
  EXPECT_EQ(rates->values(), 2U);
  EXPECT_EQ(rates->definition_levels(), (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_EQ(rates->fixed<std::int32_t>()[1], 91);
}

TEST(MetadataEncode, ACrcIsStoredAsASignedNumber) {
  PageHeader header;
  header.crc = 0xffffffff;
  header.dictionary = DictionaryPageHeader{.num_values = 1};
  header.type = PageType::dictionary;
  Bytes out;
  encode(header, out);
  EXPECT_EQ(out,
            from_hex("1504150015001501"
                     "3c1502150000"
                     "00"));
}

}  // namespace

}  // namespace sluice::parquet
