// Counts as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

// "1,234,567"
std::string human_count(std::uint64_t count);

// "1 row", "2 rows"; `plural` is the word with its ending.
std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural);

}  // namespace sluice
