#include "delivery/plain_number.h"

#include "base/check.h"
#include "json/scan.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace sluice::delivery {
namespace {

// Decimals of so many digits are each a double of their own ("DBL_DIG" of the C standard)...
constexpr std::size_t digits_max = 15;
// ... where doubles are not yet denormal or infinite.
constexpr int point_max = 290;

// 0.<digits> times ten to the power of `point`.
struct Decimal {
  bool is_negative = false;
  std::array<char, digits_max> digits{};  // neither the first nor the last is zero
  std::size_t count = 0;                  // none: zero
  int point = 0;
};

// Collects digits, leaving out zeros at either end.
class Digits {
 public:
  explicit Digits(Decimal& out) : out_(out) {}

  // False when there are too many.
  bool add(std::string_view digits, bool is_fraction) {
    for (const char digit : digits) {
      const bool is_first = out_.count == 0;
      if (digit == '0') {
        zeros_ += is_first ? 0 : 1;
        out_.point += is_first ? (is_fraction ? -1 : 0) : (is_fraction ? 0 : 1);
        continue;
      }
      if (out_.count + zeros_ + 1 > digits_max) {
        return false;
      }
      std::fill_n(out_.digits.begin() + static_cast<std::ptrdiff_t>(out_.count), zeros_, '0');
      out_.count += zeros_;
      zeros_ = 0;
      out_.digits[out_.count++] = digit;
      out_.point += is_fraction ? 0 : 1;
    }
    return true;
  }

 private:
  Decimal& out_;
  std::size_t zeros_ = 0;  // behind the last that is not zero
};

std::optional<Decimal> read(std::string_view text) {
  Decimal decimal;
  decimal.is_negative = text.starts_with('-');
  const char* at = text.data() + (decimal.is_negative ? 1 : 0);
  const char* const end = text.data() + text.size();
  Digits digits(decimal);
  const char* const whole = at;
  at = json::skip_digits(at, end);
  if (!digits.add({whole, at}, false)) {
    return std::nullopt;
  }
  if (at != end && *at == '.') {
    const char* const fraction = at + 1;
    at = json::skip_digits(fraction, end);
    if (!digits.add({fraction, at}, true)) {
      return std::nullopt;
    }
  }
  if (at != end) {
    at += at[1] == '+' ? 2 : 1;
    int exponent = 0;
    if (std::from_chars(at, end, exponent).ec != std::errc() || std::abs(exponent) > point_max) {
      return std::nullopt;
    }
    decimal.point += exponent;
  }
  if (std::abs(decimal.point) > point_max) {
    return std::nullopt;
  }
  return decimal;
}

// Appends to a room that is large enough.
class Writer {
 public:
  explicit Writer(NumberText& room) : room_(room) {}

  void put(char c) { room_[size_++] = c; }

  void put(const char* from, std::size_t count) {
    std::memcpy(room_.data() + size_, from, count);
    size_ += count;
  }

  void put_zeros(int count) {
    for (; count > 0; --count) {
      put('0');
    }
  }

  // A sign and two digits at least.
  void put_exponent(int exponent) {
    put(exponent < 0 ? '-' : '+');
    exponent = std::abs(exponent);
    if (exponent < 10) {
      put('0');
    }
    char* const end = room_.data() + room_.size();
    const auto done = std::to_chars(room_.data() + size_, end, exponent);
    SLUICE_CHECK(done.ec == std::errc());
    size_ = static_cast<std::size_t>(done.ptr - room_.data());
  }

  std::string_view text() const { return {room_.data(), size_}; }

 private:
  NumberText& room_;
  std::size_t size_ = 0;
};

// jq's rules for where the point stands.
std::string_view write(const Decimal& decimal, NumberText& room) {
  Writer out(room);
  if (decimal.is_negative) {
    out.put('-');
  }
  const char* const digits = decimal.digits.data();
  const auto count = static_cast<int>(decimal.count);
  const int point = decimal.point;
  if (count == 0) {
    out.put('0');
  } else if (point <= -4 || point > count + 15) {
    out.put(digits[0]);
    if (count > 1) {
      out.put('.');
      out.put(digits + 1, decimal.count - 1);
    }
    out.put('e');
    out.put_exponent(point - 1);
  } else if (point <= 0) {
    out.put('0');
    out.put('.');
    out.put_zeros(-point);
    out.put(digits, decimal.count);
  } else if (point >= count) {
    out.put(digits, decimal.count);
    out.put_zeros(point - count);
  } else {
    out.put(digits, static_cast<std::size_t>(point));
    out.put('.');
    out.put(digits + point, static_cast<std::size_t>(count - point));
  }
  return out.text();
}

// Whether every integer up to this one is a double, so that none is written shorter or with an
// exponent.
bool is_counted(std::string_view digits) {
  constexpr std::string_view last = "9007199254740992";
  return digits.size() < last.size() || (digits.size() == last.size() && digits <= last);
}

}  // namespace

std::optional<std::string_view> number_as_jq_prints(std::string_view text, NumberText& room) {
  const char* const end = text.data() + text.size();
  const char* const digits = text.data() + (text.starts_with('-') ? 1 : 0);
  if (json::skip_digits(digits, end) == end && is_counted({digits, end})) {
    return text;
  }
  const std::optional<Decimal> decimal = read(text);
  return decimal ? std::optional(write(*decimal, room)) : std::nullopt;
}

}  // namespace sluice::delivery
