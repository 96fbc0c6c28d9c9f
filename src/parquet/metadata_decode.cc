// Bytes to metadata.  Whatever comes from outside is bounded here: list lengths by the bytes that
// are left, required fields by a check for each struct, so that memory stays in proportion.
#include "parquet/metadata.h"
#include "parquet/thrift.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace sluice::parquet {

namespace {

using Field = ThriftReader::Field;

constexpr std::size_t path_names_max = 1'000;
constexpr std::size_t encodings_max = 1'000;
constexpr std::size_t key_values_max = 1'000'000;
constexpr std::size_t histogram_entries_max = 100'000'000;

// Which fields of a struct were met, to tell whether a required one is absent.
class Seen {
 public:
  void add(std::int16_t id) {
    if (id < 64) {
      bits_ |= std::uint64_t{1} << id;
    }
  }

  void require(ThriftReader& in,
               std::string_view name,
               std::initializer_list<std::int16_t> ids) const {
    for (std::int16_t id : ids) {
      if ((bits_ >> id & 1) == 0) {
        in.fail_with(fmt::format("{} without its field {}", name, id));
      }
    }
  }

 private:
  std::uint64_t bits_ = 0;
};

// Reads one struct: `read` gets each field, and whatever it does not know is to be skipped.
template <class Read>
Seen read_struct(ThriftReader& in, Read read) {
  Seen seen;
  in.begin_struct();
  while (const std::optional<Field> field = in.next_field()) {
    seen.add(field->id);
    read(*field);
  }
  return seen;
}

// An enum whose unknown values cannot be worked with.
template <class Enum>
Enum closed_enum(ThriftReader& in, Field field, Enum last, std::string_view name) {
  const std::int32_t value = in.i32(field);
  if (value < 0 || value > static_cast<std::int32_t>(last)) {
    in.fail_with(fmt::format("{} {} is unknown", name, value));
    return Enum{};
  }
  return static_cast<Enum>(value);
}

// Elements are decoded one by one, so an oversized count ends at the first missing one.
template <class T, class Decode>
void read_list(ThriftReader& in,
               Field field,
               ThriftType element,
               std::size_t count_max,
               std::vector<T>& out,
               Decode decode) {
  const std::size_t count = in.begin_list(field, element, count_max);
  out.clear();
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    out.push_back(decode());
  }
}

void read_i64_list(ThriftReader& in, Field field, std::vector<std::int64_t>& out) {
  read_list(
      in, field, ThriftType::i64, histogram_entries_max, out, [&] { return in.element_i64(); });
}

TimeUnit decode_unit(ThriftReader& in, Field field) {
  in.structure(field);
  TimeUnit unit = TimeUnit::micros;
  read_struct(in, [&](Field member) {
    if (member.id >= 1 && member.id <= 3) {
      unit = static_cast<TimeUnit>(member.id);
    } else {
      in.fail_with(fmt::format("time unit {} is unknown", member.id));
    }
    in.skip(member);
  });
  return unit;
}

void decode_logical_content(ThriftReader& in, LogicalType& type) {
  const bool is_time = type.kind == LogicalKind::time || type.kind == LogicalKind::timestamp;
  read_struct(in, [&](Field field) {
    if (type.kind == LogicalKind::decimal && field.id == 1) {
      type.scale = in.i32(field);
    } else if (type.kind == LogicalKind::decimal && field.id == 2) {
      type.precision = in.i32(field);
    } else if (is_time && field.id == 1) {
      type.is_adjusted_to_utc = in.boolean(field);
    } else if (is_time && field.id == 2) {
      type.unit = decode_unit(in, field);
    } else if (type.kind == LogicalKind::integer && field.id == 1) {
      type.bit_width = in.i8(field);
    } else if (type.kind == LogicalKind::integer && field.id == 2) {
      type.is_signed = in.boolean(field);
    } else {
      in.skip(field);
    }
  });
}

LogicalType decode_logical_type(ThriftReader& in, Field field) {
  in.structure(field);
  LogicalType type;
  read_struct(in, [&](Field member) {
    constexpr std::int16_t reserved_id = 9;
    const bool is_known = member.id >= static_cast<std::int16_t>(LogicalKind::string) &&
                          member.id <= static_cast<std::int16_t>(LogicalKind::float16) &&
                          member.id != reserved_id;
    if (is_known) {
      type.kind = static_cast<LogicalKind>(member.id);
      in.structure(member);
      decode_logical_content(in, type);
    } else {
      in.skip(member);
    }
  });
  return type;
}

