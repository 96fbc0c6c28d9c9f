// Footer first: the last eight bytes, the metadata, then checks that everything it names is there.
#include "parquet/file_reader.h"

#include "base/check.h"
#include "parquet/column_reader.h"
#include "parquet/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace sluice::parquet {

namespace {

std::unexpected<Error> corrupt(std::string what) {
  return fail(Fault::corrupt, std::move(what));
}

// Both ends of a range are known to fit once this holds.
bool is_within(std::int64_t offset, std::int64_t length, std::uint64_t end) {
  return offset >= 0 && length >= 0 && static_cast<std::uint64_t>(offset) <= end &&
         static_cast<std::uint64_t>(length) <= end - static_cast<std::uint64_t>(offset);
}

// Early releases of parquet-mr left the header of the dictionary page out of a chunk's size
// (PARQUET-816).
constexpr std::uint64_t short_chunk_bytes = 100;

bool has_short_chunks(std::string_view created_by) {
  constexpr std::string_view writer = "parquet-mr";
  constexpr std::array<int, 3> first_right = {1, 2, 9};
  if (!created_by.starts_with(writer)) {
    return false;
  }
  std::array<int, 3> version{};
  const std::size_t digits = created_by.find_first_of("0123456789");
  const char* at = created_by.data() + std::min(digits, created_by.size());
  const char* const end = created_by.data() + created_by.size();
  for (int& part : version) {
    const auto [next, error] = std::from_chars(at, end, part);
    at = next == end ? end : next + 1;
  }
  return version < first_right;
}

std::string joined(const std::vector<std::string>& path) {
  return fmt::format("{:.200}", fmt::to_string(fmt::join(path, ".")));
}

}  // namespace

std::int64_t first_page_offset(const ColumnMetaData& chunk) {
  const std::int64_t dictionary = chunk.dictionary_page_offset.value_or(0);
  if (dictionary <= 0) {
    return chunk.data_page_offset;
  }
  return chunk.data_page_offset <= 0 ? dictionary : std::min(dictionary, chunk.data_page_offset);
}

Result<Bytes> FileReader::Source::read(std::uint64_t offset, std::uint64_t count) const {
  SLUICE_CHECK(offset <= size);
  SLUICE_CHECK(count <= size - offset);
  if (file == nullptr) {
    return Bytes(bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(count)));
  }
  Bytes out;
  SLUICE_TRY_DO(file->read_at(offset, static_cast<std::size_t>(count), out));
  if (out.size() != count) {
    return corrupt(fmt::format("the file became shorter while it was read: {} of {} bytes at {}",
                               out.size(),
                               count,
                               offset));
  }
  return out;
}

Result<FileReader> FileReader::open(const File& file, ReadLimits limits) {
  SLUICE_TRY(size, file.size());
  return open(Source{.file = &file, .bytes = {}, .size = size}, limits);
}

Result<FileReader> FileReader::open(ByteView file, ReadLimits limits) {
  return open(Source{.file = nullptr, .bytes = file, .size = file.size()}, limits);
}

Result<FileReader> FileReader::open(Source source, ReadLimits limits) {
  FileReader reader(source, limits);
  SLUICE_TRY_DO(reader.read_footer());
  SLUICE_TRY_DO(reader.check_groups());
  return reader;
}

Result<void> FileReader::read_footer() {
  if (source_.size < file_magic.size() + tail_bytes) {
    return corrupt(fmt::format("{} bytes are too few for a Parquet file", source_.size));
  }
  SLUICE_TRY(head, source_.read(0, file_magic.size()));
  SLUICE_TRY(tail, source_.read(source_.size - tail_bytes, tail_bytes));
  const ByteView magic = ByteView(tail).substr(tail_bytes - file_magic.size());
  if (magic == encrypted_magic) {
    return fail(Fault::unsupported, "the file's footer is encrypted, which cannot be read");
  }
  if (magic != file_magic || (head != file_magic && head != encrypted_magic)) {
    return corrupt(fmt::format(
        "no Parquet file: it does not begin and end with {} (perhaps its writing never ended)",
        file_magic));
  }
  footer_bytes_ = load_le<std::uint32_t>(tail.data());
  const std::uint64_t room = source_.size - file_magic.size() - tail_bytes;
  if (footer_bytes_ == 0 || footer_bytes_ > room) {
    return corrupt(
        fmt::format("a footer of {} bytes in a file with room for {}", footer_bytes_, room));
  }
  if (footer_bytes_ > limits_.footer_bytes_max) {
    return fail(
        Fault::too_large,
        fmt::format(
            "a footer of {} bytes, over the limit of {}", footer_bytes_, limits_.footer_bytes_max));
  }
  SLUICE_TRY(footer, source_.read(source_.size - tail_bytes - footer_bytes_, footer_bytes_));
  SLUICE_TRY(metadata, decode_file_metadata(footer));
  SLUICE_TRY(tree, build_tree(metadata.schema));
  metadata_ = std::move(metadata);
  schema_ = std::move(tree);
  return {};
}

