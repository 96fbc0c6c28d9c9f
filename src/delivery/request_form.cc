#include "delivery/request_form.h"

#include "base/check.h"
#include "base/utf8.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sluice::delivery {

namespace {

// The service stops counting there.
constexpr std::size_t violations_max = 10;

std::string lower_first(std::string_view name) {
  SLUICE_CHECK(!name.empty());
  std::string lowered(name);
  if (lowered[0] >= 'A' && lowered[0] <= 'Z') {
    lowered[0] = static_cast<char>(lowered[0] - 'A' + 'a');
  }
  return lowered;
}

std::string pattern_constraint(const TextRule& rule) {
  return fmt::format("Member must satisfy regular expression pattern: {}", rule.pattern);
}

std::string length_max_constraint(std::size_t max) {
  return fmt::format("Member must have length less than or equal to {}", max);
}

std::string length_min_constraint(std::size_t min) {
  return fmt::format("Member must have length greater than or equal to {}", min);
}

// All constraints of a map's keys or values, broken or not.
std::string all_constraints(const TextRule& rule) {
  return fmt::format("[{}, {}, {}]",
                     length_max_constraint(rule.length_max),
                     length_min_constraint(rule.length_min),
                     pattern_constraint(rule));
}

// The service's words for a value of the wrong JSON type.
std::string wrong_type(json::View value, std::string_view wanted) {
  switch (value.kind()) {
    case json::Kind::array:
      return "Start of list found where not expected";
    case json::Kind::object:
      return "Start of structure or map found where not expected.";
    case json::Kind::boolean:
      return fmt::format("class java.lang.Boolean can not be converted to an {}", wanted);
    case json::Kind::number:
      return fmt::format(
          "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to "
          "an "
          "{}",
          wanted);
    case json::Kind::string:
      return fmt::format("class java.lang.String can not be converted to an {}", wanted);
    case json::Kind::null:
      break;
  }
  return "Unexpected null";
}

// "[A, B]" holds "B".
bool holds(std::string_view set, std::string_view value) {
  SLUICE_CHECK(set.starts_with('[') && set.ends_with(']'));
  set = set.substr(1, set.size() - 2);
  while (true) {
    const std::size_t end = set.find(", ");
    if (set.substr(0, end) == value) {
      return true;
    }
    if (end == std::string_view::npos) {
      return false;
    }
    set = set.substr(end + 2);
  }
}

}  // namespace

void FormReport::add_wrong_type(std::string message) {
  if (!wrong_type_) {
    wrong_type_ = std::move(message);
  }
}

void FormReport::add_violation(std::string_view path, std::string_view constraint) {
  if (violations_.size() < violations_max) {
    violations_.push_back(
        fmt::format("Value at '{}' failed to satisfy constraint: {}", path, constraint));
  }
}

std::optional<Refusal> FormReport::refusal() const {
  if (wrong_type_) {
    return Refusal{RefusalLayer::serialization, *wrong_type_};
  }
  if (has_malformed_role_) {
    return Refusal{RefusalLayer::parameter, "Invalid role ARN."};
  }
  if (violations_.empty()) {
    return std::nullopt;
  }
  return Refusal{RefusalLayer::model,
                 fmt::format("{} validation error{} detected: {}",
                             violations_.size(),
                             violations_.size() == 1 ? "" : "s",
                             fmt::join(violations_, "; "))};
}

FormShape::FormShape(json::View structure, FormReport& report) : report_(&report) {
  if (structure.is(json::Kind::object)) {
    structure_ = structure;
  } else {
    report.add_wrong_type("Expected null");
  }
}

std::string FormShape::path_of(std::string_view name) const {
  return path_ + lower_first(name);
}

std::optional<json::View> FormShape::member(std::string_view name, Presence presence) const {
  const json::View value = find(name);
  if (!value.is_missing_or_null()) {
    return value;
  }
  if (presence == Presence::required && is_given()) {
    report_->add_violation(path_of(name), "Member must not be null");
  }
  return std::nullopt;
}

FormShape FormShape::structure(std::string_view name, Presence presence) const {
  const std::optional<json::View> value = member(name, presence);
  const std::string path = path_of(name) + ".";
  if (!value) {
    return {json::View(), path, report_};
  }
  if (!value->is(json::Kind::object)) {
    report_->add_wrong_type(value->is(json::Kind::array) ? "Start of list found where not expected"
                                                         : "Expected null");
    return {json::View(), path, report_};
  }
  return {*value, path, report_};
}

std::optional<std::string_view> FormShape::raw_text(std::string_view name,
                                                    Presence presence) const {
  const std::optional<json::View> value = member(name, presence);
  if (!value) {
    return std::nullopt;
  }
  const std::optional<std::string_view> text = value->as_string();
  if (!text) {
    report_->add_wrong_type(wrong_type(*value, "String"));
  }
  return text;
}

void FormShape::check_text(const std::string& path,
                           std::string_view value,
                           const TextRule& rule) const {
  const std::size_t length = count_code_points(value);
  if (length < rule.length_min) {
    report_->add_violation(path, length_min_constraint(rule.length_min));
  } else if (length > rule.length_max) {
    report_->add_violation(path, length_max_constraint(rule.length_max));
  }
  if (!rule.has_good_form(value)) {
    report_->add_violation(path, pattern_constraint(rule));
  }
}

void FormShape::check_size(const std::string& path, std::size_t size, IntegerRange range) const {
  if (size < static_cast<std::size_t>(range.min)) {
    report_->add_violation(path, length_min_constraint(static_cast<std::size_t>(range.min)));
  } else if (range.max && size > static_cast<std::size_t>(*range.max)) {
    report_->add_violation(path, length_max_constraint(static_cast<std::size_t>(*range.max)));
  }
}