SchemaElement decode_element(ThriftReader& in) {
  SchemaElement element;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        element.type = closed_enum(in, field, PhysicalType::fixed_len_byte_array, "physical type");
        break;
      case 2:
        element.type_length = in.i32(field);
        break;
      case 3:
        element.repetition = closed_enum(in, field, Repetition::repeated, "repetition");
        break;
      case 4:
        element.name = in.binary(field);
        break;
      case 5:
        element.num_children = in.i32(field);
        break;
      case 6:
        element.converted_type = static_cast<ConvertedType>(in.i32(field));
        break;
      case 7:
        element.scale = in.i32(field);
        break;
      case 8:
        element.precision = in.i32(field);
        break;
      case 9:
        element.field_id = in.i32(field);
        break;
      case 10:
        element.logical_type = decode_logical_type(in, field);
        break;
      default:
        in.skip(field);
    }
  }).require(in, "SchemaElement", {4});
  return element;
}

Statistics decode_statistics(ThriftReader& in, Field outer) {
  in.structure(outer);
  Statistics statistics;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        statistics.max = in.binary(field);
        break;
      case 2:
        statistics.min = in.binary(field);
        break;
      case 3:
        statistics.null_count = in.i64(field);
        break;
      case 4:
        statistics.distinct_count = in.i64(field);
        break;
      case 5:
        statistics.max_value = in.binary(field);
        break;
      case 6:
        statistics.min_value = in.binary(field);
        break;
      case 7:
        statistics.is_max_value_exact = in.boolean(field);
        break;
      case 8:
        statistics.is_min_value_exact = in.boolean(field);
        break;
      case 9:
        statistics.nan_count = in.i64(field);
        break;
      default:
        in.skip(field);
    }
  });
  return statistics;
}

KeyValue decode_key_value(ThriftReader& in) {
  KeyValue pair;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      pair.key = in.binary(field);
    } else if (field.id == 2) {
      pair.value = in.binary(field);
    } else {
      in.skip(field);
    }
  }).require(in, "KeyValue", {1});
  return pair;
}

void read_key_values(ThriftReader& in, Field field, std::vector<KeyValue>& out) {
  read_list(
      in, field, ThriftType::structure, key_values_max, out, [&] { return decode_key_value(in); });
}

PageEncodingStats decode_encoding_stats(ThriftReader& in) {
  PageEncodingStats stats;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      stats.page_type = static_cast<PageType>(in.i32(field));
    } else if (field.id == 2) {
      stats.encoding = static_cast<Encoding>(in.i32(field));
    } else if (field.id == 3) {
      stats.count = in.i32(field);
    } else {
      in.skip(field);
    }
  }).require(in, "PageEncodingStats", {1, 2, 3});
  return stats;
}

SizeStatistics decode_size_statistics(ThriftReader& in, Field outer) {
  in.structure(outer);
  SizeStatistics sizes;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      sizes.unencoded_byte_array_data_bytes = in.i64(field);
    } else if (field.id == 2) {
      read_i64_list(in, field, sizes.repetition_level_histogram);
    } else if (field.id == 3) {
      read_i64_list(in, field, sizes.definition_level_histogram);
    } else {
      in.skip(field);
    }
  });
  return sizes;
}

bool is_integer(Field field) {
  return field.type >= ThriftType::i8 && field.type <= ThriftType::i64;
}

void decode_column_field(ThriftReader& in, Field field, ColumnMetaData& column) {
  switch (field.id) {
    case 1:
      column.type = closed_enum(in, field, PhysicalType::fixed_len_byte_array, "physical type");
      break;
    case 2:
      read_list(in, field, ThriftType::i32, encodings_max, column.encodings, [&] {
        return static_cast<Encoding>(in.element_i32());
      });
      break;
    case 3:
      read_list(in, field, ThriftType::binary, path_names_max, column.path_in_schema, [&] {
        return std::string(in.element_binary());
      });
      break;
    case 4:
      column.codec = static_cast<CodecId>(in.i32(field));
      break;
    case 5:
      column.num_values = in.i64(field);
      break;
    case 6:
      column.total_uncompressed_size = in.i64(field);
      break;
    case 7:
      column.total_compressed_size = in.i64(field);
      break;
    case 8:
      read_key_values(in, field, column.key_value_metadata);
      break;
    case 9:
      column.data_page_offset = in.i64(field);
      break;
    case 11:
      column.dictionary_page_offset = in.i64(field);
      break;
    case 12:
      column.statistics = decode_statistics(in, field);
      break;
    case 13:
      read_list(in, field, ThriftType::structure, encodings_max, column.encoding_stats, [&] {
        return decode_encoding_stats(in);
      });
      break;
    // Numbers that some writers used for purposes of their own before the format gave them away.
    case 14:
      if (is_integer(field)) {
        column.bloom_filter_offset = in.i64(field);
      } else {
        in.skip(field);
      }
      break;
    case 15:
      if (is_integer(field)) {
        column.bloom_filter_length = in.i32(field);
      } else {
        in.skip(field);
      }
      break;
    case 16:
      if (field.type == ThriftType::structure) {
        column.size_statistics = decode_size_statistics(in, field);
      } else {
        in.skip(field);
      }
      break;
    default:
      in.skip(field);
  }
}

