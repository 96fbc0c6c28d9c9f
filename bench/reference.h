// What figures are compared with: simdjson's bare parse, a copy, a server that does nothing.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace sluice::bench {

// Seconds that simdjson's on-demand loop takes to touch both fields of every record of a file that
// is in memory already.
Result<double> time_simdjson(const std::string& path);

// The same for four of the fields of wide records, every value validated.
Result<double> time_simdjson_wide(const std::string& path);

// Seconds that copying the file takes from memory to memory.
Result<double> time_copy(const std::string& path);

// Answers every request with a fixed body as large as a PutRecords answer, until standard input
// ends.  Prints its address first.
Result<void> serve_sink(std::size_t answer_bytes);

}  // namespace sluice::bench
