// The coercions of the Hive JSON SerDe.
#include "serde/hive_coerce.h"

#include "base/check.h"
#include "json/number.h"
#include "serde/civil_time.h"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string>

namespace sluice::serde {

namespace {

using columnar::Kind;

// Jackson's names of tokens.
std::string_view token_name(json::View value) {
  switch (value.kind()) {
    case json::Kind::object:
      return "START_OBJECT";
    case json::Kind::array:
      return "START_ARRAY";
    case json::Kind::string:
      return "VALUE_STRING";
    case json::Kind::boolean:
      return value.text() == "true" ? "VALUE_TRUE" : "VALUE_FALSE";
    default:
      SLUICE_CHECK(false && "numbers are numeric, nulls are null");
      return {};
  }
}

std::unexpected<std::string> refuse_token(json::View value) {
  return std::unexpected(fmt::format(
      "Current token ({}) not numeric, can not use numeric value accessors", token_name(value)));
}

struct Range {
  std::string_view words;  // behind "out of range of", as Jackson has them
  std::int64_t least;
  std::int64_t most;
};

template <class T>
constexpr Range range_of(std::string_view words) {
  return {words, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

Range range_of(Kind kind) {
  switch (kind) {
    case Kind::tinyint:
      return range_of<std::int8_t>("Java byte");
    case Kind::smallint:
      return range_of<std::int16_t>("Java short");
    case Kind::integer:
      return range_of<std::int32_t>("int (-2147483648 - 2147483647)");
    default:
      SLUICE_CHECK(kind == Kind::bigint);
      return range_of<std::int64_t>("long (-9223372036854775808 - 9223372036854775807)");
  }
}

// What java.sql.Timestamp.valueOf takes, and years 1 to 9999.
std::optional<std::int64_t> parse_sql_timestamp(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  // The blank between date and time and the digit at the end leave the lenient form of OpenX
  // without its zones.
  const bool is_plain = text.find_first_not_of("0123456789-: .") == std::string_view::npos &&
                        text.find('-', text.find(' ')) == std::string_view::npos;
  return is_plain ? parse_timestamp(text) : std::nullopt;
}

}  // namespace

Coerced<std::int64_t> hive_to_integer(json::View value, Kind kind) {
  if (value.kind() != json::Kind::number) {
    return refuse_token(value);
  }
  const Range range = range_of(kind);
  const auto whole = json::scale_decimal(value.text(), 0, json::Rounding::toward_zero);
  const auto bound = static_cast<UInt128>(static_cast<std::uint64_t>(range.most)) +
                     (whole && whole->is_negative ? 1U : 0U);
  if (!whole || whole->magnitude > bound) {
    return std::unexpected(fmt::format(
        "Numeric value ({}) out of range of {}", cut_for_message(value.text()), range.words));
  }
  const auto magnitude = static_cast<std::uint64_t>(whole->magnitude);
  return static_cast<std::int64_t>(whole->is_negative ? std::uint64_t{0} - magnitude : magnitude);
}

Coerced<float> hive_to_float(json::View value) {
  return value.kind() == json::Kind::number ? to_float(value) : refuse_token(value);
}

Coerced<double> hive_to_double(json::View value) {
  return value.kind() == json::Kind::number ? to_double(value) : refuse_token(value);
}

Coerced<json::Scaled> hive_to_decimal(json::View value, int precision, int scale) {
  return value.kind() == json::Kind::number ? to_decimal(value, precision, scale)
                                            : refuse_token(value);
}

Coerced<std::int64_t> hive_to_timestamp(json::View value, std::span<const JodaPattern> patterns) {
  const bool is_scalar = value.kind() == json::Kind::string || value.kind() == json::Kind::number;
  for (const JodaPattern& pattern : patterns) {
    const auto micros = is_scalar ? pattern.read(value.text()) : std::nullopt;
    if (micros) {
      return *micros;
    }
  }
  const auto micros = is_scalar ? parse_sql_timestamp(value.text()) : std::nullopt;
  if (!micros) {
    return std::unexpected("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]");
  }
  return *micros;
}

}  // namespace sluice::serde