ColumnChunk decode_chunk(ThriftReader& in) {
  ColumnChunk chunk;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        chunk.file_path = in.binary(field);
        break;
      case 2:
        chunk.file_offset = in.i64(field);
        break;
      case 3:
        in.structure(field);
        read_struct(in, [&](Field inner) {
          decode_column_field(in, inner, chunk.meta_data);
        }).require(in, "ColumnMetaData", {1, 2, 3, 4, 5, 6, 7, 9});
        break;
      case 4:
        chunk.offset_index_offset = in.i64(field);
        break;
      case 5:
        chunk.offset_index_length = in.i32(field);
        break;
      case 6:
        chunk.column_index_offset = in.i64(field);
        break;
      case 7:
        chunk.column_index_length = in.i32(field);
        break;
      default:
        in.skip(field);
    }
  }).require(in, "ColumnChunk", {2, 3});
  return chunk;
}

SortingColumn decode_sorting_column(ThriftReader& in) {
  SortingColumn column;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      column.column_idx = in.i32(field);
    } else if (field.id == 2) {
      column.descending = in.boolean(field);
    } else if (field.id == 3) {
      column.nulls_first = in.boolean(field);
    } else {
      in.skip(field);
    }
  }).require(in, "SortingColumn", {1, 2, 3});
  return column;
}

// `chunks_left` is what remains of the file's allowance of column chunks.
RowGroup decode_row_group(ThriftReader& in, std::size_t& chunks_left) {
  RowGroup group;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        read_list(in, field, ThriftType::structure, chunks_left, group.columns, [&] {
          return decode_chunk(in);
        });
        chunks_left -= group.columns.size();
        break;
      case 2:
        group.total_byte_size = in.i64(field);
        break;
      case 3:
        group.num_rows = in.i64(field);
        break;
      case 4:
        read_list(in, field, ThriftType::structure, path_names_max, group.sorting_columns, [&] {
          return decode_sorting_column(in);
        });
        break;
      case 5:
        group.file_offset = in.i64(field);
        break;
      case 6:
        group.total_compressed_size = in.i64(field);
        break;
      case 7:
        group.ordinal = in.i16(field);
        break;
      default:
        in.skip(field);
    }
  }).require(in, "RowGroup", {1, 2, 3});
  return group;
}

ColumnOrder decode_column_order(ThriftReader& in) {
  ColumnOrder order = ColumnOrder::unknown;
  read_struct(in, [&](Field member) {
    if (member.id >= 1 && member.id <= 3) {
      order = static_cast<ColumnOrder>(member.id);
    }
    in.skip(member);
  });
  return order;
}

DataPageHeader decode_data_header(ThriftReader& in, Field outer) {
  in.structure(outer);
  DataPageHeader header;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      header.num_values = in.i32(field);
    } else if (field.id == 2) {
      header.encoding = static_cast<Encoding>(in.i32(field));
    } else if (field.id == 3) {
      header.definition_level_encoding = static_cast<Encoding>(in.i32(field));
    } else if (field.id == 4) {
      header.repetition_level_encoding = static_cast<Encoding>(in.i32(field));
    } else {
      in.skip(field);
    }
  }).require(in, "DataPageHeader", {1, 2, 3, 4});
  return header;
}

DictionaryPageHeader decode_dictionary_header(ThriftReader& in, Field outer) {
  in.structure(outer);
  DictionaryPageHeader header;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      header.num_values = in.i32(field);
    } else if (field.id == 2) {
      header.encoding = static_cast<Encoding>(in.i32(field));
    } else {
      in.skip(field);
    }
  }).require(in, "DictionaryPageHeader", {1, 2});
  return header;
}

DataPageHeaderV2 decode_data_header_v2(ThriftReader& in, Field outer) {
  in.structure(outer);
  DataPageHeaderV2 header;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        header.num_values = in.i32(field);
        break;
      case 2:
        header.num_nulls = in.i32(field);
        break;
      case 3:
        header.num_rows = in.i32(field);
        break;
      case 4:
        header.encoding = static_cast<Encoding>(in.i32(field));
        break;
      case 5:
        header.definition_levels_byte_length = in.i32(field);
        break;
      case 6:
        header.repetition_levels_byte_length = in.i32(field);
        break;
      case 7:
        header.is_compressed = in.boolean(field);
        break;
      default:
        in.skip(field);
    }
  }).require(in, "DataPageHeaderV2", {1, 2, 3, 4, 5, 6});
  return header;
}

