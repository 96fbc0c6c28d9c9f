// Reads a Range header and fits it to an object.
#include "s3/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace sluice::s3 {
namespace {

constexpr std::string_view unit = "bytes";

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// Digits only; a number too large for 64 bits is as good as the largest.
std::optional<std::uint64_t> read_number(std::string_view text) {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (largest - digit) / 10 ? largest : value * 10 + digit;
  }
  return value;
}

// The part behind "bytes=", or std::nullopt.
std::optional<std::string_view> range_set(std::string_view header) {
  header = trim(header);
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view name = trim(header.substr(0, equals));
  const bool is_bytes =
      std::equal(name.begin(), name.end(), unit.begin(), unit.end(), [](char left, char right) {
        return to_lower(left) == right;
      });
  return is_bytes ? std::optional(trim(header.substr(equals + 1))) : std::nullopt;
}

RangeDecision last_bytes(std::uint64_t count, std::uint64_t bytes) {
  if (count == 0 || bytes == 0) {
    return {RangeAnswer::unsatisfiable, {}};
  }
  const std::uint64_t length = std::min(count, bytes);
  return {RangeAnswer::part, {bytes - length, length}};
}

}  // namespace

RangeDecision decide_range(std::string_view header, std::uint64_t bytes) {
  const RangeDecision whole{RangeAnswer::whole, {0, bytes}};
  const auto set = range_set(header);
  if (!set || set->find(',') != std::string_view::npos) {
    return whole;
  }
  const std::size_t dash = set->find('-');
  if (dash == std::string_view::npos) {
    return whole;
  }
  const std::string_view first_text = trim(set->substr(0, dash));
  const std::string_view last_text = trim(set->substr(dash + 1));
  const auto first = read_number(first_text);
  const auto last = read_number(last_text);
  if (first_text.empty()) {
    return last ? last_bytes(*last, bytes) : whole;
  }
  if (!first || (!last && !last_text.empty()) || (last && *last < *first)) {
    return whole;
  }
  if (*first >= bytes) {
    return {RangeAnswer::unsatisfiable, {}};
  }
  const std::uint64_t end = last ? std::min(*last, bytes - 1) : bytes - 1;
  return {RangeAnswer::part, {*first, end - *first + 1}};
}

std::string content_range(ByteSpan span, std::uint64_t bytes) {
  return fmt::format("bytes {}-{}/{}", span.offset, span.offset + span.length - 1, bytes);
}

std::string content_range_unsatisfied(std::uint64_t bytes) {
  return fmt::format("bytes */{}", bytes);
}

}  // namespace sluice::s3