Result<void> FileReader::check_groups() const {
  if (metadata_.num_rows < 0) {
    return corrupt(fmt::format("a file of {} rows", metadata_.num_rows));
  }
  for (std::size_t i = 0; i < metadata_.row_groups.size(); ++i) {
    const RowGroup& group = metadata_.row_groups[i];
    if (group.num_rows < 0 || group.columns.size() != schema_.leaves.size()) {
      return corrupt(
          fmt::format("row group {} has {} rows and {} column chunks; the schema has {} "
                      "leaves",
                      i,
                      group.num_rows,
                      group.columns.size(),
                      schema_.leaves.size()));
    }
    for (std::size_t leaf = 0; leaf < group.columns.size(); ++leaf) {
      if (Result<void> checked = check_chunk(group, leaf); !checked) {
        return std::unexpected<Error>(std::move(checked).error().within(
            fmt::format("row group {}, column {}", i, joined(schema_.leaves[leaf].path))));
      }
    }
  }
  return {};
}

Result<void> FileReader::check_chunk(const RowGroup& group, std::size_t leaf) const {
  const ColumnChunk& chunk = group.columns[leaf];
  const ColumnMetaData& column = chunk.meta_data;
  if (column.type != schema_.elements[schema_.leaves[leaf].element].type) {
    return corrupt(
        fmt::format("stored as {}, which is not the type in the schema", to_string(column.type)));
  }
  if (column.num_values < 0) {
    return corrupt(fmt::format("{} values", column.num_values));
  }
  const std::uint64_t end = source_.size - tail_bytes - footer_bytes_;
  if (!is_within(column.data_page_offset, 0, end) ||
      !is_within(first_page_offset(column), column.total_compressed_size, end)) {
    return corrupt(fmt::format("its {} bytes from {} on lie outside the file",
                               column.total_compressed_size,
                               first_page_offset(column)));
  }
  return {};
}

const ColumnChunk& FileReader::chunk(std::size_t row_group, std::size_t leaf) const {
  SLUICE_CHECK(row_group < metadata_.row_groups.size());
  SLUICE_CHECK(leaf < schema_.leaves.size());
  return metadata_.row_groups[row_group].columns[leaf];
}

// The chunk as it stands in the file.
Result<Bytes> FileReader::read_pages(std::size_t row_group, std::size_t leaf) const {
  const ColumnMetaData& column = chunk(row_group, leaf).meta_data;
  const auto start = static_cast<std::uint64_t>(first_page_offset(column));
  std::uint64_t length = static_cast<std::uint64_t>(column.total_compressed_size);
  if (has_short_chunks(metadata_.created_by.value_or(""))) {
    const std::uint64_t end = source_.size - tail_bytes - footer_bytes_;
    length = std::min(length + short_chunk_bytes, end - start);
  }
  if (length > limits_.chunk_bytes_max) {
    return fail(Fault::too_large,
                fmt::format("{} bytes, over the limit of {}", length, limits_.chunk_bytes_max));
  }
  return source_.read(start, length);
}

Result<columnar::Column> FileReader::read_column(std::size_t row_group, std::size_t leaf) const {
  const auto read = [&]() -> Result<columnar::Column> {
    SLUICE_TRY(pages, read_pages(row_group, leaf));
    return read_chunk(pages,
                      {.meta_data = chunk(row_group, leaf).meta_data,
                       .element = schema_.elements[schema_.leaves[leaf].element],
                       .leaf = schema_.leaves[leaf],
                       .rows = metadata_.row_groups[row_group].num_rows,
                       .bytes_max = limits_.chunk_bytes_max});
  };
  Result<columnar::Column> column = read();
  if (!column) {
    return std::unexpected<Error>(std::move(column).error().within(
        fmt::format("row group {}, column {}", row_group, joined(schema_.leaves[leaf].path))));
  }
  return column;
}

