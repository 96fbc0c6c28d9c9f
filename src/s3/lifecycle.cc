#include "s3/lifecycle.h"

#include "aws/key_answers.h"
#include "s3/xml.h"
#include "s3/xml_reader.h"
#include "s3/xml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

namespace sluice::s3 {
namespace {

constexpr std::size_t rules_max = 1000;
constexpr std::size_t id_bytes_max = 255;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = fault == std::errc() && end == text.data() + text.size() && !text.empty();
  return is_whole ? std::optional(number) : std::nullopt;
}

S3Result<std::chrono::days> days_of(std::string_view text, std::string_view action) {
  const auto number = number_of(text);
  if (!number || *number == 0 || *number > std::numeric_limits<std::int32_t>::max()) {
    return fail_s3(S3Code::invalid_argument,
                   fmt::format("'{}' action must be a positive integer", action));
  }
  return std::chrono::days(static_cast<std::int32_t>(*number));
}

std::unexpected<S3Error> not_offered(std::string_view what) {
  return fail_s3(S3Code::not_implemented,
                 fmt::format("{} of a lifecycle rule is not offered; see docs/compatibility.md for "
                             "what is.",
                             what));
}

// All of its text: of a part of it, more would end than was meant.
S3Result<void> read_prefix(const pugi::xml_node& prefix, LifecycleRule& rule) {
  auto text = text_of(prefix);
  if (!text || !rule.prefix.empty()) {
    return malformed_xml();
  }
  rule.prefix = *std::move(text);
  return {};
}

// The prefix and sizes that objects of the rule have, in a Filter or its And.
S3Result<void> read_filter(const pugi::xml_node& filter, LifecycleRule& rule) {
  for (const pugi::xml_node child : filter.children()) {
    const std::string_view name = local_name(child.name());
    const std::string text = text_of(child).value_or("");
    if (name == "Prefix") {
      SLUICE_S3_TRY_DO(read_prefix(child, rule));
    } else if (name == "ObjectSizeGreaterThan" || name == "ObjectSizeLessThan") {
      const auto bytes = number_of(text);
      if (!bytes) {
        return malformed_xml();
      }
      (name == "ObjectSizeGreaterThan" ? rule.larger_than : rule.smaller_than) = bytes;
    } else if (name == "And") {
      SLUICE_S3_TRY_DO(read_filter(child, rule));
    } else if (name == "Tag") {
      return not_offered("a filter by tags");
    } else {
      return malformed_xml();
    }
  }
  return {};
}

S3Result<void> read_expiration(const pugi::xml_node& expiration, LifecycleRule& rule) {
  for (const pugi::xml_node child : expiration.children()) {
    const std::string_view name = local_name(child.name());
    const std::string text = text_of(child).value_or("");
    if (name == "Days") {
      SLUICE_S3_TRY(age, days_of(text, "Days' for Expiration"));
      rule.age = age;
    } else if (name == "Date") {
      rule.date = aws::parse_utc_time(text);
      if (!rule.date || std::chrono::floor<std::chrono::days>(*rule.date) != *rule.date) {
        return fail_s3(S3Code::invalid_argument, "'Date' must be at midnight GMT");
      }
    } else if (name == "ExpiredObjectDeleteMarker") {
      return not_offered("ExpiredObjectDeleteMarker");
    } else {
      return malformed_xml();
    }
  }
  return rule.age.has_value() != rule.date.has_value() ? S3Result<void>() : malformed_xml();
}

S3Result<void> read_member(const pugi::xml_node& member, LifecycleRule& rule, bool& has_status) {
  const std::string_view name = local_name(member.name());
  const std::string text = text_of(member).value_or("");
  if (name == "ID") {
    rule.id = text;
  } else if (name == "Status") {
    rule.is_enabled = text == "Enabled";
    has_status = rule.is_enabled || text == "Disabled";
  } else if (name == "Prefix") {
    rule.has_filter = false;
    return read_prefix(member, rule);
  } else if (name == "Filter") {
    return read_filter(member, rule);
  } else if (name == "Expiration") {
    return read_expiration(member, rule);
  } else if (name == "AbortIncompleteMultipartUpload") {
    for (const pugi::xml_node child : member.children()) {
      if (local_name(child.name()) == "DaysAfterInitiation") {
        SLUICE_S3_TRY(age,
                      days_of(text_of(child).value_or(""),
                              "DaysAfterInitiation' for AbortIncomplete"
                              "MultipartUpload"));
        rule.upload_age = age;
      }
    }
    return rule.upload_age ? S3Result<void>() : malformed_xml();
  } else {
    return not_offered(name);
  }
  return {};
}

S3Result<LifecycleRule> read_rule(const pugi::xml_node& node) {
  LifecycleRule rule;
  bool has_status = false;
  bool has_filter = false;
  for (const pugi::xml_node member : node.children()) {
    has_filter |= local_name(member.name()) == "Filter";
    SLUICE_S3_TRY_DO(read_member(member, rule, has_status));
  }
  const bool is_whole = has_status && rule.id.size() <= id_bytes_max &&
                        has_filter == rule.has_filter && (rule.ends_objects() || rule.upload_age);
  return is_whole ? S3Result<LifecycleRule>(std::move(rule)) : malformed_xml();
}

}  // namespace

