// A shape as a program: what to expect of the next record, and what to do with each of its values.
#pragma once

#include "json/shape.h"
#include "serde/row_sinks.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::serde {

// What a value is taken for; when it turns out to be something else it is read as `any`.
enum class Action : std::uint8_t {
  any,        // read by the grammar, converted by the rules for its column
  skip,       // read by the grammar
  skip_text,  // a string that no column wants
  text,       // a string for a string column
  int32,      // a short integer for a column of 32 bits or less
  int64,
  real,  // a short decimal number for a double
  timestamp,
  flag,   // true or false
  shared  // any, for several columns
};

// Not thread-safe.
class RowProgram {
 public:
  struct Step {
    std::uint32_t literal = 0;  // offset in literals(), readable in whole steps
    std::uint32_t literal_bytes = 0;
    Action action = Action::any;
    bool may_be_array = false;
    std::uint32_t column = 0;  // shared: an index into its columns()
  };

  static constexpr std::uint32_t no_value = ~std::uint32_t{0};

  // For records of `shape`; sources[column] says which of its values fills a column, or no_value.
  void compile(const json::Shape& shape,
               std::span<const std::uint32_t> sources,
               const std::vector<RowSink>& sinks);

  std::span<const Step> steps() const { return steps_; }

  // The text behind the last value.
  const Step& tail() const { return tail_; }

  // The same with a line end behind it.
  const Step& line_tail() const { return line_tail_; }

  const Bytes& literals() const { return literals_; }

  // The columns that a `shared` value fills.
  std::span<const std::uint32_t> columns(std::uint32_t shared) const { return shared_[shared]; }

  // Columns that no value fills.
  std::span<const std::uint32_t> absent() const { return absent_; }

 private:
  std::vector<Step> steps_;
  Step tail_;
  Step line_tail_;
  Bytes literals_;
  std::vector<std::vector<std::uint32_t>> shared_;
  std::vector<std::uint32_t> absent_;
};

}  // namespace sluice::serde
