// How much of a stream a restart may have to read again.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::runner {

// An object that is still open and would hold back more than this is parked (delivery/core.h): the
// log need not keep its records, and the next start does not read them.
struct ReplayWindow {
  std::uint64_t bytes_max = std::uint64_t{256} << 20;  // of records; positive
  std::chrono::milliseconds age_max{900'000};          // since they arrived; positive
};

}  // namespace sluice::runner
