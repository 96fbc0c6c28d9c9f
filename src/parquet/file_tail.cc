// Bloom filters and page indexes on their way to the end of the file.
#include "parquet/file_tail.h"

#include <limits>
#include <utility>

namespace sluice::parquet {

namespace {

// The footer gives lengths as signed 32-bit numbers.
constexpr std::uint64_t part_bytes_max = std::numeric_limits<std::int32_t>::max();

}  // namespace

void FileTail::add(std::vector<Part>& parts, std::size_t group, std::size_t leaf, Bytes bytes) {
  bytes_ += bytes.size();
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

void FileTail::append_to(Bytes& out) const {
  for (const std::vector<Part>* parts : {&bloom_filters_, &column_indexes_, &offset_indexes_}) {
    put_varint(out, parts->size());
    for (const Part& part : *parts) {
      put_varint(out, part.group);
      put_varint(out, part.leaf);
      put_varint(out, part.bytes.size());
      out += part.bytes;
    }
  }
}

// Parts come in the order of the file, one a chunk.
bool FileTail::follows(const Part& part, const std::vector<Part>& parts) {
  return parts.empty() ||
         std::pair(parts.back().group, parts.back().leaf) < std::pair(part.group, part.leaf);
}

Result<FileTail> FileTail::decode(ByteView encoded, std::size_t groups, std::size_t leaves) {
  const auto damaged = [] {
    return fail(Fault::corrupt, "indexes and filters of a parked Parquet file are damaged");
  };
  FileTail tail;
  ByteReader reader(encoded);
  for (std::vector<Part>* parts :
       {&tail.bloom_filters_, &tail.column_indexes_, &tail.offset_indexes_}) {
    const std::optional<std::uint64_t> count = reader.varint();
    if (!count) {
      return damaged();
    }
    for (std::uint64_t i = 0; i < *count; ++i) {
      const std::optional<std::uint64_t> group = reader.varint();
      const std::optional<std::uint64_t> leaf = reader.varint();
      const std::optional<std::uint64_t> size = reader.varint();
      if (!group || !leaf || !size || *group >= groups || *leaf >= leaves ||
          *size > reader.remaining() || *size > part_bytes_max) {
        return damaged();
      }
      Part part{*group, *leaf, Bytes(*reader.take(*size))};
      if (!follows(part, *parts)) {
        return damaged();
      }
      tail.add(*parts, part.group, part.leaf, std::move(part.bytes));
    }
  }
  return reader.remaining() == 0 ? Result<FileTail>(std::move(tail)) : damaged();
}

}  // namespace sluice::parquet
