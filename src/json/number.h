// Decimal text to numbers: exact, correctly rounded, of any length.
//
// The text is a JSON number, or a little more: a leading '+', leading zeros, and "1." or ".5" are
// taken as well, because strings that hold numbers are read by the same code.  No blanks.
#pragma once

#include "base/uint128.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace sluice::json {

enum class NumberFault : std::uint8_t {
  syntax,      // not a decimal number
  range,       // beyond what the result can hold
  fractional,  // not an integer where one was asked for
};

enum class Rounding : std::uint8_t { toward_zero, half_up };

// A number times a power of ten, as an integer.
struct Scaled {
  UInt128 magnitude = 0;
  bool is_negative = false;
  bool is_exact = true;  // false: digits were rounded away
};

// Digits a Scaled can have.
inline constexpr int scaled_digits_max = 38;

// `text` times 10^scale; NumberFault::range above 38 digits.
std::expected<Scaled, NumberFault> scale_decimal(std::string_view text,
                                                 int scale,
                                                 Rounding rounding);

// `text` as a signed 64-bit integer; "10.0" and "1e1" are integers.
std::expected<std::int64_t, NumberFault> to_int64(std::string_view text);

// Nearest value, ties to even; too large becomes infinite, too small zero, each with its sign.
// std::nullopt when the text is no number.
std::optional<double> to_double(std::string_view text);
std::optional<float> to_float(std::string_view text);

}  // namespace sluice::json
