// Opens a Parquet file: footer, schema, page index, and the columns of files such as ours.
//
// Metadata is read of any valid file; columns as far as column_reader.h goes.  Files come from
// outside: everything is checked and bounded, and what is wrong is said.
#pragma once

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/result.h"
#include "columnar/column.h"
#include "parquet/bloom_filter.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::parquet {

struct ReadLimits {
  std::size_t footer_bytes_max = std::size_t{64} << 20;
  std::size_t chunk_bytes_max = std::size_t{1} << 30;  // memory to decode one column chunk
};

// A page header and where it stands.
struct PlacedPage {
  std::int64_t offset = 0;  // from the start of the file
  std::size_t header_bytes = 0;
  PageHeader header;
};

// Immutable once open; const calls may run beside each other where those of the file may.
class FileReader {
 public:
  // Reads and checks the footer.  `file` must outlive the reader.  Fault::corrupt for what is no
  // Parquet file or a damaged one, Fault::unsupported for an encrypted one, Fault::too_large past a
  // limit.
  static Result<FileReader> open(const File& file, ReadLimits limits = {});

  // The same for a whole file in memory.
  static Result<FileReader> open(ByteView file, ReadLimits limits = {});

  const FileMetaData& metadata() const { return metadata_; }

  // metadata().schema as a tree; leaves are numbered in its order, which is that of the chunks of
  // each row group.
  const SchemaTree& schema() const { return schema_; }

  std::uint64_t file_bytes() const { return source_.size; }

  // Of the metadata, without the tail.
  std::uint64_t footer_bytes() const { return footer_bytes_; }

  // The values and levels of one chunk; indices must be in range.
  Result<columnar::Column> read_column(std::size_t row_group, std::size_t leaf) const;

  // The headers of all pages of one chunk, in the order of the file.
  Result<std::vector<PlacedPage>> read_page_headers(std::size_t row_group, std::size_t leaf) const;

  // The page index of one chunk, where the file has it.
  Result<std::optional<ColumnIndex>> read_column_index(std::size_t row_group,
                                                       std::size_t leaf) const;
  Result<std::optional<OffsetIndex>> read_offset_index(std::size_t row_group,
                                                       std::size_t leaf) const;

  // The bloom filter of one chunk, where the file has it.
  Result<std::optional<BloomFilter>> read_bloom_filter(std::size_t row_group,
                                                       std::size_t leaf) const;

 private:
  // One of the two.
  struct Source {
    const File* file = nullptr;
    ByteView bytes;
    std::uint64_t size = 0;

    // All of the range, which lies within the file, or an error.
    Result<Bytes> read(std::uint64_t offset, std::uint64_t count) const;
  };

  FileReader(Source source, ReadLimits limits) : source_(source), limits_(limits) {}

  static Result<FileReader> open(Source source, ReadLimits limits);
  Result<void> read_footer();
  Result<void> check_groups() const;
  Result<void> check_chunk(const RowGroup& group, std::size_t leaf) const;
  Result<Bytes> read_pages(std::size_t row_group, std::size_t leaf) const;
  Result<Bytes> read_index(std::int64_t offset, std::int32_t length) const;
  Result<std::uint64_t> bloom_length(const ColumnMetaData& column) const;
  const ColumnChunk& chunk(std::size_t row_group, std::size_t leaf) const;

  Source source_;
  ReadLimits limits_;
  FileMetaData metadata_;
  SchemaTree schema_;
  std::uint64_t footer_bytes_ = 0;
};

// Where a chunk begins: its dictionary page, or its first data page.  Some writers say 0 where
// there is none of the two.
std::int64_t first_page_offset(const ColumnMetaData& chunk);

}  // namespace sluice::parquet
