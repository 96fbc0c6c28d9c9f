// The rules for names of buckets, one by one.
#include "s3/bucket_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::s3 {
namespace {

constexpr std::array<std::string_view, 3> reserved_prefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
constexpr std::array<std::string_view, 5> reserved_suffixes = {
    "-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Four groups of digits between dots.
bool looks_like_address(std::string_view name) {
  const bool is_all_digits = std::all_of(
      name.begin(), name.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return is_all_digits && std::count(name.begin(), name.end(), '.') == 3;
}

// What is wrong with the name; empty when nothing is.
std::string_view broken_rule(std::string_view name) {
  if (name.size() < bucket_name_bytes_min || name.size() > bucket_name_bytes_max) {
    return "it must have 3 to 63 characters";
  }
  if (!std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter_or_digit(c) || c == '-' || c == '.';
      })) {
    return "it may hold lower-case letters, digits, dots and hyphens only";
  }
  if (!is_letter_or_digit(name.front()) || !is_letter_or_digit(name.back())) {
    return "it must begin and end with a letter or digit";
  }
  if (name.find("..") != std::string_view::npos) {
    return "two dots must not be adjacent";
  }
  if (looks_like_address(name)) {
    return "it must not look like an IP address";
  }
  for (const std::string_view prefix : reserved_prefixes) {
    if (name.starts_with(prefix)) {
      return "it begins with a reserved prefix";
    }
  }
  for (const std::string_view suffix : reserved_suffixes) {
    if (name.ends_with(suffix)) {
      return "it ends with a reserved suffix";
    }
  }
  return {};
}

}  // namespace

S3Result<void> check_bucket_name(std::string_view name) {
  const std::string_view broken = broken_rule(name);
  if (broken.empty()) {
    return {};
  }
  return fail_s3(S3Code::invalid_bucket_name,
                 fmt::format("The specified bucket is not valid: {}.", broken));
}

}  // namespace sluice::s3
