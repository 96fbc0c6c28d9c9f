// Rows from records that look like the ones before: the fast path of the converter.
//
// Holds a few shapes (json/shape.h), each compiled to a program (serde/row_program.h) that reads a
// record straight into the columns.  A record that is a surprise ends the run before it and is left
// to the full path, which decides alone what is refused and why.  Guessing is paid for by what it
// saves: when it keeps failing it is done ever more seldom, so that records without a common shape
// cost next to nothing extra.
#pragma once

#include "base/bytes.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "json/shape.h"
#include "json/view.h"
#include "json/wide.h"
#include "serde/key_table.h"
#include "serde/row_runner.h"

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
  explicit ShapedRows(const columnar::Schema& schema,
                      json::InstructionSet set = json::best_instruction_set());

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

  template <class Run>
  ShapedRun read_run(std::size_t rows_max, columnar::RowBatch& out, Run run);
  bool pauses();
  std::size_t place_for(const json::Shape& shape);
  void settle(std::size_t rows, bool has_missed);

  RowRunner runner_;
  bool is_guessing_ = true;  // false: the schema has a type that cannot be guessed at
  KnownRows known_;
  json::Shape shape_;                   // scratch
  std::vector<std::uint32_t> sources_;  // scratch
  std::size_t next_victim_ = 0;         // the program that the next one replaces
  std::int32_t credit_ = 0;
  std::uint32_t pause_ = 0;       // records to come that are not guessed at
  std::uint32_t next_pause_ = 1;  // how long the next pause is to be
  bool wants_to_learn_ = false;
};

}  // namespace sluice::serde
