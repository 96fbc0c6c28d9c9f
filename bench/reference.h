// What figures are compared with: generated input, simdjson's bare parse, a server that does
// nothing.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace sluice::bench {

// Heart-rate records, a smooth random walk at about two a second, until `bytes` are written; the
// same bytes each time.
Result<void> generate_narrow(const std::string& path, std::uint64_t bytes);

// Seconds that simdjson's on-demand loop takes to touch both fields of every record of a file that
// is in memory already.
Result<double> time_simdjson(const std::string& path);

// Answers every request with a fixed body as large as a PutRecords answer, until standard input
// ends.  Prints its address first.
Result<void> serve_sink(std::size_t answer_bytes);

}  // namespace sluice::bench
