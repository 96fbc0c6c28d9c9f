// Unsigned 128-bit integers as decimal text.
#include "base/uint128.h"

#include "base/check.h"

#include <array>

namespace sluice {

namespace {

constexpr std::size_t digits_max = 39;  // of 2^128-1

}  // namespace

std::string to_decimal(UInt128 value) {
  std::array<char, digits_max> digits;
  std::size_t begin = digits.size();
  do {
    SLUICE_CHECK(begin > 0);
    digits[--begin] = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value > 0);
  return {digits.data() + begin, digits.size() - begin};
}

std::optional<UInt128> parse_uint128(std::string_view text) {
  if (text.empty() || text.size() > digits_max || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  UInt128 value = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<unsigned>(character - '0');
    if (value > (uint128_max - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace sluice
