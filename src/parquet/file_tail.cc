// Bloom filters and page indexes on their way to the end of the file.
#include "parquet/file_tail.h"

#include <utility>

namespace sluice::parquet {

void FileTail::add(std::vector<Part>& parts, std::size_t group, std::size_t leaf, Bytes bytes) {
  bytes_held_ += bytes.capacity();
  parts.push_back({group, leaf, std::move(bytes)});
}

void FileTail::add_index(std::size_t group, std::size_t leaf, const WrittenChunk& written) {
  Bytes bytes;
  if (written.column_index) {
    encode(*written.column_index, bytes);
    add(column_indexes_, group, leaf, std::move(bytes));
    bytes = Bytes();
  }
  encode(written.offset_index, bytes);
  add(offset_indexes_, group, leaf, std::move(bytes));
}

void FileTail::add_bloom_filter(std::size_t group, std::size_t leaf, const BloomFilter& filter) {
  Bytes bytes;
  filter.encode(bytes);
  add(bloom_filters_, group, leaf, std::move(bytes));
}

Result<void> FileTail::write(CountingSink& sink, FileMetaData& metadata) const {
  for (const Part& part : bloom_filters_) {
    ColumnMetaData& column = metadata.row_groups[part.group].columns[part.leaf].meta_data;
    column.bloom_filter_offset = sink.offset();
    column.bloom_filter_length = static_cast<std::int32_t>(part.bytes.size());
    SLUICE_TRY_DO(sink.append(part.bytes));
  }
  for (const Part& part : column_indexes_) {
    ColumnChunk& chunk = metadata.row_groups[part.group].columns[part.leaf];
    chunk.column_index_offset = sink.offset();
    chunk.column_index_length = static_cast<std::int32_t>(part.bytes.size());
    SLUICE_TRY_DO(sink.append(part.bytes));
  }
  for (const Part& part : offset_indexes_) {
    ColumnChunk& chunk = metadata.row_groups[part.group].columns[part.leaf];
    chunk.offset_index_offset = sink.offset();
    chunk.offset_index_length = static_cast<std::int32_t>(part.bytes.size());
    SLUICE_TRY_DO(sink.append(part.bytes));
  }
  return {};
}

}  // namespace sluice::parquet
