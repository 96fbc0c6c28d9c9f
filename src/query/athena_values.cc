// Reads DuckDB's text of a value by its type and writes Athena's.
#include "query/athena_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace sluice::query {
namespace {

constexpr std::int64_t text_characters_max = 2'147'483'647;
constexpr std::size_t depth_max = 64;

struct PlainType {
  std::string_view engine;
  std::string_view athena;
  std::int64_t precision;
};

// Whole numbers without a sign go to the next larger type; a sum of bigint is bigint in Athena.
constexpr std::array plain_types = {
    PlainType{"BIGINT", "bigint", 19},
    PlainType{"BOOLEAN", "boolean", 0},
    PlainType{"DATE", "date", 0},
    PlainType{"HUGEINT", "bigint", 19},
    PlainType{"INTEGER", "integer", 10},
    PlainType{"JSON", "json", 0},
    PlainType{"SMALLINT", "smallint", 5},
    PlainType{"TINYINT", "tinyint", 3},
    PlainType{"UBIGINT", "bigint", 19},
    PlainType{"UHUGEINT", "bigint", 19},
    PlainType{"UINTEGER", "bigint", 19},
    PlainType{"USMALLINT", "integer", 10},
    PlainType{"UTINYINT", "smallint", 5},
    PlainType{"UUID", "uuid", 0},
    PlainType{"\"NULL\"", "unknown", 0},
    PlainType{"NULL", "unknown", 0},
};

// Takes "name" or name from the front.
std::string take_field_name(std::string_view& rest) {
  std::string name;
  if (!rest.starts_with('"')) {
    name = rest.substr(0, rest.find(' '));
    rest.remove_prefix(name.size());
    return name;
  }
  std::size_t at = 1;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      if (at + 1 == rest.size() || rest[at + 1] != '"') {
        break;
      }
      ++at;
    }
    name.push_back(rest[at]);
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return name;
}

// The parts between commas outside of brackets and quotes.
std::vector<std::string_view> split_arguments(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  std::size_t depth = 0;
  bool in_name = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      in_name = !in_name;
    } else if (!in_name && c == '(') {
      ++depth;
    } else if (!in_name && c == ')') {
      depth -= depth > 0 ? 1 : 0;
    } else if (!in_name && c == ',' && depth == 0) {
      parts.push_back(text.substr(start, at - start));
      start = at + 1;
    }
  }
  parts.push_back(text.substr(start));
  for (std::string_view& part : parts) {
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
  }
  return parts;
}

// What is between the brackets of NAME(...); std::nullopt for another name.
std::optional<std::string_view> arguments_of(std::string_view type, std::string_view name) {
  if (!type.starts_with(name) || !type.ends_with(')') || type.size() <= name.size() ||
      type[name.size()] != '(') {
    return std::nullopt;
  }
  return type.substr(name.size() + 1, type.size() - name.size() - 2);
}

// Java's Double.toString and Float.toString: plain between 0.001 and 10 million, else 1.2E-5.
template <class Number>
void append_java(std::string& out, std::string_view text) {
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    out += text;
    return;
  }
  if (std::isnan(value) || std::isinf(value)) {
    out += std::isnan(value) ? "NaN" : (value > 0 ? "Infinity" : "-Infinity");
    return;
  }
  constexpr std::size_t digits_max = 400;
  char buffer[digits_max];
  const Number size = std::abs(value);
  const bool is_plain = size == 0 || (size >= Number(1e-3) && size < Number(1e7));
  const auto end =
      std::to_chars(buffer,
                    buffer + digits_max,
                    value,
                    is_plain ? std::chars_format::fixed : std::chars_format::scientific)
          .ptr;
  const std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
  const std::string_view mantissa = written.substr(0, written.find('e'));
  out += mantissa;
  out += mantissa.contains('.') ? "" : ".0";
  if (!is_plain) {
    std::string_view exponent = written.substr(mantissa.size() + 1);
    out.push_back('E');
    out += exponent.front() == '-' ? "-" : "";
    exponent.remove_prefix(1);
    exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size() - 1));
    out += exponent;
  }
}

// Three decimals; all six where there are microseconds, nine where there are nanoseconds.
void append_clock(std::string& out, std::string_view text) {
  const std::size_t dot = text.find('.');
  out += text.substr(0, dot);
  std::string_view decimals = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  decimals = decimals.substr(0, decimals.find_last_not_of('0') + 1);
  const std::size_t places = decimals.size() <= 3 ? 3 : (decimals.size() <= 6 ? 6 : 9);
  out.push_back('.');
  out += decimals;
  out.append(places - std::min(places, decimals.size()), '0');
}

