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
#include "json/shape.h"
#include "json/view.h"
#include "json/wide.h"
#include "serde/row_program.h"
#include "serde/row_runner.h"
#include "serde/shaped_run.h"
#include "serde/shredder.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::serde {

// Not thread-safe.
class ShapedRows {
 public:
  // `shredder` is of the OpenX dialect, reads what this does not, and must outlive it; `lower_keys`
  // is for the text of objects; `set` is one that this machine has.
  ShapedRows(Shredder& shredder, bool lower_keys, json::InstructionSet set);

  // Appends the rows of as many records from the front as are of a known shape and convert.
  ShapedRun read(std::span<const ByteView> records, columnar::RowBatch& out);

  // The same for the lines of a text, at most `rows_max` of them; a last line without its line end
  // is left.
  ShapedRun read_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out);

  // Whether a record has just ended a run and should be learned from.
  bool wants_to_learn() const { return wants_to_learn_; }

  // `record` holds one document and nothing else, which the shredder has just made a row.
  void learn(ByteView record);

 private:
  static constexpr std::size_t shapes_max = 4;

  template <class Run>
  ShapedRun read_run(std::size_t rows_max, columnar::RowBatch& out, Run run);
  bool pauses();
  std::size_t place_for(const json::Shape& shape);
  void settle(std::size_t rows, bool has_missed);

  // Where the values of a part of the row go.
  struct Place {
    bool is_tree = false;
    std::uint32_t sink = 0;  // among those of its kind
  };

  bool find_sources(RowSources& sources) const;

  Shredder& shredder_;
  RowRunner runner_;
  KnownRows known_;
  std::vector<Place> places_;           // of each part
  std::vector<Shredder::Found> found_;  // scratch
  std::vector<json::View> structures_;  // scratch
  std::vector<json::View> nulls_;       // scratch
  std::vector<json::View> whole_;       // scratch
  json::Shape shape_;                   // scratch
  std::size_t next_victim_ = 0;         // the program that the next one replaces
  std::size_t chunk_rows_ = 1;          // to make room for next
  std::int32_t credit_ = 0;
  std::uint32_t pause_ = 0;       // records to come that are not guessed at
  std::uint32_t next_pause_ = 1;  // how long the next pause is to be
  bool wants_to_learn_ = false;
};

}  // namespace sluice::serde