std::optional<std::string> FormShape::text(std::string_view name,
                                           const TextRule& rule,
                                           Presence presence) const {
  const std::optional<std::string_view> value = raw_text(name, presence);
  if (!value) {
    return std::nullopt;
  }
  check_text(path_of(name), *value, rule);
  return std::string(*value);
}

std::optional<std::string> FormShape::role(std::string_view name,
                                           const TextRule& rule,
                                           Presence presence) const {
  std::optional<std::string> value = text(name, rule, presence);
  if (value && !value->empty() && !role_arn_rule.has_good_form(*value)) {
    report_->add_malformed_role();
  }
  return value;
}

std::optional<std::string> FormShape::choice(std::string_view name,
                                             std::string_view set,
                                             Presence presence) const {
  const std::optional<std::string_view> value = raw_text(name, presence);
  if (!value) {
    return std::nullopt;
  }
  if (!holds(set, *value)) {
    report_->add_violation(path_of(name),
                           fmt::format("Member must satisfy enum value set: {}", set));
  }
  return std::string(*value);
}

std::optional<std::int64_t> FormShape::integer(std::string_view name,
                                               IntegerRange range,
                                               Presence presence) const {
  const std::optional<json::View> value = member(name, presence);
  if (!value) {
    return std::nullopt;
  }
  const std::optional<std::int64_t> number = value->as_int64();
  if (!number) {
    report_->add_wrong_type(value->is(json::Kind::number)
                                ? fmt::format("{} is not an Integer", value->text())
                                : wrong_type(*value, "Integer"));
    return std::nullopt;
  }
  if (*number < range.min) {
    report_->add_violation(
        path_of(name),
        fmt::format("Member must have value greater than or equal to {}", range.min));
  } else if (range.max && *number > *range.max) {
    report_->add_violation(
        path_of(name), fmt::format("Member must have value less than or equal to {}", *range.max));
  }
  return number;
}

std::optional<double> FormShape::proportion(std::string_view name) const {
  const std::optional<json::View> value = member(name, Presence::optional);
  if (!value) {
    return std::nullopt;
  }
  std::optional<double> number = value->as_double();
  if (value->is(json::Kind::string) && value->text() == "NaN") {
    number = std::numeric_limits<double>::quiet_NaN();
  }
  if (!number) {
    report_->add_wrong_type(wrong_type(*value, "Double"));
    return std::nullopt;
  }
  // Not a number is neither; the upper bound is reported first.
  if (!(*number <= 1)) {
    report_->add_violation(path_of(name), "Member must have value less than or equal to 1");
  }
  if (!(*number >= 0)) {
    report_->add_violation(path_of(name), "Member must have value greater than or equal to 0");
  }
  return number;
}

std::optional<bool> FormShape::boolean(std::string_view name) const {
  const std::optional<json::View> value = member(name, Presence::optional);
  if (!value) {
    return std::nullopt;
  }
  const std::optional<bool> flag = value->as_bool();
  if (!flag) {
    report_->add_wrong_type(wrong_type(*value, "Boolean"));
  }
  return flag;
}

void FormShape::structures(std::string_view name,
                           IntegerRange size,
                           const std::function<void(const FormShape&)>& each) const {
  const std::optional<json::View> list = member(name, Presence::optional);
  if (!list) {
    return;
  }
  if (!list->is(json::Kind::array)) {
    report_->add_wrong_type("Expected list or null");
    return;
  }
  check_size(path_of(name), list->size(), size);
  std::size_t index = 0;
  for (const json::View element : list->elements()) {
    ++index;
    if (!element.is(json::Kind::object)) {
      report_->add_wrong_type("Expected null");
      return;
    }
    each({element, fmt::format("{}.{}.member.", path_of(name), index), report_});
  }
}

std::vector<std::string> FormShape::texts(std::string_view name, const TextRule& rule) const {
  std::vector<std::string> out;
  const std::optional<json::View> list = member(name, Presence::optional);
  if (!list) {
    return out;
  }
  if (!list->is(json::Kind::array)) {
    report_->add_wrong_type("Expected list or null");
    return out;
  }
  for (const json::View element : list->elements()) {
    const std::optional<std::string_view> text = element.as_string();
    if (!text) {
      report_->add_wrong_type(wrong_type(element, "String"));
    } else if (!rule.accepts(*text)) {
      report_->add_violation(
          path_of(name), fmt::format("Member must satisfy constraint: {}", all_constraints(rule)));
      return out;
    } else {
      out.emplace_back(*text);
    }
  }
  return out;
}

std::vector<FormShape::Entry> FormShape::map(std::string_view name,
                                             const TextRule& keys,
                                             const TextRule& values) const {
  std::vector<Entry> entries;
  const std::optional<json::View> object = member(name, Presence::optional);
  if (!object) {
    return entries;
  }
  if (!object->is(json::Kind::object)) {
    report_->add_wrong_type("Expected map or null");
    return entries;
  }
  for (const json::Member& member : object->members()) {
    if (const std::optional<std::string_view> text = member.value.as_string()) {
      entries.push_back({member.key, *text});
    } else {
      report_->add_wrong_type(wrong_type(member.value, "String"));
    }
  }
  if (!std::ranges::all_of(entries, [&](const Entry& entry) { return keys.accepts(entry.key); })) {
    report_->add_violation(
        path_of(name), fmt::format("Map keys must satisfy constraint: {}", all_constraints(keys)));
  }
  if (!std::ranges::all_of(entries,
                           [&](const Entry& entry) { return values.accepts(entry.value); })) {
    report_->add_violation(
        path_of(name),
        fmt::format("Map value must satisfy constraint: {}", all_constraints(values)));
  }
  return entries;
}

}  // namespace sluice::delivery
