// Records to convert, the same bytes each time.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace sluice::bench {

// Heart-rate records of fifty watches that arrive in the order of their times, each a smooth random
// walk at about two a second, session after session:
//   {"timestamp": "2025-07-15T17:10:33.123456", "heart_rate": 89}
// Whole records until `bytes` are written.
Result<void> generate_narrow(const std::string& path, std::uint64_t bytes);

// The same behind a customer of their own, one of so many, at random:
//   {"customer": "c01234", "timestamp": "2025-07-15T17:10:33.123456", "heart_rate": 89}
Result<void> generate_customers(const std::string& path,
                                std::uint64_t bytes,
                                std::uint64_t customers);

// Records of 21 fields: text, integers, doubles, booleans, an object and an array.
Result<void> generate_wide(const std::string& path, std::uint64_t bytes);

}  // namespace sluice::bench
