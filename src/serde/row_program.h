// A shape as a program: what to expect of the next record, and what to do with each of its values.
#pragma once

#include "json/shape.h"
#include "serde/row_action.h"
#include "serde/row_layout.h"
#include "serde/row_sinks.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::serde {

// Where the sinks of a row find their values in a shape.
struct RowSources {
  static constexpr std::uint32_t no_value = ~std::uint32_t{0};

  struct Source {
    std::uint32_t value = no_value;  // of the shape
    std::uint8_t definition = 0;     // without a value: of the null that stands for it
  };

  std::vector<Source> fields;        // of each row sink
  std::vector<Source> trees;         // of each tree sink
  std::vector<std::uint32_t> nulls;  // values that are null structures
};

// Not thread-safe.
class RowProgram {
 public:
  struct Step {
    std::uint32_t literal = 0;  // offset in literals(), readable in whole steps
    std::uint32_t literal_bytes = 0;
    Action action = Action::skip;
    bool may_be_container = false;
    std::uint32_t sink = 0;  // several: an index into its targets()
  };

  // A sink that several want the same value for, or that has none.
  struct Target {
    std::uint32_t sink = 0;
    bool is_tree = false;
    std::uint8_t definition = 0;  // without a value
  };

  // For records of `shape`, into these sinks.  False, and the program
  // must not be run, when the null of a structure is a value for others too.
  bool compile(const json::Shape& shape,
               const RowSources& sources,
               const std::vector<RowSink>& fields,
               const std::vector<TreeSink>& trees);

  std::span<const Step> steps() const { return steps_; }

  // The text behind the last value.
  const Step& tail() const { return tail_; }

  // The same with a line end behind it.
  const Step& line_tail() const { return line_tail_; }

  const Bytes& literals() const { return literals_; }

  // Who gets a value for several.
  std::span<const Target> targets(std::uint32_t several) const { return several_[several]; }

  // Sinks that no value fills.
  std::span<const Target> absent() const { return absent_; }

  // Of the lines that it has taken.
  RowLayouts& layouts() { return layouts_; }

 private:
  void assign(const RowSources::Source& source, Target target, Action action);

  std::vector<Step> steps_;
  Step tail_;
  Step line_tail_;
  Bytes literals_;
  std::vector<std::vector<Target>> several_;
  std::vector<Target> absent_;
  RowLayouts layouts_;
};

}  // namespace sluice::serde
