// The metadata of a Parquet file: what its footer, page headers and page index say.
//
// Plain values; each struct is one of the format's own, with its optional fields optional.  How
// they are laid out in bytes: metadata_encode.cc; what is checked when they come from outside:
// metadata_decode.cc.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::parquet {

enum class PhysicalType : std::int32_t {
  boolean = 0,
  int32 = 1,
  int64 = 2,
  int96 = 3,
  float32 = 4,
  float64 = 5,
  byte_array = 6,
  fixed_len_byte_array = 7
};

enum class Repetition : std::int32_t { required = 0, optional = 1, repeated = 2 };

// Files may hold numbers that are not listed here; to_string() gives those as numbers.
enum class Encoding : std::int32_t {
  plain = 0,
  plain_dictionary = 2,
  rle = 3,
  bit_packed = 4,
  delta_binary_packed = 5,
  delta_length_byte_array = 6,
  delta_byte_array = 7,
  rle_dictionary = 8,
  byte_stream_split = 9,
  alp = 10
};

// A codec as the file numbers it; codec_of() says which of them can be read here.
enum class CodecId : std::int32_t {
  uncompressed = 0,
  snappy = 1,
  gzip = 2,
  lzo = 3,
  brotli = 4,
  lz4_hadoop = 5,
  zstd = 6,
  lz4_raw = 7
};

enum class PageType : std::int32_t { data = 0, index = 1, dictionary = 2, data_v2 = 3 };

enum class BoundaryOrder : std::int32_t { unordered = 0, ascending = 1, descending = 2 };

// The older annotation of a schema element.
enum class ConvertedType : std::int32_t {
  utf8 = 0,
  map = 1,
  map_key_value = 2,
  list = 3,
  enumeration = 4,
  decimal = 5,
  date = 6,
  time_millis = 7,
  time_micros = 8,
  timestamp_millis = 9,
  timestamp_micros = 10,
  uint_8 = 11,
  uint_16 = 12,
  uint_32 = 13,
  uint_64 = 14,
  int_8 = 15,
  int_16 = 16,
  int_32 = 17,
  int_64 = 18,
  json = 19,
  bson = 20,
  interval = 21
};

enum class TimeUnit : std::uint8_t { millis = 1, micros = 2, nanos = 3 };

// The newer annotation; numbers are the field ids of the format's union.
enum class LogicalKind : std::int16_t {
  unknown = 0,  // an annotation this program does not know
  string = 1,
  map = 2,
  list = 3,
  enumeration = 4,
  decimal = 5,
  date = 6,
  time = 7,
  timestamp = 8,
  integer = 10,
  null = 11,
  json = 12,
  bson = 13,
  uuid = 14,
  float16 = 15
};

struct LogicalType {
  LogicalKind kind = LogicalKind::unknown;
  std::int32_t scale = 0;            // decimal
  std::int32_t precision = 0;        // decimal
  bool is_adjusted_to_utc = false;   // time, timestamp
  TimeUnit unit = TimeUnit::micros;  // time, timestamp
  std::int8_t bit_width = 0;         // integer
  bool is_signed = true;             // integer
};

struct SchemaElement {
  std::optional<PhysicalType> type;  // leaves
  std::optional<std::int32_t> type_length;
  std::optional<Repetition> repetition;
  std::string name;
  std::optional<std::int32_t> num_children;  // groups
  std::optional<ConvertedType> converted_type;
  std::optional<std::int32_t> scale;
  std::optional<std::int32_t> precision;
  std::optional<std::int32_t> field_id;
  std::optional<LogicalType> logical_type;
};

// Bounds are PLAIN values, byte arrays without their length.
struct Statistics {
  std::optional<Bytes> max;  // deprecated: signed comparison
  std::optional<Bytes> min;
  std::optional<std::int64_t> null_count;
  std::optional<std::int64_t> distinct_count;
  std::optional<Bytes> max_value;
  std::optional<Bytes> min_value;
  std::optional<bool> is_max_value_exact;
  std::optional<bool> is_min_value_exact;
  std::optional<std::int64_t> nan_count;
};

struct PageEncodingStats {
  PageType page_type = PageType::data;
  Encoding encoding = Encoding::plain;
  std::int32_t count = 0;
};

struct SizeStatistics {
  std::optional<std::int64_t> unencoded_byte_array_data_bytes;
  std::vector<std::int64_t> repetition_level_histogram;
  std::vector<std::int64_t> definition_level_histogram;
};

struct KeyValue {
  std::string key;
  std::optional<std::string> value;
};

struct ColumnMetaData {
  PhysicalType type = PhysicalType::boolean;
  std::vector<Encoding> encodings;
  std::vector<std::string> path_in_schema;
  CodecId codec = CodecId::uncompressed;
  std::int64_t num_values = 0;               // entries, nulls included
  std::int64_t total_uncompressed_size = 0;  // page headers included, as below
  std::int64_t total_compressed_size = 0;
  std::vector<KeyValue> key_value_metadata;
  std::int64_t data_page_offset = 0;  // from the start of the file, as all offsets
  std::optional<std::int64_t> dictionary_page_offset;
  std::optional<Statistics> statistics;
  std::vector<PageEncodingStats> encoding_stats;
  std::optional<std::int64_t> bloom_filter_offset;
  std::optional<std::int32_t> bloom_filter_length;
  std::optional<SizeStatistics> size_statistics;
};

