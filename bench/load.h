// A load generator: connections that post prepared bodies as fast as they are answered, or so many
// a second.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::bench {

struct LoadOptions {
  std::uint16_t port = 0;
  std::string stream = "s";
  std::size_t connections = 8;
  std::size_t records_per_request = 500;  // 1: PutRecord
  std::chrono::milliseconds duration{3000};
  double requests_per_second = 0;   // of all connections together; 0: as fast as they are answered
  bool has_invocation_ids = false;  // one a request, as the SDKs send it
};

struct LoadResult {
  std::uint64_t requests = 0;
  std::uint64_t records = 0;
  double seconds = 0;
  double median_ms = 0;  // from when the request was due, if there is a rate
  double p99_ms = 0;
};

// Fails with the first answer that is not 200.
Result<LoadResult> run_load(const LoadOptions& options);

}  // namespace sluice::bench
