// One leaf of the file: cuts its entries into pages.
//
// A page ends before the row that would bring its PLAIN values (and, for a repeated leaf, one byte
// an entry) over page_bytes_max, or at page_rows_max rows; a single larger row has a page to
// itself. Pages begin at rows, so that a page index is possible.
#pragma once

#include "base/result.h"
#include "columnar/column.h"
#include "parquet/byte_sink.h"
#include "parquet/encoding_contest.h"
#include "parquet/page_builder.h"
#include "parquet/value_encoder.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::parquet {

struct PageLimits {
  std::size_t bytes_max = 0;  // both positive
  std::size_t rows_max = 0;
};

struct ColumnOptions {
  PageLimits limits;
  DictionaryOptions dictionary;
  PageFormat format;
};

// Where a reader of a Column stands.
struct ColumnCursor {
  std::size_t entry = 0;
  std::size_t value = 0;
};

// Not thread-safe.
class ColumnWriter {
 public:
  // `compressor` and `contest` must outlive the writer.
  ColumnWriter(const columnar::Leaf& leaf,
               const ColumnOptions& options,
               Compressor& compressor,
               EncodingContest& contest);

  // Adds the next `rows` rows of `column`, from `cursor` on, which moves behind them.
  Result<void> append(const columnar::Column& column, ColumnCursor& cursor, std::size_t rows);

  // Writes what is complete of a chunk that will have no dictionary to `sink`, which stands behind
  // what was written of it before, or where it is to begin.
  Result<void> write_ahead(ByteSink& sink);

  // Ends the chunk and writes it, or the rest of it, to `sink`.  `offset`: where in the file it
  // begins.
  Result<WrittenChunk> flush(std::int64_t offset, ByteSink& sink);

  // PLAIN bytes of the chunk so far: the measure of row groups.
  std::uint64_t chunk_bytes() const { return chunk_bytes_; }

  // About what the chunk would take if it ended now, with its page index or without.
  std::uint64_t expected_bytes(bool with_index);

  std::size_t bytes_held() const;

 private:
  struct Span {
    std::size_t rows = 0;
    std::size_t entries = 0;
    std::size_t values = 0;
    std::size_t bytes = 0;
  };

  Span fit(const columnar::Column& column, ColumnCursor cursor, std::size_t rows) const;
  Span fit_values(const columnar::Column& column,
                  ColumnCursor cursor,
                  std::size_t rows,
                  std::size_t room) const;
  Span fit_rows(const columnar::Column& column,
                ColumnCursor cursor,
                std::size_t rows,
                std::size_t room) const;
  Span row_at(const columnar::Column& column, ColumnCursor cursor) const;
  std::size_t value_bytes(const columnar::Column& column,
                          std::size_t first,
                          std::size_t count) const;
  void take(const columnar::Column& column, ColumnCursor cursor, const Span& span);
  Result<void> close_page();

  columnar::Leaf leaf_;
  PageLimits limits_;
  std::size_t width_;  // of a fixed-width value; 0 for byte strings
  PageBuilder pages_;
  std::unique_ptr<ValueEncoder> values_;
  std::vector<std::uint8_t> definition_;  // of the open page, once one is below the highest
  std::vector<std::uint8_t> repetition_;
  Span page_;  // what the open page holds
  std::uint64_t chunk_bytes_ = 0;
  double share_before_ = 0.5;  // that pages of the chunk before took of their PLAIN bytes
};

}  // namespace sluice::parquet
