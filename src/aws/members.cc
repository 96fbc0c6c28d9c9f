// Typed reading of request members.  Texts: reference behaviour of the Kinesis front end, which
// other JSON 1.1 services share but for the value in violations.
#include "aws/members.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::aws {
namespace {

constexpr std::size_t violations_max = 10;
constexpr std::int64_t seconds_max = 253'402'300'799;  // the end of the year 9999

std::string lower_first(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') {
    out[0] = static_cast<char>(out[0] - 'A' + 'a');
  }
  return out;
}

// The Java class that the services' parser would have met.
std::string_view java_class(json::Kind kind) {
  switch (kind) {
    case json::Kind::boolean:
      return "class java.lang.Boolean";
    case json::Kind::string:
      return "class java.lang.String";
    default:
      return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
  }
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  }
  return out;
}

std::string mismatch(json::View value, std::string_view wanted) {
  if (value.kind() == json::Kind::array) {
    return "Start of list found where not expected";
  }
  if (value.kind() == json::Kind::object) {
    return "Start of structure or map found where not expected.";
  }
  if (wanted == "list") {
    return "Expected list or null";
  }
  if (wanted == "map") {
    return "Expected map or null";
  }
  if (wanted == "structure") {
    return "Expected null";
  }
  if (wanted == "Boolean" && value.kind() == json::Kind::string) {
    return fmt::format("'{}' can not be converted to an Boolean", upper(value.text()));
  }
  if (wanted == "timestamp") {
    return fmt::format("{} can not be converted to milliseconds since epoch",
                       java_class(value.kind()));
  }
  return fmt::format("{} can not be converted to {} {}",
                     java_class(value.kind()),
                     wanted == "Blob" ? "a" : "an",
                     wanted);
}

// At most so many characters of a value; a request that was refused for its size must not come back
// in the answer.
std::string shortened(std::string_view text) {
  if (text.size() <= shown_chars_max) {
    return std::string(text);
  }
  std::size_t end = shown_chars_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;  // not within a character
  }
  return fmt::format("{}... ({} bytes)", text.substr(0, end), text.size());
}

std::string blob_text(std::size_t length) {
  return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", length);
}

// Writes a list or map with its blobs told by their length.  Stops somewhere behind the part that
// is shown.
void show(json::View value, std::string& out);

void show_members(json::View object, std::string& out) {
  out += '{';
  std::string_view separator;
  for (const json::Member& member : object.members()) {
    if (out.size() > shown_chars_max) {
      return;
    }
    out.append(separator).append("\"").append(member.key).append("\":");
    separator = ",";
    Bytes decoded;
    const auto text = member.key == "Data" ? member.value.as_string() : std::nullopt;
    if (text && base64_decode_append(*text, decoded)) {
      out += blob_text(decoded.size());
    } else {
      show(member.value, out);
    }
  }
  out += '}';
}

void show(json::View value, std::string& out) {
  if (value.kind() == json::Kind::object) {
    return show_members(value, out);
  }
  if (value.kind() == json::Kind::string) {
    out.append("\"").append(shortened(value.text())).append("\"");
    return;
  }
  if (value.kind() != json::Kind::array) {
    out += shortened(value.text());
    return;
  }
  out += '[';
  std::string_view separator;
  for (const json::View element : value.elements()) {
    if (out.size() > shown_chars_max) {
      return;
    }
    out += separator;
    separator = ",";
    show(element, out);
  }
  out += ']';
}

std::string shown(json::View value) {
  std::string out;
  show(value, out);
  return out;
}

std::string bad_base64(std::string_view whole) {
  const std::string text = shortened(whole);
  if (whole.size() % 4 != 0) {
    return fmt::format(
        "'{}' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 "
        "bytes "
        "but found: {}",
        text,
        whole.size());
  }
  const auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  };
  const auto wrong = std::find_if_not(whole.begin(), whole.end(), is_base64);
  if (wrong != whole.end()) {
    return fmt::format(
        "'{}' can not be converted to a Blob: Invalid Base64 character: '{}'", text, *wrong);
  }
  return fmt::format(
      "'{}' can not be converted to a Blob: Invalid last non-pad Base64 character dectected", text);
}

