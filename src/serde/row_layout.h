// Where the values of a line lie while each is as long as it was before.
//
// A program finds each value behind the one before it.  Where values are of few lengths, as
// timestamps and small numbers are, the length of the whole line tells where all of them begin and
// end: then a line is one compare of everything around its values, and the values are read where
// they are known to be.  A layout is a guess and its own proof: a line that passes is what the
// program would have read, and any other is left to it.  Records, whose lengths are known, have
// layouts like lines, with a line end or without.
#pragma once

#include "base/bytes.h"
#include "serde/row_action.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::serde {

class RowProgram;

struct RowLayout {
  // Longer lines are left to the program; a multiple of json::masked_step.
  static constexpr std::size_t line_bytes_max = 256;

  struct Value {
    Action action = Action::skip;  // int32, int64, timestamp, text or skip_text
    std::uint32_t sink = 0;
    std::uint32_t offset = 0;  // in the line; behind the quote of a string
    std::uint32_t bytes = 0;
    std::int64_t least = 0;  // of integers: the least number that has so many digits
  };

  std::size_t line_bytes = 0;                // with the line end; 0: no line has this layout
  std::array<char, line_bytes_max> text{};   // of such a line
  std::array<char, line_bytes_max> fixed{};  // all bits where a line is the same, none in values
  std::vector<Value> values;
};

// The layouts of the lines that one program takes.  Not thread-safe.
class RowLayouts {
 public:
  // Whether lines and records should be tried, and learned from when they are of no known layout.
  bool are_wanted() const { return credit_ >= 0; }

  bool is_empty() const { return layouts_.empty(); }

  // At the begin of a text: what did not pay is tried again after a while, from nothing.
  void begin();

  // So many bytes must be readable from the begin of a line on; 0 while there is no layout.
  std::size_t reach() const { return reach_; }

  // No known line has fewer.
  std::size_t line_bytes_min() const { return line_bytes_min_; }

  // The only one that lines of so many bytes may have.  Not while there is none at all.
  const RowLayout& of(std::size_t line_bytes) const { return layouts_[line_bytes % places]; }

  // So many lines were of known layouts.
  void settle(std::size_t hits);

  // From a line that `program` took, line end included, or from a record, whose end is known.
  void learn(const RowProgram& program, ByteView line);

 private:
  // As many as lengths that can be told apart in one wide step.
  static constexpr std::size_t places = 32;

  // A hit earns one and a miss, with what is learned from it, costs more: so many misses are
  // allowed until layouts must have paid.
  static constexpr std::int32_t credit_per_miss = 24;
  static constexpr std::int32_t credit_begin = 8 * credit_per_miss;

  std::vector<RowLayout> layouts_;
  std::size_t line_bytes_min_ = 0;
  std::size_t reach_ = 0;
  std::int32_t credit_ = credit_begin;
  std::uint32_t pause_ = 0;       // texts to come that are not tried
  std::uint32_t next_pause_ = 1;  // how long the next pause is to be
};

}  // namespace sluice::serde
