// A heart-rate session to send: from a file, or made by the simulated watch.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::cli {

struct Recording {
  std::vector<Bytes> records;  // JSON with a newline at the end
  std::uint64_t bytes = 0;
  std::string description;  // "a 15-minute run of the simulated watch"
};

// The lines of the file, blank ones left out.  Fault::invalid when there is none.
Result<Recording> load_recording(const std::string& path);

// Fifteen minutes, always the same.
Recording simulate_recording();

}  // namespace sluice::cli