struct ColumnChunk {
  std::optional<std::string> file_path;
  std::int64_t file_offset = 0;
  ColumnMetaData meta_data;
  std::optional<std::int64_t> offset_index_offset;
  std::optional<std::int32_t> offset_index_length;
  std::optional<std::int64_t> column_index_offset;
  std::optional<std::int32_t> column_index_length;
};

struct SortingColumn {
  std::int32_t column_idx = 0;
  bool descending = false;
  bool nulls_first = false;
};

struct RowGroup {
  std::vector<ColumnChunk> columns;
  std::int64_t total_byte_size = 0;  // uncompressed
  std::int64_t num_rows = 0;
  std::vector<SortingColumn> sorting_columns;
  std::optional<std::int64_t> file_offset;
  std::optional<std::int64_t> total_compressed_size;
  std::optional<std::int16_t> ordinal;
};

enum class ColumnOrder : std::int16_t {
  unknown = 0,
  type_order = 1,
  ieee_754_total_order = 2,
  int96_timestamp_order = 3
};

struct FileMetaData {
  std::int32_t version = 1;
  std::vector<SchemaElement> schema;  // depth first, the root first
  std::int64_t num_rows = 0;
  std::vector<RowGroup> row_groups;
  std::vector<KeyValue> key_value_metadata;
  std::optional<std::string> created_by;
  std::vector<ColumnOrder> column_orders;  // one for each leaf, or none
};

struct DataPageHeader {
  std::int32_t num_values = 0;  // entries, nulls included
  Encoding encoding = Encoding::plain;
  Encoding definition_level_encoding = Encoding::rle;
  Encoding repetition_level_encoding = Encoding::rle;
};

struct DictionaryPageHeader {
  std::int32_t num_values = 0;
  Encoding encoding = Encoding::plain;
};

struct DataPageHeaderV2 {
  std::int32_t num_values = 0;
  std::int32_t num_nulls = 0;
  std::int32_t num_rows = 0;
  Encoding encoding = Encoding::plain;
  std::int32_t definition_levels_byte_length = 0;
  std::int32_t repetition_levels_byte_length = 0;
  bool is_compressed = true;
};

struct PageHeader {
  PageType type = PageType::data;
  std::int32_t uncompressed_page_size = 0;  // without this header, as below
  std::int32_t compressed_page_size = 0;
  std::optional<std::uint32_t> crc;
  std::optional<DataPageHeader> data;
  std::optional<DictionaryPageHeader> dictionary;
  std::optional<DataPageHeaderV2> data_v2;
};

struct PageLocation {
  std::int64_t offset = 0;                // of the page's header
  std::int32_t compressed_page_size = 0;  // with the header
  std::int64_t first_row_index = 0;       // within the row group
};

struct OffsetIndex {
  std::vector<PageLocation> page_locations;
  std::vector<std::int64_t> unencoded_byte_array_data_bytes;
};

// All lists but the histograms have one element a page.
struct ColumnIndex {
  std::vector<bool> null_pages;
  std::vector<Bytes> min_values;
  std::vector<Bytes> max_values;
  BoundaryOrder boundary_order = BoundaryOrder::unordered;
  std::vector<std::int64_t> null_counts;
  std::vector<std::int64_t> repetition_level_histograms;
  std::vector<std::int64_t> definition_level_histograms;
  std::vector<std::int64_t> nan_counts;
};

// The bytes of each; appended to `out`.
void encode(const FileMetaData& metadata, Bytes& out);
void encode(const PageHeader& header, Bytes& out);
void encode(const ColumnIndex& index, Bytes& out);
void encode(const OffsetIndex& index, Bytes& out);

// Bounds on what a footer may claim; each is far above what writers make.
inline constexpr std::size_t schema_elements_max = 200'000;
inline constexpr std::size_t column_chunks_max = 1'000'000;
inline constexpr std::size_t index_pages_max = 10'000'000;

// Fault::corrupt says what is wrong and at which byte.  Bytes behind the struct are not looked at.
// Memory stays within a fixed multiple of the bytes given.
Result<FileMetaData> decode_file_metadata(ByteView bytes);
Result<ColumnIndex> decode_column_index(ByteView bytes);
Result<OffsetIndex> decode_offset_index(ByteView bytes);

struct DecodedPageHeader {
  PageHeader header;
  std::size_t header_bytes = 0;
};

Result<DecodedPageHeader> decode_page_header(ByteView bytes);

// The codec, or Fault::unsupported for those not built in.
Result<Codec> codec_of(CodecId id);
CodecId id_of(Codec codec);

// As the format's documents spell them: "INT64", "RLE_DICTIONARY", "SNAPPY", "DATA_PAGE".
std::string to_string(PhysicalType type);
std::string to_string(Repetition repetition);
std::string to_string(Encoding encoding);
std::string to_string(CodecId codec);
std::string to_string(PageType type);
std::string to_string(BoundaryOrder order);

}  // namespace sluice::parquet
