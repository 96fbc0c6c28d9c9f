// What a program does with a value.
#pragma once

#include <cstdint>

namespace sluice::serde {

// What a value is taken for; when it turns out to be something else it is read as `any`.
enum class Action : std::uint8_t {
  any,        // read by the grammar, converted by the rules for its column
  skip,       // read by the grammar
  skip_text,  // a string that nobody wants
  text,       // a string for a string column
  int32,      // a short integer for a column of 32 bits or less
  int64,
  real,  // a short decimal number for a double
  timestamp,
  flag,        // true or false
  list_int32,  // a list of short integers
  list_int64,
  list_real,  // of short decimal numbers
  list_text,  // of strings
  tree,       // anything for a tree sink
  null,       // the null of a structure: nothing else will do
  several     // for several sinks
};

}  // namespace sluice::serde
