// Reading S3 targets.
#include "server/s3/target.h"

#include "aws/uri.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace sluice::server {

std::optional<std::string_view> S3Target::parameter(std::string_view name) const {
  for (const auto& [parameter_name, value] : query) {
    if (parameter_name == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::string S3Target::text(std::string_view name) const {
  return std::string(parameter(name).value_or(std::string_view()));
}

s3::S3Result<std::uint32_t> S3Target::number(std::string_view name, std::uint32_t otherwise) const {
  return parse_s3_number(name, parameter(name).value_or(""), otherwise);
}

s3::S3Result<std::uint32_t> parse_s3_number(std::string_view name,
                                            std::string_view text,
                                            std::uint32_t otherwise) {
  if (text.empty()) {
    return otherwise;
  }
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = end == text.data() + text.size();
  if (fault == std::errc::result_out_of_range && is_whole) {
    return std::numeric_limits<std::uint32_t>::max();
  }
  if (fault != std::errc() || !is_whole) {
    return s3::fail_s3(s3::S3Code::invalid_argument,
                       fmt::format("Provided {} not an integer or within integer range", name));
  }
  return number;
}

s3::S3Result<S3Target> parse_s3_target(std::string_view path, std::string_view query) {
  if (!path.starts_with('/')) {
    return s3::fail_s3(s3::S3Code::invalid_uri, "Couldn't parse the specified URI.");
  }
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  auto bucket = aws::percent_decode(path.substr(0, slash));
  auto key = aws::percent_decode(slash == std::string_view::npos ? std::string_view()
                                                                 : path.substr(slash + 1));
  // A plus sign in a query means a blank to S3, as in HTML forms; one that is encoded is a plus.
  std::string blanks;
  for (const char c : query) {
    blanks += c == '+' ? "%20" : std::string_view(&c, 1);
  }
  auto parameters = aws::parse_query(blanks);
  if (!bucket || !key || !parameters) {
    return s3::fail_s3(s3::S3Code::invalid_uri,
                       "Couldn't parse the specified URI: a % needs two hexadecimal digits.");
  }
  if (!is_utf8(*bucket) || !is_utf8(*key)) {
    return s3::fail_s3(s3::S3Code::invalid_uri,
                       "Couldn't parse the specified URI: its bytes are not UTF-8.");
  }
  return S3Target{*std::move(bucket), *std::move(key), *std::move(parameters)};
}

}  // namespace sluice::server
