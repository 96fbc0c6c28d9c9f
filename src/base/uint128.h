// Unsigned 128-bit integers: hash keys are that wide.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

__extension__ using UInt128 = unsigned __int128;

inline constexpr UInt128 uint128_max = ~UInt128{0};

// Decimal, no padding.
std::string to_decimal(UInt128 value);

// A decimal without sign, blanks or leading zeros, up to 2^128-1; std::nullopt otherwise.
std::optional<UInt128> parse_uint128(std::string_view text);

}  // namespace sluice
