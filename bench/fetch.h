// Reads a stream's first shard with GetRecords, again and again.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::bench {

struct FetchResult {
  std::uint64_t answers = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of the answers' bodies
  double seconds = 0;
};

// On one connection, from the oldest record to the tip and from the start again, until the time is
// over.  The records of the answers are counted in a walk before, which is not timed.
Result<FetchResult> run_fetch(std::uint16_t port,
                              const std::string& stream,
                              std::chrono::milliseconds duration);

}  // namespace sluice::bench
