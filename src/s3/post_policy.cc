#include "s3/post_policy.h"

#include "aws/key_answers.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice::s3 {
namespace {

std::unexpected<S3Error> invalid(std::string_view what) {
  return fail_s3(S3Code::invalid_policy_document, fmt::format("Invalid Policy: {}", what));
}

std::unexpected<S3Error> denied(std::string_view why) {
  return fail_s3(S3Code::access_denied, fmt::format("Invalid according to Policy: {}", why));
}

// Fields that no condition has to be about.
bool needs_no_condition(std::string_view field) {
  constexpr std::array<std::string_view, 4> names = {
      "policy", "x-amz-signature", "signature", "awsaccesskeyid"};
  return std::ranges::find(names, field) != names.end() || field.starts_with("x-ignore-");
}

}  // namespace

std::string PostPolicy::Condition::text() const {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  writer.value(is_prefix ? "starts-with" : "eq");
  writer.value(std::string_view("$" + field));
  writer.value(std::string_view(value));
  writer.end_array();
  return out;
}

S3Result<PostPolicy> PostPolicy::parse(std::string_view text) {
  const auto decoded = base64_decode(text);
  if (!decoded) {
    return invalid("it is not base64.");
  }
  const auto document = json::Document::parse(*decoded);
  if (!document) {
    return invalid("Invalid JSON.");
  }
  PostPolicy policy;
  const auto expiration = document->root().find("expiration").as_string();
  if (!expiration) {
    return invalid("Policy missing expiration.");
  }
  const auto time = aws::parse_utc_time(*expiration);
  if (!time) {
    return invalid(fmt::format("Invalid 'expiration' value: '{}'", *expiration));
  }
  policy.expiration_ = *time;
  if (!document->root().find("conditions").is(json::Kind::array)) {
    return invalid("Policy missing conditions.");
  }
  for (const json::View condition : document->root().find("conditions").elements()) {
    if (condition.is(json::Kind::object)) {
      for (const json::Member member : condition.members()) {
        const auto value = member.value.as_string();
        if (!value) {
          return invalid(
              fmt::format("Invalid Simple-Condition: the value of {} must be a text.", member.key));
        }
        policy.conditions_.push_back({false, lower(member.key), std::string(*value)});
      }
      continue;
    }
    std::vector<json::View> parts;
    for (const json::View part : condition.elements()) {
      parts.push_back(part);
    }
    if (parts.size() != 3) {
      return invalid("Invalid Condition: a condition is an object, or an array of three.");
    }
    const std::string kind = lower(parts[0].as_string().value_or(""));
    if (kind == "content-length-range") {
      const auto min = parts[1].as_int64();
      const auto max = parts[2].as_int64();
      if (!min || !max || *min < 0 || *max < *min) {
        return invalid("Invalid content-length-range.");
      }
      policy.bytes_min_ = static_cast<std::uint64_t>(*min);
      policy.bytes_max_ = static_cast<std::uint64_t>(*max);
      continue;
    }
    const auto field = parts[1].as_string();
    const auto value = parts[2].as_string();
    if ((kind != "eq" && kind != "starts-with") || !field || !field->starts_with('$') || !value) {
      return invalid(
          "Invalid Condition: it is [\"eq\" or \"starts-with\", \"$field\", \"value\"].");
    }
    policy.conditions_.push_back(
        {kind == "starts-with", lower(field->substr(1)), std::string(*value)});
  }
  return policy;
}

S3Result<void> PostPolicy::check(const FormFields& fields,
                                 std::string_view bucket,
                                 UnixMillis now) const {
  if (now > expiration_) {
    return denied("Policy expired.");
  }
  for (const Condition& condition : conditions_) {
    const std::string* field = find_field(fields, condition.field);
    const std::string_view value = condition.field == "bucket" ? bucket
                                   : field != nullptr          ? std::string_view(*field)
                                                               : std::string_view();
    const bool holds =
        condition.is_prefix ? value.starts_with(condition.value) : value == condition.value;
    if (!holds) {
      return denied(fmt::format("Policy Condition failed: {}", condition.text()));
    }
  }
  for (const auto& [name, value] : fields) {
    const bool is_named = std::ranges::any_of(
        conditions_, [&](const Condition& condition) { return condition.field == name; });
    if (!is_named && !needs_no_condition(name)) {
      return denied(fmt::format("Extra input fields: {}", name));
    }
  }
  return {};
}

S3Result<void> PostPolicy::check_bytes_so_far(std::uint64_t bytes) const {
  if (bytes > bytes_max_) {
    return fail_s3(S3Code::entity_too_large,
                   "Your proposed upload exceeds the maximum allowed size");
  }
  return {};
}

S3Result<void> PostPolicy::check_bytes(std::uint64_t bytes) const {
  if (bytes < bytes_min_) {
    return fail_s3(S3Code::entity_too_small,
                   "Your proposed upload is smaller than the minimum allowed size");
  }
  return check_bytes_so_far(bytes);
}

}  // namespace sluice::s3
