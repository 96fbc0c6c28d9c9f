// Metadata to bytes.  Field numbers are the format's own; see the structs for their names.
#include "base/check.h"
#include "parquet/metadata.h"
#include "parquet/thrift.h"

namespace sluice::parquet {

namespace {

void encode_unit(ThriftWriter& out, std::int16_t id, TimeUnit unit) {
  out.begin_struct(id);
  out.empty_struct(static_cast<std::int16_t>(unit));
  out.end_struct();
}

void encode_logical_type(ThriftWriter& out, std::int16_t id, const LogicalType& type) {
  SLUICE_CHECK(type.kind != LogicalKind::unknown);
  out.begin_struct(id);
  out.begin_struct(static_cast<std::int16_t>(type.kind));
  if (type.kind == LogicalKind::decimal) {
    out.i32(1, type.scale);
    out.i32(2, type.precision);
  } else if (type.kind == LogicalKind::time || type.kind == LogicalKind::timestamp) {
    out.boolean(1, type.is_adjusted_to_utc);
    encode_unit(out, 2, type.unit);
  } else if (type.kind == LogicalKind::integer) {
    out.i8(1, type.bit_width);
    out.boolean(2, type.is_signed);
  }
  out.end_struct();
  out.end_struct();
}

template <class Enum>
void optional_enum(ThriftWriter& out, std::int16_t id, const std::optional<Enum>& value) {
  if (value) {
    out.i32(id, static_cast<std::int32_t>(*value));
  }
}

void optional_i32(ThriftWriter& out, std::int16_t id, const std::optional<std::int32_t>& value) {
  if (value) {
    out.i32(id, *value);
  }
}

void optional_i64(ThriftWriter& out, std::int16_t id, const std::optional<std::int64_t>& value) {
  if (value) {
    out.i64(id, *value);
  }
}

void optional_bytes(ThriftWriter& out, std::int16_t id, const std::optional<Bytes>& value) {
  if (value) {
    out.binary(id, *value);
  }
}

void optional_bool(ThriftWriter& out, std::int16_t id, const std::optional<bool>& value) {
  if (value) {
    out.boolean(id, *value);
  }
}

void optional_i64_list(ThriftWriter& out, std::int16_t id, const std::vector<std::int64_t>& list) {
  if (list.empty()) {
    return;
  }
  out.begin_list(id, ThriftType::i64, list.size());
  for (std::int64_t value : list) {
    out.element_i64(value);
  }
}

void encode_element(ThriftWriter& out, const SchemaElement& element) {
  SLUICE_CHECK(element.type.has_value() != element.num_children.has_value());
  out.begin_struct();
  optional_enum(out, 1, element.type);
  optional_i32(out, 2, element.type_length);
  optional_enum(out, 3, element.repetition);
  out.binary(4, element.name);
  optional_i32(out, 5, element.num_children);
  optional_enum(out, 6, element.converted_type);
  optional_i32(out, 7, element.scale);
  optional_i32(out, 8, element.precision);
  optional_i32(out, 9, element.field_id);
  if (element.logical_type) {
    encode_logical_type(out, 10, *element.logical_type);
  }
  out.end_struct();
}

void encode_statistics(ThriftWriter& out, std::int16_t id, const Statistics& statistics) {
  out.begin_struct(id);
  optional_bytes(out, 1, statistics.max);
  optional_bytes(out, 2, statistics.min);
  optional_i64(out, 3, statistics.null_count);
  optional_i64(out, 4, statistics.distinct_count);
  optional_bytes(out, 5, statistics.max_value);
  optional_bytes(out, 6, statistics.min_value);
  optional_bool(out, 7, statistics.is_max_value_exact);
  optional_bool(out, 8, statistics.is_min_value_exact);
  optional_i64(out, 9, statistics.nan_count);
  out.end_struct();
}

void encode_size_statistics(ThriftWriter& out, std::int16_t id, const SizeStatistics& sizes) {
  out.begin_struct(id);
  optional_i64(out, 1, sizes.unencoded_byte_array_data_bytes);
  optional_i64_list(out, 2, sizes.repetition_level_histogram);
  optional_i64_list(out, 3, sizes.definition_level_histogram);
  out.end_struct();
}

void encode_key_values(ThriftWriter& out, std::int16_t id, const std::vector<KeyValue>& pairs) {
  if (pairs.empty()) {
    return;
  }
  out.begin_list(id, ThriftType::structure, pairs.size());
  for (const KeyValue& pair : pairs) {
    out.begin_struct();
    out.binary(1, pair.key);
    optional_bytes(out, 2, pair.value);
    out.end_struct();
  }
}

void encode_encoding_stats(ThriftWriter& out,
                           std::int16_t id,
                           const std::vector<PageEncodingStats>& stats) {
  if (stats.empty()) {
    return;
  }
  out.begin_list(id, ThriftType::structure, stats.size());
  for (const PageEncodingStats& each : stats) {
    out.begin_struct();
    out.i32(1, static_cast<std::int32_t>(each.page_type));
    out.i32(2, static_cast<std::int32_t>(each.encoding));
    out.i32(3, each.count);
    out.end_struct();
  }
}

void encode_column(ThriftWriter& out, std::int16_t id, const ColumnMetaData& column) {
  out.begin_struct(id);
  out.i32(1, static_cast<std::int32_t>(column.type));
  out.begin_list(2, ThriftType::i32, column.encodings.size());
  for (Encoding encoding : column.encodings) {
    out.element_i32(static_cast<std::int32_t>(encoding));
  }
  out.begin_list(3, ThriftType::binary, column.path_in_schema.size());
  for (const std::string& name : column.path_in_schema) {
    out.element_binary(name);
  }
  out.i32(4, static_cast<std::int32_t>(column.codec));
  out.i64(5, column.num_values);
  out.i64(6, column.total_uncompressed_size);
  out.i64(7, column.total_compressed_size);
  encode_key_values(out, 8, column.key_value_metadata);
  out.i64(9, column.data_page_offset);
  optional_i64(out, 11, column.dictionary_page_offset);
  if (column.statistics) {
    encode_statistics(out, 12, *column.statistics);
  }
  encode_encoding_stats(out, 13, column.encoding_stats);
  optional_i64(out, 14, column.bloom_filter_offset);
  optional_i32(out, 15, column.bloom_filter_length);
  if (column.size_statistics) {
    encode_size_statistics(out, 16, *column.size_statistics);
  }
  out.end_struct();
}

void encode_chunk(ThriftWriter& out, const ColumnChunk& chunk) {
  out.begin_struct();
  optional_bytes(out, 1, chunk.file_path);
  out.i64(2, chunk.file_offset);
  encode_column(out, 3, chunk.meta_data);
  optional_i64(out, 4, chunk.offset_index_offset);
  optional_i32(out, 5, chunk.offset_index_length);
  optional_i64(out, 6, chunk.column_index_offset);
  optional_i32(out, 7, chunk.column_index_length);
  out.end_struct();
}

void encode_sorting_columns(ThriftWriter& out,
                            std::int16_t id,
                            const std::vector<SortingColumn>& columns) {
  if (columns.empty()) {
    return;
  }
  out.begin_list(id, ThriftType::structure, columns.size());
  for (const SortingColumn& column : columns) {
    out.begin_struct();
    out.i32(1, column.column_idx);
    out.boolean(2, column.descending);
    out.boolean(3, column.nulls_first);
    out.end_struct();
  }
}

void encode_row_group(ThriftWriter& out, const RowGroup& group) {
  out.begin_struct();
  out.begin_list(1, ThriftType::structure, group.columns.size());
  for (const ColumnChunk& chunk : group.columns) {
    encode_chunk(out, chunk);
  }
  out.i64(2, group.total_byte_size);
  out.i64(3, group.num_rows);
  encode_sorting_columns(out, 4, group.sorting_columns);
  optional_i64(out, 5, group.file_offset);
  optional_i64(out, 6, group.total_compressed_size);
  if (group.ordinal) {
    out.i16(7, *group.ordinal);
  }
  out.end_struct();
}

void encode_data_header(ThriftWriter& out, std::int16_t id, const DataPageHeader& header) {
  out.begin_struct(id);
  out.i32(1, header.num_values);
  out.i32(2, static_cast<std::int32_t>(header.encoding));
  out.i32(3, static_cast<std::int32_t>(header.definition_level_encoding));
  out.i32(4, static_cast<std::int32_t>(header.repetition_level_encoding));
  out.end_struct();
}

void encode_data_header_v2(ThriftWriter& out, std::int16_t id, const DataPageHeaderV2& header) {
  out.begin_struct(id);
  out.i32(1, header.num_values);
  out.i32(2, header.num_nulls);
  out.i32(3, header.num_rows);
  out.i32(4, static_cast<std::int32_t>(header.encoding));
  out.i32(5, header.definition_levels_byte_length);
  out.i32(6, header.repetition_levels_byte_length);
  out.boolean(7, header.is_compressed);
  out.end_struct();
}

void encode_bytes_list(ThriftWriter& out, std::int16_t id, const std::vector<Bytes>& list) {
  out.begin_list(id, ThriftType::binary, list.size());
  for (const Bytes& bytes : list) {
    out.element_binary(bytes);
  }
}

}  // namespace

void encode(const FileMetaData& metadata, Bytes& bytes) {
  SLUICE_CHECK(!metadata.schema.empty());
  ThriftWriter out(bytes);
  out.begin_struct();
  out.i32(1, metadata.version);
  out.begin_list(2, ThriftType::structure, metadata.schema.size());
  for (const SchemaElement& element : metadata.schema) {
    encode_element(out, element);
  }
  out.i64(3, metadata.num_rows);
  out.begin_list(4, ThriftType::structure, metadata.row_groups.size());
  for (const RowGroup& group : metadata.row_groups) {
    encode_row_group(out, group);
  }
  encode_key_values(out, 5, metadata.key_value_metadata);
  optional_bytes(out, 6, metadata.created_by);
  if (!metadata.column_orders.empty()) {
    out.begin_list(7, ThriftType::structure, metadata.column_orders.size());
    for (ColumnOrder order : metadata.column_orders) {
      SLUICE_CHECK(order != ColumnOrder::unknown);
      out.begin_struct();
      out.empty_struct(static_cast<std::int16_t>(order));
      out.end_struct();
    }
  }
  out.end_struct();
}

void encode(const PageHeader& header, Bytes& bytes) {
  ThriftWriter out(bytes);
  out.begin_struct();
  out.i32(1, static_cast<std::int32_t>(header.type));
  out.i32(2, header.uncompressed_page_size);
  out.i32(3, header.compressed_page_size);
  if (header.crc) {
    out.i32(4, static_cast<std::int32_t>(*header.crc));
  }
  if (header.data) {
    encode_data_header(out, 5, *header.data);
  }
  if (header.dictionary) {
    out.begin_struct(7);
    out.i32(1, header.dictionary->num_values);
    out.i32(2, static_cast<std::int32_t>(header.dictionary->encoding));
    out.end_struct();
  }
  if (header.data_v2) {
    encode_data_header_v2(out, 8, *header.data_v2);
  }
  out.end_struct();
}

void encode(const ColumnIndex& index, Bytes& bytes) {
  SLUICE_CHECK(index.min_values.size() == index.null_pages.size());
  SLUICE_CHECK(index.max_values.size() == index.null_pages.size());
  ThriftWriter out(bytes);
  out.begin_struct();
  out.begin_list(1, ThriftType::boolean_true, index.null_pages.size());
  for (bool is_null : index.null_pages) {
    out.element_boolean(is_null);
  }
  encode_bytes_list(out, 2, index.min_values);
  encode_bytes_list(out, 3, index.max_values);
  out.i32(4, static_cast<std::int32_t>(index.boundary_order));
  optional_i64_list(out, 5, index.null_counts);
  optional_i64_list(out, 6, index.repetition_level_histograms);
  optional_i64_list(out, 7, index.definition_level_histograms);
  optional_i64_list(out, 8, index.nan_counts);
  out.end_struct();
}

void encode(const OffsetIndex& index, Bytes& bytes) {
  ThriftWriter out(bytes);
  out.begin_struct();
  out.begin_list(1, ThriftType::structure, index.page_locations.size());
  for (const PageLocation& page : index.page_locations) {
    out.begin_struct();
    out.i64(1, page.offset);
    out.i32(2, page.compressed_page_size);
    out.i64(3, page.first_row_index);
    out.end_struct();
  }
  optional_i64_list(out, 2, index.unencoded_byte_array_data_bytes);
  out.end_struct();
}

}  // namespace sluice::parquet
