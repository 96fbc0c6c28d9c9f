#include "delivery/text_rules.h"

#include "base/utf8.h"
#include "delivery/prefix.h"
#include "delivery/zone.h"

#include <algorithm>
#include <optional>

namespace sluice::delivery {

namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

constexpr bool is_alphanumeric(char c) {
  return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}

constexpr bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

// \s of Java's patterns.
constexpr bool is_white_space(char c) {
  return is_one_of(c, " \t\n\v\f\r");
}

constexpr bool is_beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

template <class Predicate>
bool consists_of(std::string_view text, Predicate predicate) {
  return std::ranges::all_of(text, predicate);
}

template <class Predicate>
bool is_some_of(std::string_view text, Predicate predicate) {
  return !text.empty() && consists_of(text, predicate);
}

// arn:<partition>:<service>:<region>:<account>:<resource>
struct ArnParts {
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;
};

// Takes the last four parts from the right: what stands before them is free in the model's
// patterns, "arn:.*:".
std::optional<ArnParts> split_arn(std::string_view arn) {
  ArnParts parts;
  for (std::string_view* part : {&parts.resource, &parts.account, &parts.region, &parts.service}) {
    const std::size_t colon = arn.rfind(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    *part = arn.substr(colon + 1);
    arn = arn.substr(0, colon);
  }
  return arn.starts_with("arn:") ? std::optional(parts) : std::nullopt;
}

bool is_account(std::string_view text) {
  constexpr std::size_t account_digits = 12;
  return text.size() == account_digits && consists_of(text, is_digit);
}

bool is_hyphenated(std::string_view text) {
  return is_some_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_stream_name(std::string_view text) {
  return is_some_of(text, [](char c) { return is_alphanumeric(c) || is_one_of(c, "_.-"); });
}

bool is_number(std::string_view text) {
  return is_some_of(text, is_digit);
}

bool is_role_arn(std::string_view text) {
  const std::optional<ArnParts> parts = split_arn(text);
  constexpr std::string_view kind = "role/";
  return parts && parts->service == "iam" && parts->region.empty() && is_account(parts->account) &&
         parts->resource.starts_with(kind) &&
         is_some_of(parts->resource.substr(kind.size()),
                    [](char c) { return is_alphanumeric(c) || is_one_of(c, "+=,.@-_/"); });
}

bool is_bucket_arn(std::string_view text) {
  constexpr std::size_t name_characters_max = 255;
  const std::optional<ArnParts> parts = split_arn(text);
  return parts && parts->service == "s3" && parts->region.empty() && parts->account.empty() &&
         parts->resource.size() <= name_characters_max && is_stream_name(parts->resource);
}

bool is_kinesis_stream_arn(std::string_view text) {
  const std::optional<ArnParts> parts = split_arn(text);
  constexpr std::string_view kind = "stream/";
  return parts && parts->service == "kinesis" && is_hyphenated(parts->region) &&
         is_account(parts->account) && parts->resource.starts_with(kind) &&
         is_stream_name(parts->resource.substr(kind.size()));
}

bool is_kms_key_arn(std::string_view text) {
  const std::optional<ArnParts> parts = split_arn(text);
  if (!parts || parts->service != "kms" || !is_hyphenated(parts->region) ||
      !is_account(parts->account)) {
    return false;
  }
  const std::size_t slash = parts->resource.find('/');
  const std::string_view kind = parts->resource.substr(0, slash);
  return slash != std::string_view::npos && (kind == "key" || kind == "alias") &&
         is_some_of(parts->resource.substr(slash + 1),
                    [](char c) { return is_alphanumeric(c) || is_one_of(c, "+=,.@-_/"); });
}

// ".*": the dot is anything but the end of a line.
bool is_one_line(std::string_view text) {
  return text.find_first_of("\n\r") == std::string_view::npos;
}

bool is_file_extension(std::string_view text) {
  return text.empty() || (text.front() == '.' && is_some_of(text.substr(1), [](char c) {
                            return is_digit(c) || is_lower(c) || is_one_of(c, "!-_.*'()");
                          }));
}

bool is_zone_name(std::string_view text) {
  return consists_of(
      text, [](char c) { return (is_alphanumeric(c) && !is_digit(c)) || is_one_of(c, "/_"); });
}

bool is_log_group(std::string_view text) {
  return consists_of(text, [](char c) { return is_alphanumeric(c) || is_one_of(c, ".-_/#"); });
}

bool is_log_stream(std::string_view text) {
  return text.find_first_of(":*") == std::string_view::npos;
}

bool is_non_blank(std::string_view text) {
  return !consists_of(text, is_white_space) && is_one_line(text);
}

bool has_no_white_space(std::string_view text) {
  return is_some_of(text, [](char c) { return !is_white_space(c); });
}

bool is_tag_text(std::string_view text) {
  return consists_of(text, [](char c) {
    return is_alphanumeric(c) || is_one_of(c, " _.:/=+-@%") || is_beyond_ascii(c);
  });
}

bool is_tag_key(std::string_view text) {
  return !text.starts_with("aws:") && is_tag_text(text);
}

}  // namespace

bool TextRule::has_good_length(std::string_view text) const {
  const std::size_t length = count_code_points(text);
  return length >= length_min && length <= length_max;
}

constinit const TextRule delivery_stream_name_rule = {1, 64, "[a-zA-Z0-9_.-]+", is_stream_name};
constinit const TextRule version_id_rule = {1, 50, "[0-9]+", is_number};
constinit const TextRule destination_id_rule = {1, 100, "[a-zA-Z0-9-]+", is_hyphenated};
constinit const TextRule role_arn_rule = {
    1, 512, R"(arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+)", is_role_arn};
constinit const TextRule bucket_arn_rule = {
    1, 2048, R"(arn:.*:s3:::[\w\.\-]{1,255})", is_bucket_arn};
constinit const TextRule kinesis_stream_arn_rule = {
    1,
    512,
    R"(arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+)",
    is_kinesis_stream_arn};
constinit const TextRule kms_key_arn_rule = {
    1,
    512,
    R"(arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+)",
    is_kms_key_arn};
constinit const TextRule prefix_rule = {0, prefix_characters_max, ".*", is_one_line};
constinit const TextRule file_extension_rule = {
    0, 128, R"(^$|\.[0-9a-z!\-_.*'()]+)", is_file_extension};
constinit const TextRule time_zone_rule = {
    0, zone_name_characters_max, "^$|[a-zA-Z/_]+", is_zone_name};
constinit const TextRule log_group_rule = {0, 512, R"([\.\-_/#A-Za-z0-9]*)", is_log_group};
constinit const TextRule log_stream_rule = {0, 512, "[^:*]*", is_log_stream};
constinit const TextRule non_blank_rule = {1, 1024, R"(^(?!\s*$).+)", is_non_blank};
constinit const TextRule no_white_space_rule = {1, 1024, R"(^\S+$)", has_no_white_space};
constinit const TextRule parameter_value_rule = {1, 5120, R"(^(?!\s*$).+)", is_non_blank};
constinit const TextRule tag_key_rule = {
    1, 128, R"(^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$)", is_tag_key};
constinit const TextRule tag_value_rule = {
    0, 256, R"(^[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$)", is_tag_text};

std::string_view bucket_of_arn(std::string_view arn) {
  const std::optional<ArnParts> parts = split_arn(arn);
  return parts && parts->service == "s3" ? parts->resource : std::string_view();
}

}  // namespace sluice::delivery
