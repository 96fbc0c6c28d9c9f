// The columns of one writer, shared out to lanes that may be appended to side by side.
//
// Columns know nothing of each other, but share what they compress and choose encodings with; a
// lane has its own of these.  What a column writes does not depend on its lane.
#pragma once

#include "base/result.h"
#include "columnar/column.h"
#include "parquet/bloom_builder.h"
#include "parquet/codec.h"
#include "parquet/column_writer.h"
#include "parquet/encoding_contest.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sluice::parquet {

// What all lanes have in common.
struct LaneOptions {
  std::size_t lanes = 1;
  Codec codec = Codec::snappy;
  int zstd_level = zstd_level_fast;
  std::size_t codec_gain_percent = parquet::codec_gain_percent;
  EncodingOptions encodings = {};
  ColumnOptions columns;
};

// Thread-safe only as append() says.
class ColumnLanes {
 public:
  // `leaves` are the stored ones.  There are no more lanes than leaves.
  ColumnLanes(const std::vector<columnar::Leaf>& leaves, const LaneOptions& options);

  std::size_t size() const { return columns_.size(); }

  std::size_t lanes() const { return lanes_.size(); }

  ColumnWriter& column(std::size_t leaf) { return columns_[leaf].writer; }

  std::optional<BloomBuilder>& bloom(std::size_t leaf) { return columns_[leaf].bloom; }

  // The rows to come are those of other columns than before, from their first on.
  void begin();

  // Gives the next `rows` rows of `stored`, a column a leaf, to the columns of a lane and their
  // bloom filters.  Calls for different lanes may run side by side, and beside nothing else.
  Result<void> append(std::size_t lane,
                      std::span<const columnar::Column* const> stored,
                      std::size_t rows);

  // PLAIN bytes of the chunks so far.
  std::uint64_t chunk_bytes() const;

  // About what the chunks would take if they ended now, with their page indexes or without.
  std::uint64_t expected_bytes(bool with_index);

  std::size_t bytes_held() const;

 private:
  // Stays where it is: columns borrow from it.
  struct Lane {
    explicit Lane(const LaneOptions& options)
        : compressor(options.codec, options.zstd_level, options.codec_gain_percent),
          contest(options.encodings, compressor) {}

    Compressor compressor;
    EncodingContest contest;
    std::vector<std::size_t> leaves;
    std::uint64_t load = 0;
  };

  struct Column {
    ColumnWriter writer;
    ColumnCursor cursor;
    std::optional<BloomBuilder> bloom;
  };

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Column> columns_;
};

}  // namespace sluice::parquet