std::string joined(std::span<const std::string_view> values) {
  std::string out;
  for (const std::string_view value : values) {
    out.append(out.empty() ? "" : ", ").append(value);
  }
  return out;
}

}  // namespace

Members::Members(json::View object, Shown shown)
    : Members(object,
              {},
              std::make_shared<Findings>(
                  Findings{.shown = shown, .serialization = {}, .violations = {}})) {}

Members::Members(json::View object, std::string path, std::shared_ptr<Findings> findings)
    : object_(object), path_(std::move(path)), findings_(std::move(findings)) {}

std::string Members::path_of(std::string_view name) const {
  return path_.empty() ? lower_first(name) : path_ + "." + lower_first(name);
}

json::View Members::find(std::string_view name, bool is_required) {
  if (!object_.exists()) {
    return {};  // that the object itself is missing has been said where it had to be there
  }
  const json::View value = object_.find(name);
  if (value.is_missing_or_null()) {
    if (is_required) {
      add_violation(name, "null", "Member must not be null");
    }
    return {};
  }
  return value;
}

void Members::wrong_type(json::View value, std::string_view wanted) {
  if (!findings_->serialization) {
    findings_->serialization =
        ApiError{"SerializationException", mismatch(value, wanted), 400, true};
  }
}

void Members::violation(std::string_view name, std::string_view value, std::string constraint) {
  add_violation(name, "'" + shortened(value) + "'", constraint);
}

void Members::add_violation(std::string_view name,
                            std::string_view shown,
                            std::string_view constraint) {
  if (findings_->violations.size() < violations_max) {
    findings_->violations.push_back(
        fmt::format("Value {}{}at '{}' failed to satisfy constraint: {}",
                    findings_->shown == Shown::values ? shown : std::string_view(),
                    findings_->shown == Shown::values ? " " : "",
                    path_of(name),
                    constraint));
  }
}

void Members::check_length(std::string_view name,
                           std::string_view shown,
                           std::size_t length,
                           std::size_t min,
                           std::size_t max) {
  if (length > max) {
    violation(name, shown, fmt::format("Member must have length less than or equal to {}", max));
  }
  if (length < min) {
    violation(name, shown, fmt::format("Member must have length greater than or equal to {}", min));
  }
}

std::optional<std::string_view> Members::string(std::string_view name, const StringRule& rule) {
  const json::View value = find(name, rule.is_required);
  if (!value.exists()) {
    return std::nullopt;
  }
  const auto text = value.as_string();
  if (!text) {
    wrong_type(value, "String");
    return std::nullopt;
  }
  check_text(name, *text, rule);
  return text;
}

void Members::check_text(std::string_view name, std::string_view text, const StringRule& rule) {
  if (rule.pattern != nullptr && !rule.pattern->matches(text)) {
    violation(
        name,
        text,
        fmt::format("Member must satisfy regular expression pattern: {}", rule.pattern->text));
  }
  check_length(name, text, count_code_points(text), rule.length_min, rule.length_max);
  if (!rule.values.empty() &&
      std::find(rule.values.begin(), rule.values.end(), text) == rule.values.end()) {
    violation(
        name, text, fmt::format("Member must satisfy enum value set: [{}]", joined(rule.values)));
  }
}

std::vector<std::string_view> Members::strings(std::string_view name,
                                               const ListRule& rule,
                                               const StringRule& each) {
  std::vector<std::string_view> out;
  for (const json::View element : list(name, rule).elements()) {
    const auto text = element.as_string();
    if (!text) {
      wrong_type(element, "String");
      continue;
    }
    out.push_back(*text);
    check_text(fmt::format("{}.{}.member", name, out.size()), *text, each);
  }
  return out;
}

std::optional<std::int64_t> Members::integer(std::string_view name, const IntegerRule& rule) {
  const json::View value = find(name, rule.is_required);
  if (!value.exists()) {
    return std::nullopt;
  }
  if (!value.is(json::Kind::number)) {
    wrong_type(value, "Integer");
    return std::nullopt;
  }
  const double approximate = value.as_double().value_or(0);
  const std::int64_t number = value.as_int64().value_or(
      approximate >= 2147483647.0
          ? 2147483647
          : (approximate <= -2147483648.0 ? -2147483648 : static_cast<std::int64_t>(approximate)));
  if (number > rule.max) {
    violation(name,
              std::to_string(number),
              fmt::format("Member must have value less than or equal to {}", rule.max));
  }
  if (number < rule.min) {
    violation(name,
              std::to_string(number),
              fmt::format("Member must have value greater than or equal to {}", rule.min));
  }
  return number;
}

