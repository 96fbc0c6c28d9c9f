// What a record should become, for tests and fuzzers: plain recursion from JSON values to the text
// of rows (rows_for_test.h), written for clarity from the SerDes' rules.  It knows no levels, no
// tables and no nodes; only what a scalar becomes is decided by coerce.h and hive_coerce.h, which
// have tests of their own.
#pragma once

#include "columnar/type.h"
#include "json/tape.h"
#include "serde/coerce.h"
#include "serde/hive_coerce.h"
#include "serde/letter_case.h"
#include "serde/record_reader.h"
#include "serde/rows_for_test.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::serde {

class NaiveShredder {
 public:
  NaiveShredder(columnar::Schema schema, SerdeOptions options)
      : schema_(std::move(schema)), is_hive_(std::holds_alternative<HiveOptions>(options)) {
    if (!is_hive_) {
      openx_ = std::get<OpenXOptions>(std::move(options));
      return;
    }
    for (const std::string& format : std::get<HiveOptions>(options).timestamp_formats) {
      patterns_.push_back(JodaPattern::parse(format).value());
    }
  }

  // The rows of a record, or std::nullopt if it is refused, for the reason in why().
  std::optional<std::string> rows(std::string_view record) {
    json::Tape tape;
    if (!tape.parse(record)) {
      why_ = {"DataFormatConversion.ParseError", "", ""};
      return std::nullopt;
    }
    why_ = {"DataFormatConversion.MalformedData", "", ""};
    std::string out;
    for (const json::View document : tape.documents()) {
      std::string row;
      if (document.kind() != json::Kind::object || !members(schema_.columns, document, "", row)) {
        return std::nullopt;
      }
      out += row + ";";
    }
    return tape.documents().empty() ? std::nullopt : std::optional(out);
  }

  // The code and the column; the message when a value was at fault.
  const Rejection& why() const { return why_; }

 private:
  using Type = columnar::Type;
  using Kind = columnar::Kind;
  using Fields = std::vector<columnar::Field>;

  bool refuse(const std::string& path, const std::string& message) {
    why_.column = path;
    why_.message = message;
    return false;
  }

  bool ignores_case() const { return is_hive_ || openx_.case_insensitive; }

  bool lowers_keys() const { return !is_hive_ && openx_.case_insensitive; }

  std::string fold(std::string_view text) const {
    return ignores_case() ? lower_case(text) : std::string(text);
  }

  std::string key_of(const std::string& name) const {
    for (const auto& [mapped, key] : openx_.column_to_key) {
      if (fold(mapped) == fold(name)) {
        return key;
      }
    }
    return name;
  }

  json::View find(const std::string& name, json::View object) const {
    json::View found;
    for (const json::Member member : object.members()) {
      if (fold(member.key) == fold(key_of(name))) {
        found = member.value;
      }
    }
    if (found.exists() || !openx_.dots_to_underscores) {
      return found;
    }
    std::optional<std::string> spelling;
    for (const json::Member member : object.members()) {
      std::string dotless = fold(member.key);
      const bool has_dot = dotless.find('.') != std::string::npos;
      std::ranges::replace(dotless, '.', '_');
      if (has_dot && dotless == fold(name) && (!spelling || *spelling == fold(member.key))) {
        spelling = fold(member.key);
        found = member.value;
      }
    }
    return found;
  }

  // Hive's second way to name a field: its number, if no field has that name.
  bool place_by_number(const Fields& fields, json::View object, std::vector<json::View>& values) {
    for (const json::Member member : object.members()) {
      std::optional<std::size_t> place;
      for (std::size_t index = 0; index < fields.size(); ++index) {
        if (fold(fields[index].name) == fold(member.key)) {
          place = index;
        }
      }
      const std::string_view key = member.key;
      const bool is_number = key.size() > 4 && key.starts_with("_col") &&
                             key.find_first_not_of("0123456789", 4) == std::string_view::npos;
      for (std::size_t index = 0; !place && is_number && index < fields.size(); ++index) {
        if (key == "_col" + std::to_string(index)) {
          place = index;
        }
      }
      if (place) {
        values[*place] = member.value;
      } else if (is_number) {
        return false;
      }
    }
    return true;
  }

  bool members(const Fields& fields, json::View object, const std::string& path, std::string& out) {
    std::vector<json::View> values(fields.size());
    if (!is_hive_) {
      for (std::size_t index = 0; index < fields.size(); ++index) {
        values[index] = find(fields[index].name, object);
      }
    } else if (!place_by_number(fields, object, values)) {
      return refuse(path, "");
    }
    return all(fields, values, path, out);
  }

  bool all(const Fields& fields,
           const std::vector<json::View>& values,
           const std::string& path,
           std::string& out) {
    out += "{";
    for (std::size_t index = 0; index < fields.size(); ++index) {
      out += (index == 0 ? "" : ",") + fields[index].name + ":";
      const std::string below = (path.empty() ? "" : path + ".") + fields[index].name;
      if (!value(fields[index].type, values[index], below, out)) {
        return false;
      }
    }
    out += "}";
    return true;
  }

  bool value(const Type& type, json::View given, const std::string& path, std::string& out) {
    if (given.is_missing_or_null()) {
      out += "-";
      return true;
    }
    switch (type.kind) {
      case Kind::structure:
        return structure(type, given, path, out);
      case Kind::array:
        return array(type, given, path, out);
      case Kind::map:
        return map(type, given, path, out);
      default:
        return scalar(type, given, is_hive_, path, out);
    }
  }