// "... 21:25:19.5+00": the sessions are in UTC.
void append_timestamp(std::string& out, std::string_view text) {
  const std::size_t zone = text.ends_with("+00") ? text.size() - 3 : text.size();
  append_clock(out, text.substr(0, zone));
  out += zone < text.size() ? " UTC" : "";
}

void append_binary(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    out += at == 0 ? "" : " ";
    if (text.substr(at).starts_with("\\x") && at + 4 <= text.size()) {
      std::ranges::transform(text.substr(at + 2, 2), std::back_inserter(out), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      at += 4;
    } else {
      out += fmt::format("{:02x}", static_cast<unsigned char>(text[at++]));
    }
  }
}

// "1 year 2 months", "3 days 04:05:06.5", "-00:00:01" -> "1-2", "3 04:05:06.500".
void append_interval(std::string& out, std::string_view text) {
  std::int64_t years = 0;
  std::int64_t months = 0;
  std::int64_t days = 0;
  std::string_view clock;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (word.contains(':')) {
      clock = word;
      continue;
    }
    const std::string_view unit = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(unit.size() + 1, rest.size()));
    std::int64_t& part =
        unit.starts_with("year") ? years : (unit.starts_with("mon") ? months : days);
    std::from_chars(word.data(), word.data() + word.size(), part);
  }
  const bool is_long = years != 0 || months != 0;
  if (is_long && days == 0 && clock.empty()) {
    const std::int64_t all = years * 12 + months;
    out += fmt::format("{}{}-{}", all < 0 ? "-" : "", std::abs(all) / 12, std::abs(all) % 12);
    return;
  }
  if (is_long || (days != 0 && clock.starts_with('-'))) {
    out += text;  // Trino has no such interval
    return;
  }
  const bool is_negative = days < 0 || clock.starts_with('-');
  clock.remove_prefix(clock.starts_with('-') ? 1 : 0);
  out += fmt::format("{}{} ", is_negative ? "-" : "", std::abs(days));
  append_clock(out, clock.empty() ? "00:00:00" : clock);
}

// A leaf inside an array, map or row: up to what ends it, or in quotes with \ before quotes and
// backslashes.  std::nullopt when the quotes do not end.
std::optional<std::string> take_leaf(std::string_view& rest, bool is_key) {
  std::string leaf;
  if (!rest.starts_with('\'')) {
    const std::size_t end = rest.find_first_of(is_key ? ",]})=" : ",]})");
    leaf = rest.substr(0, end);
    rest.remove_prefix(leaf.size());
    return leaf;
  }
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '\'') {
      rest.remove_prefix(at + 1);
      return leaf;
    }
    at += rest[at] == '\\' && at + 1 < rest.size() ? 1 : 0;
    leaf.push_back(rest[at]);
  }
  return std::nullopt;
}

bool take(std::string_view& rest, std::string_view text) {
  const bool is_there = rest.starts_with(text);
  rest.remove_prefix(is_there ? text.size() : 0);
  return is_there;
}

AthenaColumn simple_column(std::string type, std::int64_t precision) {
  return {.name = {}, .type = std::move(type), .precision = precision};
}

}  // namespace

