// Records that make guessing fail: what the fast path costs where it cannot help.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace sluice::bench {

// One kind of hostile input, converted to rows by the reader as the program uses it and by its full
// path alone.
struct AdversaryResult {
  std::string name;
  double guessing_seconds = 0;
  double full_seconds = 0;
};

// Processor time, medians of `rounds`, in turns, over `bytes` of each kind.
Result<std::vector<AdversaryResult>> time_adversaries(std::size_t bytes, int rounds);

}  // namespace sluice::bench
