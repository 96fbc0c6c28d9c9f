// Pages of one column chunk: assembled, compressed, kept until the row group ends.
//
//   dictionary page (if any)   header  PLAIN values
//   data page                  header  repetition levels, definition levels, values
//
// Everything behind a header is compressed together; in pages of version 2 only the values are.
// A chunk has one codec.  The first page with values settles whether it is used: not where it would
// save too little there (codec.h), dictionary included; and, for Snappy, which encoder makes less
// of it (snappy_encoder.h).  Pages before that one wait.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "parquet/byte_sink.h"
#include "parquet/codec.h"
#include "parquet/metadata.h"
#include "parquet/page_format.h"
#include "parquet/page_index.h"
#include "parquet/schema.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sluice::parquet {

// The content of one data page; borrows the bytes.
struct DataPage {
  std::size_t rows = 0;
  std::size_t entries = 0;
  std::size_t values = 0;                    // entries that are not null
  std::span<const std::uint8_t> definition;  // empty while every entry is a value
  std::span<const std::uint8_t> repetition;  // empty for a leaf that does not repeat
  Encoding encoding = Encoding::plain;
  ByteView body;                     // the encoded values
  ByteView dictionary;               // of a page of indices: the values so far
  std::size_t byte_array_bytes = 0;  // of byte arrays, without length prefixes
  Bounds bounds;
};

// The dictionary's PLAIN values; borrows the bytes.
struct DictionaryPage {
  std::size_t values = 0;
  ByteView body;
  bool covers_chunk = false;  // no data page holds values in another way
};

// A chunk as it went to the file, and the index of its pages.
struct WrittenChunk {
  ColumnChunk chunk;
  OffsetIndex offset_index;
  std::optional<ColumnIndex> column_index;
};

// Not thread-safe.  Starts again, empty, after each flush.
class PageBuilder {
 public:
  // `compressor` must outlive the builder; it may be shared by builders of one thread.
  PageBuilder(const columnar::Leaf& leaf, PageFormat format, Compressor& compressor);

  // Fault::too_large for a page whose size the format cannot express.
  Result<void> add(const DataPage& page);

  // Writes the pages that are complete to `sink`, which stands behind those written before, or
  // where the chunk is to begin.  The chunk has no dictionary, then.
  Result<void> write_ahead(ByteSink& sink);

  // Writes the chunk, or the rest of it, to `sink`.  `offset`: where in the file the chunk begins.
  // At least one page was added.
  Result<WrittenChunk> flush(const std::optional<DictionaryPage>& dictionary,
                             std::int64_t offset,
                             ByteSink& sink);

  // Entries in the chunk so far.
  std::int64_t entries() const { return entries_; }

  // Of the data pages so far, as they stand in the file.
  std::uint64_t page_bytes() const;

  // About what their index takes.
  std::uint64_t index_bytes() const { return index_.bytes(); }

  // About what the chunk's dictionary would take; compressed now and then to know.
  std::uint64_t expected_bytes(const std::optional<DictionaryPage>& dictionary);

  std::size_t bytes_held() const { return bytes_held_; }

 private:
  struct Sealed {
    Bytes bytes;  // header and body as they stand in the file
    std::int64_t uncompressed_bytes = 0;
  };

  // What a page holds behind its header.
  struct Content {
    ByteView levels;  // those outside the body
    ByteView body;
    ValueLayout layout;  // of the values in the body, if it helps
  };

  // A page that waits for the codec to be settled.
  struct Draft {
    PageHeader header;
    Bytes levels;  // those outside the body
    Bytes body;
    PageSummary summary;
  };

  bool is_v2() const { return format_.version == PageVersion::v2; }

  Codec codec() const {
    return uses_codec_.value_or(false) ? compressor_.codec() : Codec::uncompressed;
  }

  Encoding mark(Encoding encoding) const;
  void assemble(const DataPage& page);
  PageHeader header_of(const DataPage& page) const;
  PageSummary summary_of(const DataPage& page);
  ValueLayout layout_of(const DataPage& page) const;
  void settle_codec(const DataPage& page);
  Result<void> place_drafts();
  Result<void> place(PageHeader header, const Content& content, PageSummary summary);
  Result<Sealed> seal(PageHeader header, const Content& content);
  void count_levels(const DataPage& page, PageSummary& summary);
  Statistics statistics(const std::optional<DictionaryPage>& dictionary) const;
  void list_encodings(bool has_dictionary, ColumnMetaData& out) const;
  ColumnMetaData describe(const std::optional<DictionaryPage>& dictionary,
                          std::int64_t data_offset,
                          std::int64_t offset) const;
  void start_again();

  columnar::Leaf leaf_;
  PhysicalLeaf physical_;
  PageFormat format_;
  Compressor& compressor_;
  PageIndexBuilder index_;
  std::vector<Sealed> pages_;
  std::vector<Draft> drafts_;
  std::optional<bool> uses_codec_;    // once settled
  bool uses_layout_ = false;          // likewise
  Bytes levels_;                      // of the page being assembled, version 2
  std::size_t repetition_bytes_ = 0;  // of its levels
  Bytes scratch_;                     // what of it may be compressed
  std::size_t bytes_held_ = 0;
  std::size_t weighed_plain_ = 0;       // of the dictionary when it was compressed last
  std::size_t weighed_compressed_ = 0;  // ... and what that came to

  std::int64_t entries_ = 0;
  std::int64_t nulls_ = 0;
  std::int64_t uncompressed_bytes_ = 0;
  std::int64_t compressed_bytes_ = 0;
  std::int64_t byte_array_bytes_ = 0;
  std::array<std::int32_t, static_cast<std::size_t>(Encoding::byte_stream_split) + 1>
      data_pages_{};  // by encoding
  Bounds bounds_;
  std::vector<std::int64_t> repetition_histogram_;
  std::vector<std::int64_t> definition_histogram_;
};

}  // namespace sluice::parquet
