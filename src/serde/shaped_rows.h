// Rows from records that look like the ones before: the fast path of the converter.
//
// Holds a few shapes (json/shape.h) with, for each column, the place of its value.  Records are
// taken in chunks: first each is matched and the places of its values noted, then column by column
// the values are converted, so that each loop does one thing.  A record that is a surprise ends the
// run before it and is left to the full path, which decides alone what is refused and why.  When
// guesses keep failing they are made ever more seldom, so that records without a common shape cost
// next to nothing extra.
#pragma once

#include "base/bytes.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "json/shape.h"
#include "json/view.h"
#include "serde/key_table.h"
#include "serde/recent_day.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::serde {

// What a run of records that matched gave.
struct ShapedRun {
  std::size_t records = 0;  // each of them a row
  std::size_t bytes = 0;    // of text, line ends included
};

// Not thread-safe.
class ShapedRows {
 public:
  explicit ShapedRows(const columnar::Schema& schema);

  // Appends the rows of as many records from the front as are of a known shape and convert.
  ShapedRun read(std::span<const ByteView> records, columnar::RowBatch& out);

  // The same for the lines of a text, at most `rows_max` of them; a last line without its line end
  // is left.
  ShapedRun read_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out);

  // Whether a record has just ended a run and should be learned from.
  bool wants_to_learn() const { return wants_to_learn_; }

  // `record` holds `document` and nothing else, and became a row; `keys` has matched it.
  void learn(ByteView record, json::View document, const KeyTable& keys);

 private:
  static constexpr std::size_t shapes_max = 4;
  static constexpr std::uint32_t no_value = ~std::uint32_t{0};

  struct Known {
    json::Shape shape;
    std::vector<std::uint32_t> sources;  // of each column: which value of the shape, or no_value
    std::size_t chunk_rows = 0;          // so many records' values stay in the cache
  };

  // The values of one column in a chunk, converted.
  struct Cells {
    std::vector<std::int64_t> integers;
    std::vector<double> doubles;
    std::vector<ByteView> texts;
    std::vector<std::uint8_t> is_null;
    bool has_null = false;
  };

  template <class Supply>
  ShapedRun read_run(Supply supply, std::size_t rows_max, columnar::RowBatch& out);
  template <class Supply>
  std::size_t match_chunk(Supply& supply, std::size_t rows_max);
  template <class Supply>
  bool find_shape(Supply& supply);
  std::size_t convert(std::size_t rows);
  std::size_t convert_column(std::size_t column, std::size_t rows);
  std::size_t convert_integers(std::size_t column, std::size_t rows);
  std::size_t convert_timestamps(std::size_t column, std::size_t rows);
  template <class Convert>
  std::size_t convert_each(std::size_t column, std::size_t rows, Convert convert);
  void append(std::size_t rows, columnar::RowBatch& out);
  void append_column(const Cells& cells, std::size_t rows, columnar::Column& out);
  bool pauses();
  void miss();

  std::vector<columnar::Type> types_;
  std::vector<Known> known_;
  std::size_t last_ = 0;         // the shape that matched last
  std::size_t next_victim_ = 0;  // the shape that the next one replaces
  std::uint32_t misses_ = 0;     // one after the other
  std::uint32_t pause_ = 0;      // records to come that are not guessed at
  bool wants_to_learn_ = false;
  std::vector<json::Node> values_;           // of the records of a chunk, one after the other
  std::vector<std::uint32_t> record_bytes_;  // of a chunk
  std::vector<Cells> cells_;                 // of each column
  std::vector<std::int32_t> narrow_;         // scratch
  RecentDay day_;
};

}  // namespace sluice::serde
