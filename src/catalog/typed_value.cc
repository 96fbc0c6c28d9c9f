// Canonical forms of partition values.
#include "catalog/typed_value.h"

#include <algorithm>
#include <array>

namespace sluice::catalog {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

std::size_t month_days(int year, int month) {
  constexpr std::array<std::size_t, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
}

int number_of(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) {
    number = number * 10 + (digit - '0');
  }
  return number;
}

// Two digits of a time of day, below `end`.
bool is_part(std::string_view text, int end) {
  return text.size() == 2 && are_digits(text) && number_of(text) < end;
}

bool is_date(std::string_view text) {
  constexpr std::size_t date_bytes = 10;
  if (text.size() != date_bytes || text[4] != '-' || text[7] != '-' ||
      !are_digits(text.substr(0, 4)) || !are_digits(text.substr(5, 2)) ||
      !are_digits(text.substr(8))) {
    return false;
  }
  const int month = number_of(text.substr(5, 2));
  const int day = number_of(text.substr(8));
  return month >= 1 && month <= 12 && day >= 1 &&
         static_cast<std::size_t>(day) <= month_days(number_of(text.substr(0, 4)), month);
}

// "2025-07-13T21:25" -> "2025-07-13 21:25:00.000000000"
std::optional<std::string> canonical_timestamp(std::string_view text) {
  constexpr std::size_t date_bytes = 10;
  constexpr std::size_t minutes_bytes = 16;
  constexpr std::size_t seconds_bytes = 19;
  constexpr std::size_t fraction_digits = 9;
  if (!is_date(text.substr(0, date_bytes))) {
    return std::nullopt;
  }
  std::string out(text.substr(0, date_bytes));
  if (text.size() == date_bytes) {
    return out + " 00:00:00.000000000";
  }
  if ((text[date_bytes] != ' ' && text[date_bytes] != 'T') || text.size() < minutes_bytes ||
      !is_part(text.substr(11, 2), 24) || text[13] != ':' || !is_part(text.substr(14, 2), 60)) {
    return std::nullopt;
  }
  out += ' ';
  out += text.substr(11, 5);
  if (text.size() == minutes_bytes) {
    return out + ":00.000000000";
  }
  if (text[minutes_bytes] != ':' || !is_part(text.substr(17, 2), 60)) {
    return std::nullopt;
  }
  out += text.substr(minutes_bytes, 3);
  std::string_view fraction;
  if (text.size() > seconds_bytes) {
    fraction = text.substr(seconds_bytes + 1);
    if (text[seconds_bytes] != '.' || fraction.empty() || fraction.size() > fraction_digits ||
        !are_digits(fraction)) {
      return std::nullopt;
    }
  }
  out += '.';
  out += fraction;
  out.append(fraction_digits - fraction.size(), '0');
  return out;
}

std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    ++end;
  }
  return end - at;
}

}  // namespace

std::optional<KeyKind> key_kind(std::string_view hive_type) {
  std::string base(hive_type.substr(0, hive_type.find('(')));
  std::transform(base.begin(), base.end(), base.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  base.erase(std::remove(base.begin(), base.end(), ' '), base.end());

  struct Named {
    std::string_view type;
    KeyKind kind;
  };

  constexpr std::array<Named, 13> kinds = {{{"string", KeyKind::text},
                                            {"char", KeyKind::text},
                                            {"varchar", KeyKind::text},
                                            {"tinyint", KeyKind::number},
                                            {"smallint", KeyKind::number},
                                            {"int", KeyKind::number},
                                            {"integer", KeyKind::number},
                                            {"bigint", KeyKind::number},
                                            {"long", KeyKind::number},
                                            {"decimal", KeyKind::number},
                                            {"numeric", KeyKind::number},
                                            {"date", KeyKind::date},
                                            {"timestamp", KeyKind::timestamp}}};
  const auto* const found = std::find_if(
      kinds.begin(), kinds.end(), [&](const Named& named) { return named.type == base; });
  return found == kinds.end() ? std::nullopt : std::optional(found->kind);
}

std::optional<TypedValue> TypedValue::read(KeyKind kind, std::string_view text) {
  TypedValue value;
  if (kind == KeyKind::text) {
    value.whole_ = text;
    return value;
  }
  if (kind == KeyKind::date) {
    value.whole_ = text;
    return is_date(text) ? std::optional(std::move(value)) : std::nullopt;
  }
  if (kind == KeyKind::timestamp) {
    auto canonical = canonical_timestamp(text);
    if (!canonical) {
      return std::nullopt;
    }
    value.whole_ = *std::move(canonical);
    return value;
  }
  value.is_number_ = true;
  value.is_negative_ = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if ((whole.empty() && fraction.empty()) || !are_digits(whole) || !are_digits(fraction)) {
    return std::nullopt;
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  value.whole_ = whole;
  value.fraction_ = fraction;
  value.is_negative_ = value.is_negative_ && !(whole.empty() && fraction.empty());
  return value;
}

std::strong_ordering operator<=>(const TypedValue& left, const TypedValue& right) {
  if (left.is_negative_ != right.is_negative_) {
    return left.is_negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  // Of two numbers without leading zeros the longer is the larger.
  const auto magnitude = [](const TypedValue& a, const TypedValue& b) -> std::strong_ordering {
    if (a.is_number_ && a.whole_.size() != b.whole_.size()) {
      return a.whole_.size() <=> b.whole_.size();
    }
    if (const auto whole = a.whole_ <=> b.whole_; whole != 0) {
      return whole;
    }
    return a.fraction_ <=> b.fraction_;
  };
  return left.is_negative_ ? magnitude(right, left) : magnitude(left, right);
}

bool is_like(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  // Where the last '%' was, and how much of the text it has taken so far.
  std::size_t star = std::string_view::npos;
  std::size_t star_end = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '%') {
      star = in_pattern++;
      star_end = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == '_') {
      at += character_bytes(text, at);
      ++in_pattern;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++at;
      ++in_pattern;
    } else if (star != std::string_view::npos) {
      star_end += character_bytes(text, star_end);
      at = star_end;
      in_pattern = star + 1;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('%', in_pattern) == std::string_view::npos;
}

}  // namespace sluice::catalog