AthenaType AthenaType::parse(std::string_view type) {
  AthenaType parsed;
  parsed.column_ = {
      .name = {}, .type = "varchar", .precision = text_characters_max, .is_case_sensitive = true};
  const auto depth = static_cast<std::size_t>(
      std::ranges::count_if(type, [](char c) { return c == '(' || c == '['; }));
  if (depth > depth_max) {
    return parsed;
  }
  const auto set = [&](Kind kind, std::string_view name, std::int64_t precision) {
    parsed.kind_ = kind;
    parsed.column_ = simple_column(std::string(name), precision);
  };
  if (type.ends_with(']')) {
    set(Kind::array, "array", 0);
    parsed.parts_.push_back(parse(type.substr(0, type.rfind('['))));
    return parsed;
  }
  if (const auto arguments = arguments_of(type, "DECIMAL")) {
    set(Kind::plain, "decimal", 0);
    const auto parts = split_arguments(*arguments);
    std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), parsed.column_.precision);
    if (parts.size() == 2) {
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), parsed.column_.scale);
    }
    return parsed;
  }
  if (const auto arguments = arguments_of(type, "MAP")) {
    set(Kind::map, "map", 0);
    for (const std::string_view part : split_arguments(*arguments)) {
      parsed.parts_.push_back(parse(part));
    }
    parsed.parts_.resize(2);
    return parsed;
  }
  if (const auto arguments = arguments_of(type, "STRUCT")) {
    set(Kind::row, "row", 0);
    for (std::string_view part : split_arguments(*arguments)) {
      std::string name = fmt::format("field{}", parsed.parts_.size());
      std::string_view rest = part;
      std::string written = take_field_name(rest);
      // Without names there is a type alone: INTEGER, DECIMAL(3,1), "NULL".
      const bool has_name =
          rest.starts_with(' ') && !part.starts_with("TIME") && !written.contains('(');
      parsed.has_names_ = parsed.has_names_ || has_name;
      parsed.part_names_.push_back(has_name ? std::move(written) : std::move(name));
      parsed.parts_.push_back(parse(has_name ? rest.substr(1) : part));
    }
    return parsed;
  }
  if (type.starts_with("TIMESTAMP")) {
    set(Kind::timestamp,
        type.contains("WITH TIME ZONE") ? "timestamp with time zone" : "timestamp",
        3);
  } else if (type.starts_with("TIME")) {
    set(Kind::time, "time", 3);
  } else if (type == "FLOAT") {
    set(Kind::float_number, "float", 17);
  } else if (type == "DOUBLE") {
    set(Kind::double_number, "double", 17);
  } else if (type == "BLOB") {
    set(Kind::binary, "varbinary", 1'073'741'824);
  } else if (type == "INTERVAL") {
    set(Kind::interval, "interval day to second", 0);
  } else if (const auto plain = std::ranges::find(plain_types, type, &PlainType::engine);
             plain != plain_types.end()) {
    set(Kind::plain, plain->athena, plain->precision);
  }
  return parsed;
}

AthenaColumn AthenaType::column(std::string name) const {
  AthenaColumn named = column_;
  named.name = std::move(name);
  return named;
}

void AthenaType::append(std::string& out, std::string_view text) const {
  if (parts_.empty()) {
    return append_leaf(out, text);
  }
  const std::size_t start = out.size();
  std::string_view rest = text;
  if (!append_nested(out, rest) || !rest.empty()) {
    out.resize(start);
    out += text;
  }
}

void AthenaType::append_leaf(std::string& out, std::string_view text) const {
  switch (kind_) {
    case Kind::float_number:
      return append_java<float>(out, text);
    case Kind::double_number:
      return append_java<double>(out, text);
    case Kind::timestamp:
      return append_timestamp(out, text);
    case Kind::time:
      return append_clock(out, text);
    case Kind::binary:
      return append_binary(out, text);
    case Kind::interval:
      return append_interval(out, text);
    case Kind::plain:
    case Kind::array:
    case Kind::map:
    case Kind::row:
      break;
  }
  out += text;
}

bool AthenaType::append_nested(std::string& out, std::string_view& rest) const {
  if (take(rest, "NULL")) {
    out += "null";
    return true;
  }
  if (parts_.empty()) {
    const auto leaf = take_leaf(rest, false);
    if (leaf) {
      append_leaf(out, *leaf);
    }
    return leaf.has_value();
  }
  if (kind_ == Kind::row) {
    return append_row(out, rest);
  }
  const bool is_map = kind_ == Kind::map;
  const std::string_view close = is_map ? "}" : "]";
  if (!take(rest, is_map ? "{" : "[")) {
    return false;
  }
  out += is_map ? "{" : "[";
  for (bool is_first = true; !take(rest, close); is_first = false) {
    if (!is_first && !take(rest, ", ")) {
      return false;
    }
    out += is_first ? "" : ", ";
    if (is_map) {
      // A key that is nested itself keeps the engine's form.
      const auto key = take_leaf(rest, true);
      if (!key || !take(rest, "=")) {
        return false;
      }
      parts_.front().append_leaf(out, *key);
      out += "=";
    }
    if (rest.empty() || !parts_.back().append_nested(out, rest)) {
      return false;
    }
  }
  out += close;
  return true;
}

bool AthenaType::append_row(std::string& out, std::string_view& rest) const {
  if (!take(rest, has_names_ ? "{" : "(")) {
    return false;
  }
  out += "{";
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (i > 0 && !take(rest, ", ")) {
      return false;
    }
    out += i > 0 ? ", " : "";
    if (has_names_ && (!take_leaf(rest, false) || !take(rest, ": "))) {
      return false;
    }
    out += part_names_[i];
    out += "=";
    if (!parts_[i].append_nested(out, rest)) {
      return false;
    }
  }
  out += "}";
  return take(rest, has_names_ ? "}" : ")");
}

}  // namespace sluice::query