PageLocation decode_location(ThriftReader& in) {
  PageLocation page;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      page.offset = in.i64(field);
    } else if (field.id == 2) {
      page.compressed_page_size = in.i32(field);
    } else if (field.id == 3) {
      page.first_row_index = in.i64(field);
    } else {
      in.skip(field);
    }
  }).require(in, "PageLocation", {1, 2, 3});
  return page;
}

void read_bytes_list(ThriftReader& in, Field field, std::vector<Bytes>& out) {
  read_list(in, field, ThriftType::binary, index_pages_max, out, [&] {
    return Bytes(in.element_binary());
  });
}

template <class T>
Result<T> finished(const ThriftReader& in, T value, std::string_view name) {
  if (Result<void> status = in.status(); !status) {
    return std::unexpected<Error>(std::move(status).error().within(name));
  }
  return value;
}

}  // namespace

Result<FileMetaData> decode_file_metadata(ByteView bytes) {
  ThriftReader in(bytes);
  FileMetaData metadata;
  std::size_t chunks_left = column_chunks_max;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        metadata.version = in.i32(field);
        break;
      case 2:
        read_list(in, field, ThriftType::structure, schema_elements_max, metadata.schema, [&] {
          return decode_element(in);
        });
        break;
      case 3:
        metadata.num_rows = in.i64(field);
        break;
      case 4:
        read_list(in, field, ThriftType::structure, column_chunks_max, metadata.row_groups, [&] {
          return decode_row_group(in, chunks_left);
        });
        break;
      case 5:
        read_key_values(in, field, metadata.key_value_metadata);
        break;
      case 6:
        metadata.created_by = in.binary(field);
        break;
      case 7:
        read_list(
            in, field, ThriftType::structure, schema_elements_max, metadata.column_orders, [&] {
              return decode_column_order(in);
            });
        break;
      default:
        in.skip(field);
    }
  }).require(in, "FileMetaData", {1, 2, 3, 4});
  return finished(in, std::move(metadata), "file metadata");
}

Result<DecodedPageHeader> decode_page_header(ByteView bytes) {
  ThriftReader in(bytes);
  PageHeader header;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        header.type = static_cast<PageType>(in.i32(field));
        break;
      case 2:
        header.uncompressed_page_size = in.i32(field);
        break;
      case 3:
        header.compressed_page_size = in.i32(field);
        break;
      case 4:
        header.crc = static_cast<std::uint32_t>(in.i32(field));
        break;
      case 5:
        header.data = decode_data_header(in, field);
        break;
      case 7:
        header.dictionary = decode_dictionary_header(in, field);
        break;
      case 8:
        header.data_v2 = decode_data_header_v2(in, field);
        break;
      default:
        in.skip(field);
    }
  }).require(in, "PageHeader", {1, 2, 3});
  return finished(in, DecodedPageHeader{std::move(header), in.position()}, "page header");
}

Result<ColumnIndex> decode_column_index(ByteView bytes) {
  ThriftReader in(bytes);
  ColumnIndex index;
  read_struct(in, [&](Field field) {
    switch (field.id) {
      case 1:
        read_list(in, field, ThriftType::boolean_true, index_pages_max, index.null_pages, [&] {
          return in.element_boolean();
        });
        break;
      case 2:
        read_bytes_list(in, field, index.min_values);
        break;
      case 3:
        read_bytes_list(in, field, index.max_values);
        break;
      case 4:
        index.boundary_order = closed_enum(in, field, BoundaryOrder::descending, "boundary order");
        break;
      case 5:
        read_i64_list(in, field, index.null_counts);
        break;
      case 6:
        read_i64_list(in, field, index.repetition_level_histograms);
        break;
      case 7:
        read_i64_list(in, field, index.definition_level_histograms);
        break;
      case 8:
        read_i64_list(in, field, index.nan_counts);
        break;
      default:
        in.skip(field);
    }
  }).require(in, "ColumnIndex", {1, 2, 3, 4});
  if (index.min_values.size() != index.null_pages.size() ||
      index.max_values.size() != index.null_pages.size()) {
    in.fail_with("lists of unequal length");
  }
  return finished(in, std::move(index), "column index");
}

Result<OffsetIndex> decode_offset_index(ByteView bytes) {
  ThriftReader in(bytes);
  OffsetIndex index;
  read_struct(in, [&](Field field) {
    if (field.id == 1) {
      read_list(in, field, ThriftType::structure, index_pages_max, index.page_locations, [&] {
        return decode_location(in);
      });
    } else if (field.id == 2) {
      read_i64_list(in, field, index.unencoded_byte_array_data_bytes);
    } else {
      in.skip(field);
    }
  }).require(in, "OffsetIndex", {1});
  return finished(in, std::move(index), "offset index");
}

}  // namespace sluice::parquet