S3Result<std::vector<LifecycleRule>> parse_lifecycle(std::string_view body) {
  pugi::xml_document document;
  if (!load_xml(document, body, "LifecycleConfiguration")) {
    return malformed_xml();
  }
  std::vector<LifecycleRule> rules;
  std::set<std::string> ids;
  for (const pugi::xml_node child : document.document_element().children()) {
    if (local_name(child.name()) != "Rule") {
      continue;
    }
    SLUICE_S3_TRY(rule, read_rule(child));
    if (rule.id.empty()) {
      rule.id = fmt::format("rule-{}", rules.size() + 1);
    }
    if (!ids.insert(rule.id).second) {
      return fail_s3(
          S3Code::invalid_argument,
          fmt::format("Rule ID must be unique. Found same ID for more than one rule: {}", rule.id));
    }
    rules.push_back(std::move(rule));
  }
  if (rules.empty() || rules.size() > rules_max) {
    return malformed_xml();
  }
  return rules;
}

std::string lifecycle_xml(const std::vector<LifecycleRule>& rules) {
  XmlWriter out("LifecycleConfiguration");
  for (const LifecycleRule& rule : rules) {
    out.open("Rule");
    out.element("ID", rule.id);
    const bool has_sizes = rule.larger_than || rule.smaller_than;
    if (rule.has_filter) {
      out.open("Filter");
    }
    if (has_sizes) {
      out.open("And");
    }
    out.element("Prefix", rule.prefix);
    if (rule.larger_than) {
      out.element("ObjectSizeGreaterThan", *rule.larger_than);
    }
    if (rule.smaller_than) {
      out.element("ObjectSizeLessThan", *rule.smaller_than);
    }
    if (has_sizes) {
      out.close("And");
    }
    if (rule.has_filter) {
      out.close("Filter");
    }
    out.element("Status", rule.is_enabled ? "Enabled" : "Disabled");
    if (rule.ends_objects()) {
      out.open("Expiration");
      if (rule.age) {
        out.element("Days", static_cast<std::uint64_t>(rule.age->count()));
      } else {
        out.element("Date", iso_time(*rule.date));
      }
      out.close("Expiration");
    }
    if (rule.upload_age) {
      out.open("AbortIncompleteMultipartUpload");
      out.element("DaysAfterInitiation", static_cast<std::uint64_t>(rule.upload_age->count()));
      out.close("AbortIncompleteMultipartUpload");
    }
    out.close("Rule");
  }
  return out.finish();
}

UnixMillis end_of_life(UnixMillis begun, std::chrono::days age) {
  return UnixMillis(std::chrono::ceil<std::chrono::days>(begun + age));
}

bool ends_object(const LifecycleRule& rule,
                 std::uint64_t bytes,
                 UnixMillis modified,
                 UnixMillis now) {
  const bool is_due =
      rule.date ? now >= *rule.date : rule.age && now >= end_of_life(modified, *rule.age);
  return is_due && (!rule.larger_than || bytes > *rule.larger_than) &&
         (!rule.smaller_than || bytes < *rule.smaller_than);
}

}  // namespace sluice::s3
