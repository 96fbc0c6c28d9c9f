// Rows as trees of values, made from a seed: what the matrix writes and what readers must give
// back.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "columnar/type.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::matrix {

__extension__ using Int128 = __int128;

// A value of any type.
struct Cell {
  bool is_null = true;
  Int128 number = 0;           // boolean, integers, days, microseconds, unscaled; bits of a float
  Bytes bytes;                 // text and binary
  std::vector<Cell> children;  // elements; keys and values in turn; a struct's fields
};

// Where nulls stand.
enum class Nulls : std::uint8_t {
  none,
  some,    // at every node, a fifth of the time
  runs,    // at every node, in stretches
  leaves,  // every leaf but map keys; lists and structs are there
  all      // every column
};

// What values are like.
enum class Values : std::uint8_t {
  any,        // all over the range
  limits,     // from the ends of the range and other places where readers stumble
  few,        // a handful of distinct ones
  ascending,  // each a little above the one before
  runs        // the same one again and again
};

// How far dates and timestamps go.
enum class Times : std::uint8_t {
  nanos,  // 1678 to 2261: what 64 bits of nanoseconds hold
  years   // 0001-01-01 to 9999-12-31
};

struct Style {
  Nulls nulls = Nulls::some;
  Values values = Values::any;
  Times times = Times::years;
  std::size_t list_length_max = 4;
  std::size_t text_bytes_max = 24;  // of values that are not limits
};

// Not thread-safe.  The same schema, style and seed give the same rows on every machine.
class RowSource {
 public:
  // A top-level column named "row" counts up from 0, and one named "key" holds each of a few
  // numbers and null in turn, whatever the style.  `schema` must outlive the source.
  RowSource(const columnar::Schema& schema, Style style, std::uint64_t seed);

  // The next row, a cell for each column.
  std::vector<Cell> next();

 private:
  // What is remembered of a node of the schema, named by its path.
  struct Node {
    std::uint64_t run_left = 0;  // rows until nulls begin or end
    bool in_null_run = false;
    std::uint64_t value_run_left = 0;
    Cell value;  // the one before
    std::vector<Cell> handful;
    std::uint64_t count = 0;  // values so far
  };

  Cell top(const columnar::Field& column);
  Cell node(const std::string& path, const columnar::Type& type, bool is_optional);
  bool is_null(Node& state, const columnar::Type& type);
  Cell list(const std::string& path, const columnar::Type& type);
  Cell map(const std::string& path, const columnar::Type& type);
  Cell structure(const std::string& path, const columnar::Type& type);
  Cell leaf(Node& state, const columnar::Type& type);
  Cell fresh(Node& state, const columnar::Type& type);
  Cell any_value(const columnar::Type& type);
  Cell limit_value(const columnar::Type& type);
  Cell ascending_value(Node& state, const columnar::Type& type);
  std::size_t list_length();

  const columnar::Schema& schema_;
  Style style_;
  SeededRandom random_;
  std::map<std::string, Node> nodes_;
  std::uint64_t rows_ = 0;
};

}  // namespace sluice::matrix