std::optional<bool> Members::boolean(std::string_view name) {
  const json::View value = find(name, false);
  if (!value.exists()) {
    return std::nullopt;
  }
  if (!value.as_bool()) {
    wrong_type(value, "Boolean");
  }
  return value.as_bool();
}

std::optional<UnixMillis> Members::timestamp(std::string_view name) {
  const json::View value = find(name, false);
  if (!value.exists()) {
    return std::nullopt;
  }
  if (!value.is(json::Kind::number)) {
    wrong_type(value, "timestamp");
    return std::nullopt;
  }
  const double bounded = std::clamp(
      *value.as_double(), -static_cast<double>(seconds_max), static_cast<double>(seconds_max));
  return unix_millis(std::llround(bounded * 1000));
}

std::optional<std::size_t> Members::blob(std::string_view name, const ListRule& bytes, Bytes& out) {
  const json::View value = find(name, bytes.is_required);
  if (!value.exists()) {
    return std::nullopt;
  }
  const auto text = value.as_string();
  if (!text) {
    wrong_type(value, "Blob");
    return std::nullopt;
  }
  const std::size_t before = out.size();
  if (!base64_decode_append(*text, out)) {
    if (!findings_->serialization) {
      findings_->serialization = ApiError{"SerializationException", bad_base64(*text), 400, true};
    }
    return std::nullopt;
  }
  const std::size_t length = out.size() - before;
  if (length > bytes.length_max || length < bytes.length_min) {
    check_length(name, blob_text(length), length, bytes.length_min, bytes.length_max);
  }
  return length;
}

json::View Members::list(std::string_view name, const ListRule& rule) {
  const json::View value = find(name, rule.is_required);
  if (!value.exists()) {
    return {};
  }
  if (!value.is(json::Kind::array)) {
    wrong_type(value, "list");
    return {};
  }
  check_length(name, shown(value), value.size(), rule.length_min, rule.length_max);
  return value;
}

Members Members::object(std::string_view name, bool is_required) {
  json::View value = find(name, is_required);
  if (value.exists() && !value.is(json::Kind::object)) {
    wrong_type(value, "structure");
    value = {};
  }
  return {value, path_of(name), findings_};
}

Members Members::element(std::string_view list_name, std::size_t index, json::View element) {
  if (!element.is(json::Kind::object)) {
    wrong_type(element, "structure");
    element = {};
  }
  return {element, fmt::format("{}.{}.member", path_of(list_name), index + 1), findings_};
}

std::vector<std::pair<std::string, std::string>> Members::string_map(std::string_view name,
                                                                     const ListRule& rule) {
  std::vector<std::pair<std::string, std::string>> out;
  const json::View value = find(name, rule.is_required);
  if (!value.exists()) {
    return out;
  }
  if (!value.is(json::Kind::object)) {
    wrong_type(value, "map");
    return out;
  }
  check_length(name, shown(value), value.size(), rule.length_min, rule.length_max);
  for (const json::Member& member : value.members()) {
    const auto text = member.value.as_string();
    if (!text) {
      wrong_type(member.value, "String");
      continue;
    }
    out.emplace_back(member.key, *text);
  }
  return out;
}

std::optional<ApiError> Members::refusal() const {
  if (findings_->serialization) {
    return findings_->serialization;
  }
  if (findings_->violations.empty()) {
    return std::nullopt;
  }
  const std::size_t count = findings_->violations.size();
  std::string message =
      fmt::format("{} validation error{} detected: ", count, count == 1 ? "" : "s");
  for (std::size_t i = 0; i < count; ++i) {
    message.append(i == 0 ? "" : "; ").append(findings_->violations[i]);
  }
  return ApiError{"ValidationException", std::move(message)};
}

}  // namespace sluice::aws
