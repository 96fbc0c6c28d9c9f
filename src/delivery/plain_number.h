// Numbers as jq 1.6 prints them, where that can be told from their text.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice::delivery {

// Room for one.
using NumberText = std::array<char, 48>;

// jq keeps a number as a double and prints the shortest digits that make the same double again: 1.0
// is 1, 1e3 is 1000, 100000000000000000 is 1e+17.  With up to 15 digits between the first and the
// last that is not zero those are the number's own, whatever the double, as are those of integers
// up to 2^53; std::nullopt for other numbers, and near the ends of a double's range.  `text` is a
// JSON number; the answer is it, or lies in `room`.
std::optional<std::string_view> number_as_jq_prints(std::string_view text, NumberText& room);

}  // namespace sluice::delivery