Result<std::vector<PlacedPage>> FileReader::read_page_headers(std::size_t row_group,
                                                              std::size_t leaf) const {
  const ColumnMetaData& column = chunk(row_group, leaf).meta_data;
  SLUICE_TRY(bytes, read_pages(row_group, leaf));
  const ByteView pages(bytes);
  std::vector<PlacedPage> placed;
  std::int64_t entries = 0;
  std::size_t at = 0;
  while (entries < column.num_values || std::cmp_less(at, column.total_compressed_size)) {
    SLUICE_TRY(decoded, decode_page_header(pages.substr(at)));
    const PageHeader& header = decoded.header;
    const std::size_t left = pages.size() - at - decoded.header_bytes;
    if (header.compressed_page_size < 0 ||
        static_cast<std::size_t>(header.compressed_page_size) > left) {
      return corrupt(
          fmt::format("a page of {} bytes where {} are left", header.compressed_page_size, left));
    }
    const std::int32_t values = header.data      ? header.data->num_values
                                : header.data_v2 ? header.data_v2->num_values
                                                 : 0;
    entries += std::max(values, 0);
    placed.push_back({.offset = first_page_offset(column) + static_cast<std::int64_t>(at),
                      .header_bytes = decoded.header_bytes,
                      .header = header});
    at += decoded.header_bytes + static_cast<std::size_t>(header.compressed_page_size);
  }
  return placed;
}

Result<Bytes> FileReader::read_index(std::int64_t offset, std::int32_t length) const {
  if (!is_within(offset, length, source_.size)) {
    return corrupt(fmt::format("a page index of {} bytes at {}, outside the file", length, offset));
  }
  return source_.read(static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length));
}

Result<std::optional<ColumnIndex>> FileReader::read_column_index(std::size_t row_group,
                                                                 std::size_t leaf) const {
  const ColumnChunk& wanted = chunk(row_group, leaf);
  if (!wanted.column_index_offset || !wanted.column_index_length) {
    return std::optional<ColumnIndex>();
  }
  SLUICE_TRY(bytes, read_index(*wanted.column_index_offset, *wanted.column_index_length));
  SLUICE_TRY(index, decode_column_index(bytes));
  return std::optional<ColumnIndex>(std::move(index));
}

Result<std::optional<OffsetIndex>> FileReader::read_offset_index(std::size_t row_group,
                                                                 std::size_t leaf) const {
  const ColumnChunk& wanted = chunk(row_group, leaf);
  if (!wanted.offset_index_offset || !wanted.offset_index_length) {
    return std::optional<OffsetIndex>();
  }
  SLUICE_TRY(bytes, read_index(*wanted.offset_index_offset, *wanted.offset_index_length));
  SLUICE_TRY(index, decode_offset_index(bytes));
  return std::optional<OffsetIndex>(std::move(index));
}

// Older files give the offset only; then the header says how much there is.
Result<std::uint64_t> FileReader::bloom_length(const ColumnMetaData& column) const {
  const std::int64_t offset = *column.bloom_filter_offset;
  std::int64_t length = column.bloom_filter_length.value_or(0);
  if (!column.bloom_filter_length && is_within(offset, 0, source_.size)) {
    const auto start = static_cast<std::uint64_t>(offset);
    const std::uint64_t there =
        std::min<std::uint64_t>(source_.size - start, bloom_header_bytes_max);
    SLUICE_TRY(head, source_.read(start, there));
    SLUICE_TRY(whole, bloom_filter_length(head));
    length = static_cast<std::int64_t>(whole);
  }
  if (!is_within(offset, length, source_.size)) {
    return corrupt(
        fmt::format("a bloom filter of {} bytes at {}, outside the file", length, offset));
  }
  return static_cast<std::uint64_t>(length);
}

Result<std::optional<BloomFilter>> FileReader::read_bloom_filter(std::size_t row_group,
                                                                 std::size_t leaf) const {
  const ColumnMetaData& column = chunk(row_group, leaf).meta_data;
  if (!column.bloom_filter_offset) {
    return std::optional<BloomFilter>();
  }
  SLUICE_TRY(length, bloom_length(column));
  if (length > bloom_filter_bytes_limit + bloom_header_bytes_max) {
    return corrupt(fmt::format("a bloom filter of {} bytes", length));
  }
  SLUICE_TRY(bytes, source_.read(static_cast<std::uint64_t>(*column.bloom_filter_offset), length));
  SLUICE_TRY(filter, BloomFilter::decode(bytes));
  return std::optional<BloomFilter>(std::move(filter));
}

}  // namespace sluice::parquet
