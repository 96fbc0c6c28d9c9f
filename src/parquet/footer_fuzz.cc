// Arbitrary bytes as a file: opening it, reading its page index and columns, printing its bounds
// must end in values or errors, within the memory allowed.
#include "base/bytes.h"
#include "parquet/file_reader.h"
#include "parquet/format.h"
#include "parquet/value_text.h"

#include <algorithm>
#include <cstdint>

namespace sluice::parquet {

namespace {

constexpr std::size_t memory_max = std::size_t{4} << 20;
constexpr std::size_t chunks_read_max = 16;

std::size_t print_bounds(const FileReader& reader, std::size_t group, std::size_t leaf) {
  const SchemaElement& element = reader.schema().elements[reader.schema().leaves[leaf].element];
  const ColumnMetaData& column = reader.metadata().row_groups[group].columns[leaf].meta_data;
  std::size_t printed = type_text(element).size() + to_string(column.codec).size();
  for (Encoding encoding : column.encodings) {
    printed += to_string(encoding).size();
  }
  if (column.statistics) {
    printed += value_text(element, column.statistics->min_value.value_or("")).size();
    printed += value_text(element, column.statistics->max.value_or("")).size();
  }
  return printed;
}

void read(ByteView file) {
  const Result<FileReader> reader =
      FileReader::open(file, {.footer_bytes_max = memory_max, .chunk_bytes_max = memory_max});
  if (!reader) {
    return;
  }
  std::size_t read = 0;
  for (std::size_t group = 0; group < reader->metadata().row_groups.size(); ++group) {
    for (std::size_t leaf = 0; leaf < reader->schema().leaves.size(); ++leaf) {
      if (++read > chunks_read_max) {
        return;
      }
      print_bounds(*reader, group, leaf);
      static_cast<void>(reader->read_column_index(group, leaf));
      static_cast<void>(reader->read_offset_index(group, leaf));
      static_cast<void>(reader->read_bloom_filter(group, leaf));
      static_cast<void>(reader->read_column(group, leaf));
    }
  }
}

// A mutated file seldom keeps its frame; here the bytes are framed anew as metadata.
void read_as_footer(ByteView metadata) {
  Bytes file(file_magic);
  file.append(metadata);
  put_le(file, static_cast<std::uint32_t>(metadata.size()));
  file.append(file_magic);
  read(file);
}

}  // namespace

}  // namespace sluice::parquet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const sluice::ByteView bytes(reinterpret_cast<const char*>(data), size);
  sluice::parquet::read(bytes);
  sluice::parquet::read_as_footer(bytes);
  static_cast<void>(sluice::parquet::decode_page_header(bytes));
  static_cast<void>(sluice::parquet::decode_column_index(bytes));
  static_cast<void>(sluice::parquet::decode_offset_index(bytes));
  return 0;
}
