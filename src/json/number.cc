// Decimal text to numbers.
//
// A number is seen as 0.d1d2d3... times 10^point, d1 not zero.  Scaling moves the point, so an
// integer result is the first (point + scale) digits, and the rest decides rounding.
#include "json/number.h"

#include "base/check.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace sluice::json {

namespace {

// Far beyond any length of text, far below overflow.
constexpr std::int64_t exponent_bound = std::int64_t{1} << 40;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The parts of a number; the digit strings may be empty, not both.
struct Parts {
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
  bool is_negative = false;
};

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - rest.begin());
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

// Takes one of two characters off the front.
bool take_either(std::string_view& rest, char first, char second) {
  if (rest.empty() || (rest.front() != first && rest.front() != second)) {
    return false;
  }
  rest.remove_prefix(1);
  return true;
}

bool take_exponent(std::string_view& rest, std::int64_t& exponent) {
  const bool is_negative = !rest.empty() && rest.front() == '-';
  take_either(rest, '-', '+');
  const std::string_view digits = take_digits(rest);
  for (const char digit : digits) {
    exponent = std::min(exponent * 10 + (digit - '0'), exponent_bound);
  }
  if (is_negative) {
    exponent = -exponent;
  }
  return !digits.empty();
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  parts.is_negative = !text.empty() && text.front() == '-';
  take_either(text, '-', '+');
  parts.whole = take_digits(text);
  if (take_either(text, '.', '.')) {
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) {
    return std::nullopt;
  }
  if (take_either(text, 'e', 'E') && !take_exponent(text, parts.exponent)) {
    return std::nullopt;
  }
  return text.empty() ? std::optional(parts) : std::nullopt;
}

// The digits of both parts as one string, leading zeros dropped.
class Digits {
 public:
  explicit Digits(const Parts& parts) : whole_(parts.whole), fraction_(parts.fraction) {
    const auto drop_zeros = [](std::string_view& digits) {
      const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
      digits.remove_prefix(zeros);
      return static_cast<std::int64_t>(zeros);
    };
    drop_zeros(whole_);
    point_ = static_cast<std::int64_t>(whole_.size()) + parts.exponent;
    if (whole_.empty()) {
      point_ -= drop_zeros(fraction_);
    }
  }

  bool is_zero() const { return whole_.empty() && fraction_.empty(); }

  // The number is 0.d1d2... times ten to this power.
  std::int64_t point() const { return point_; }

  std::size_t size() const { return whole_.size() + fraction_.size(); }

  unsigned operator[](std::size_t index) const {
    const char digit = index < whole_.size() ? whole_[index] : fraction_[index - whole_.size()];
    return static_cast<unsigned>(digit - '0');
  }

  // Whether all digits from `index` on are zero.
  bool rest_is_zero(std::size_t index) const {
    for (; index < size(); ++index) {
      if ((*this)[index] != 0) {
        return false;
      }
    }
    return true;
  }

 private:
  std::string_view whole_;
  std::string_view fraction_;
  std::int64_t point_ = 0;
};

// A minus or nothing and 1 to 18 digits: nearly every integer there is.
std::optional<std::int64_t> short_integer(std::string_view text) {
  constexpr std::size_t digits_max = 18;
  const bool is_negative = !text.empty() && text.front() == '-';
  text.remove_prefix(is_negative ? 1 : 0);
  if (text.empty() || text.size() > digits_max) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return is_negative ? -value : value;
}

// What std::from_chars means by "out of range", with Java's answers.
template <class T>
T beyond_range(const Parts& parts) {
  const T magnitude = Digits(parts).point() > 0 ? std::numeric_limits<T>::infinity() : T{0};
  return parts.is_negative ? -magnitude : magnitude;
}

template <class T>
std::optional<T> to_floating(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') {
      return std::nullopt;
    }
  }
  if (text.empty() || !(is_digit(text.back()) || text.back() == '.')) {
    return std::nullopt;  // std::from_chars would take "nan" and "inf"
  }
  T value{};
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec == std::errc{} && result.ptr == end) {
    return value;
  }
  const auto parts = split(text);
  return parts && result.ec == std::errc::result_out_of_range
             ? std::optional(beyond_range<T>(*parts))
             : std::nullopt;
}

}  // namespace

std::expected<Scaled, NumberFault> scale_decimal(std::string_view text,
                                                 int scale,
                                                 Rounding rounding) {
  SLUICE_CHECK(scale >= 0);
  const auto parts = split(text);
  if (!parts) {
    return std::unexpected(NumberFault::syntax);
  }
  Scaled result;
  result.is_negative = parts->is_negative;
  const Digits digits(*parts);
  if (digits.is_zero()) {
    return result;
  }
  const std::int64_t wanted = digits.point() + scale;
  if (wanted > scaled_digits_max) {
    return std::unexpected(NumberFault::range);
  }
  if (wanted < 0) {
    result.is_exact = digits.rest_is_zero(0);
    return result;
  }
  const auto kept = static_cast<std::size_t>(wanted);
  for (std::size_t index = 0; index < kept; ++index) {
    result.magnitude = result.magnitude * 10 + (index < digits.size() ? digits[index] : 0);
  }
  result.is_exact = digits.rest_is_zero(kept);
  if (rounding == Rounding::half_up && kept < digits.size() && digits[kept] >= 5) {
    ++result.magnitude;
  }
  return result;
}

std::expected<std::int64_t, NumberFault> to_int64(std::string_view text) {
  if (const auto direct = short_integer(text)) {
    return *direct;
  }
  const auto scaled = scale_decimal(text, 0, Rounding::toward_zero);
  if (!scaled) {
    return std::unexpected(scaled.error());
  }
  if (!scaled->is_exact) {
    return std::unexpected(NumberFault::fractional);
  }
  constexpr UInt128 bound = UInt128{1} << 63;
  if (scaled->magnitude > bound || (scaled->magnitude == bound && !scaled->is_negative)) {
    return std::unexpected(NumberFault::range);
  }
  const auto magnitude = static_cast<std::uint64_t>(scaled->magnitude);
  return static_cast<std::int64_t>(scaled->is_negative ? -magnitude : magnitude);
}

std::optional<double> to_double(std::string_view text) {
  return to_floating<double>(text);
}

std::optional<float> to_float(std::string_view text) {
  return to_floating<float>(text);
}

}  // namespace sluice::json
