// What readers of many records at once say of them.
#pragma once

#include <cstddef>

namespace sluice::serde {

// A run of records from the front that were of a known shape.
struct ShapedRun {
  std::size_t records = 0;  // each of them a row
  std::size_t bytes = 0;    // of text, line ends included
};

}  // namespace sluice::serde