  static bool is_blank(json::View given) {
    return given.is(json::Kind::string) && std::ranges::all_of(given.text(), [](char c) {
             return c == ' ' || c == '\t' || c == '\n' || c == '\r';
           });
  }

  static std::vector<json::View> elements_of(json::View array) {
    std::vector<json::View> out;
    for (const json::View element : array.elements()) {
      out.push_back(element);
    }
    return out;
  }

  bool structure(const Type& type, json::View given, const std::string& path, std::string& out) {
    if (given.is(json::Kind::object)) {
      return members(type.children, given, path, out);
    }
    if (is_hive_) {
      return refuse(path, does_not_match(hive_start_of_object));
    }
    if (is_blank(given) || (given.is(json::Kind::array) && given.size() == 0)) {
      out += "-";
      return true;
    }
    if (!given.is(json::Kind::array)) {
      return refuse(path, "");
    }
    std::vector<json::View> values = elements_of(given);
    values.resize(type.children.size());
    return all(type.children, values, path, out);
  }

  bool array(const Type& type, json::View given, const std::string& path, std::string& out) {
    if (!given.is(json::Kind::array) && is_hive_) {
      return refuse(path, does_not_match(hive_start_of_array));
    }
    if (given.is(json::Kind::string) && given.text().empty()) {
      out += "-";
      return true;
    }
    const std::vector<json::View> elements =
        given.is(json::Kind::array) ? elements_of(given) : std::vector<json::View>{given};
    out += "[";
    for (std::size_t index = 0; index < elements.size(); ++index) {
      out += index == 0 ? "" : ",";
      if (!value(type.children[0].type, elements[index], path + "[]", out)) {
        return false;
      }
    }
    out += "]";
    return true;
  }

  bool map(const Type& type, json::View given, const std::string& path, std::string& out) {
    if (!given.is(json::Kind::object) && is_hive_) {
      return refuse(path, does_not_match(hive_start_of_object));
    }
    if (is_blank(given)) {
      out += "-";
      return true;
    }
    if (!given.is(json::Kind::object)) {
      return refuse(path, "");
    }
    std::vector<std::pair<std::string, json::View>> entries;
    for (const json::Member member : given.members()) {
      const std::string key = lowers_keys() ? lower_case(member.key) : std::string(member.key);
      const auto same = std::ranges::find(entries, key, &std::pair<std::string, json::View>::first);
      if (same == entries.end()) {
        entries.emplace_back(key, member.value);
      } else {
        same->second = member.value;
      }
    }
    out += "<";
    for (std::size_t index = 0; index < entries.size(); ++index) {
      const std::string& key = entries[index].first;
      const json::Node node{
          key.data(), static_cast<std::uint32_t>(key.size()), 1, 0, json::Kind::string, false};
      const bool is_hive_time = is_hive_ && type.children[0].type.kind == Kind::timestamp;
      out += index == 0 ? "" : ",";
      if (!scalar(type.children[0].type, json::View(&node), is_hive_time, path + ".key", out)) {
        return false;
      }
      out += "=";
      if (!value(type.children[1].type, entries[index].second, path + ".value", out)) {
        return false;
      }
    }
    out += ">";
    return true;
  }

  bool scalar(
      const Type& type, json::View given, bool by_hive, const std::string& path, std::string& out) {
    const auto put = [&](const auto& coerced, auto to_text) {
      if (!coerced) {
        return refuse(path, does_not_match(coerced.error()));
      }
      out += to_text(*coerced);
      return true;
    };
    const auto as_number = [](auto number) { return fmt::format("{}", number); };
    switch (type.kind) {
      case Kind::boolean:
        return put(to_boolean(given), bool_text);
      case Kind::tinyint:
      case Kind::smallint:
      case Kind::integer:
      case Kind::bigint:
        return put(by_hive ? hive_to_integer(given, type.kind) : to_integer(given, type.kind),
                   as_number);
      case Kind::float32:
        return put(by_hive ? hive_to_float(given) : to_float(given), as_number);
      case Kind::float64:
        return put(by_hive ? hive_to_double(given) : to_double(given), as_number);
      case Kind::decimal:
        return put(by_hive ? hive_to_decimal(given, type.precision, type.scale)
                           : to_decimal(given, type.precision, type.scale),
                   [](const json::Scaled& scaled) {
                     return decimal_text(scaled.magnitude, scaled.is_negative);
                   });
      case Kind::date:
        return put(to_date(given), as_number);
      case Kind::timestamp:
        return put(by_hive ? hive_to_timestamp(given, patterns_) : to_timestamp(given), as_number);
      case Kind::binary: {
        Bytes bytes;
        return put(to_binary(given, bytes), bytes_text);
      }
      default:
        return text(type, given, by_hive, path, out);
    }
  }

  bool text(
      const Type& type, json::View given, bool by_hive, const std::string& path, std::string& out) {
    const bool is_nested = given.is(json::Kind::object) || given.is(json::Kind::array);
    if (by_hive && is_nested) {
      return refuse(path, std::string(hive_nested_into_text));
    }
    JsonText writer(lowers_keys());
    std::string scratch;
    const ByteView whole = to_text(given, writer, scratch);
    out += bytes_text(type.kind == Kind::varchar      ? cut_to_varchar(whole, type.precision)
                      : type.kind == Kind::fixed_char ? cut_to_char(whole, type.precision)
                                                      : whole);
    return true;
  }

  columnar::Schema schema_;
  bool is_hive_;
  OpenXOptions openx_;
  std::vector<JodaPattern> patterns_;
  Rejection why_;
};

}  // namespace sluice::serde
