// The coercions of the OpenX SerDe.
#include "serde/coerce.h"

#include "base/base64.h"
#include "base/check.h"
#include "serde/civil_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace sluice::serde {

namespace {

using columnar::Kind;

// Longer values are cut in messages.
constexpr std::size_t quoted_bytes_max = 256;

// Whole numbers from here on are milliseconds.
constexpr std::int64_t epoch_seconds_end = 1'000'000'000'000;
constexpr int micros_digits = 6;

// Java's NumberFormatException, which Firehose passes on.
std::unexpected<std::string> refuse_text(std::string_view text) {
  return std::unexpected(fmt::format("For input string: \"{}\"", cut_for_message(text)));
}

std::unexpected<std::string> refuse_kind(json::View value, std::string_view type) {
  return std::unexpected(
      fmt::format("A JSON {} cannot be converted to {}", json::kind_name(value.kind()), type));
}

std::unexpected<std::string> refuse_range(std::string_view text, std::string_view type) {
  return std::unexpected(
      fmt::format("Numeric value ({}) out of range of {}", cut_for_message(text), type));
}

struct IntegerRange {
  std::string_view type;
  std::int64_t least;
  std::int64_t most;
};

template <class T>
constexpr IntegerRange range_of(std::string_view type) {
  return {type, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

IntegerRange range_of(Kind kind) {
  switch (kind) {
    case Kind::tinyint:
      return range_of<std::int8_t>("tinyint");
    case Kind::smallint:
      return range_of<std::int16_t>("smallint");
    case Kind::integer:
      return range_of<std::int32_t>("int");
    default:
      SLUICE_CHECK(kind == Kind::bigint);
      return range_of<std::int64_t>("bigint");
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A sign and digits: what Java's parseInt takes.
bool is_plain_integer(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    text.remove_prefix(1);
  }
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// 0x and digits, without a sign.
std::optional<std::int64_t> parse_hex(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + 2, end, value, 16);
  if (result.ec != std::errc{} || result.ptr != end ||
      value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

Coerced<std::int64_t> integer_of_text(std::string_view text, const IntegerRange& range) {
  std::optional<std::int64_t> value = parse_hex(text);
  if (!value && is_plain_integer(text)) {
    if (const auto parsed = json::to_int64(text)) {
      value = *parsed;
    }
  }
  if (!value) {
    return refuse_text(text);
  }
  if (*value < range.least || *value > range.most) {
    // Java's Byte and Short have words of their own for this; Integer and Long do not.
    const bool is_small = range.most <= std::numeric_limits<std::int16_t>::max();
    return is_small ? std::unexpected(fmt::format("Value out of range. Value:\"{}\" Radix:10",
                                                  cut_for_message(text)))
                    : refuse_text(text);
  }
  return *value;
}

Coerced<std::int64_t> integer_of_number(std::string_view text, const IntegerRange& range) {
  const auto value = json::to_int64(text);
  if (!value && value.error() == json::NumberFault::fractional) {
    return std::unexpected(
        fmt::format("Numeric value ({}) is not an integer", cut_for_message(text)));
  }
  if (!value || *value < range.least || *value > range.most) {
    return refuse_range(text, range.type);
  }
  return *value;
}

template <class T>
std::optional<T> parse_floating(std::string_view text);

template <>
std::optional<float> parse_floating<float>(std::string_view text) {
  return json::to_float(text);
}

template <>
std::optional<double> parse_floating<double>(std::string_view text) {
  return json::to_double(text);
}

// Java's Double.parseDouble without hexadecimal floats.
template <class T>
Coerced<T> floating_of_text(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  std::string_view body = text;
  while (!body.empty() && is_blank(body.front())) {
    body.remove_prefix(1);
  }
  while (!body.empty() && is_blank(body.back())) {
    body.remove_suffix(1);
  }
  if (body.empty()) {
    return std::unexpected("empty String");
  }
  std::string_view unsigned_body = body;
  const bool is_negative = body.front() == '-';
  if (is_negative || body.front() == '+') {
    unsigned_body.remove_prefix(1);
  }
  if (unsigned_body == "NaN") {
    return std::numeric_limits<T>::quiet_NaN();
  }
  if (unsigned_body == "Infinity") {
    const T infinity = std::numeric_limits<T>::infinity();
    return is_negative ? -infinity : infinity;
  }
  if (std::string_view("dDfF").find(body.back()) != std::string_view::npos) {
    body.remove_suffix(1);
  }
  const auto value = parse_floating<T>(body);
  return value ? Coerced<T>(*value) : refuse_text(text);
}

template <class T>
Coerced<T> to_floating(json::View value, std::string_view type) {
  switch (value.kind()) {
    case json::Kind::number: {
      const auto parsed = parse_floating<T>(value.text());
      SLUICE_CHECK(parsed.has_value());
      return *parsed;
    }
    case json::Kind::string:
      return floating_of_text<T>(value.text());
    default:
      return refuse_kind(value, type);
  }
}

// std::nullopt for what is no number or names no moment within bounds.
std::optional<std::int64_t> epoch_to_micros(std::string_view text) {
  std::int64_t micros = 0;
  if (is_plain_integer(text)) {
    const auto value = json::to_int64(text);
    const bool is_millis = value && (*value >= epoch_seconds_end || *value <= -epoch_seconds_end);
    const std::int64_t factor = is_millis ? 1000 : 1'000'000;
    if (!value || *value > timestamp_micros_max / factor ||
        *value < timestamp_micros_min / factor) {
      return std::nullopt;
    }
    micros = *value * factor;
  } else {
    const auto scaled = json::scale_decimal(text, micros_digits, json::Rounding::toward_zero);
    if (!scaled || scaled->magnitude > static_cast<UInt128>(timestamp_micros_max)) {
      return std::nullopt;
    }
    const auto magnitude = static_cast<std::int64_t>(scaled->magnitude);
    micros = scaled->is_negative ? -magnitude : magnitude;
  }
  if (micros < timestamp_micros_min) {
    return std::nullopt;
  }
  return micros;
}

}  // namespace

std::string does_not_match(std::string_view reason) {
  return fmt::format("Data does not match the schema. {}", reason);
}

std::string cut_for_message(std::string_view text) {
  if (text.size() <= quoted_bytes_max) {
    return std::string(text);
  }
  std::size_t end = quoted_bytes_max;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end)) + "...";
}

Coerced<bool> to_boolean(json::View value) {
  if (value.kind() == json::Kind::boolean) {
    return value.text() == "true";
  }
  if (value.kind() != json::Kind::string) {
    return refuse_kind(value, "boolean");
  }
  const auto is_word = [text = value.text()](std::string_view word) {
    // Letters differ from their capitals in one bit; nothing else becomes one of these by it.
    return std::ranges::equal(text, word, [](char c, char letter) { return (c | 0x20) == letter; });
  };
  if (is_word("true")) {
    return true;
  }
  if (is_word("false")) {
    return false;
  }
  return refuse_text(value.text());
}

Coerced<std::int64_t> to_integer(json::View value, Kind kind) {
  const IntegerRange range = range_of(kind);
  switch (value.kind()) {
    case json::Kind::number:
      return integer_of_number(value.text(), range);
    case json::Kind::string:
      return integer_of_text(value.text(), range);
    default:
      return refuse_kind(value, range.type);
  }
}

Coerced<float> to_float(json::View value) {
  return to_floating<float>(value, "float");
}

Coerced<double> to_double(json::View value) {
  return to_floating<double>(value, "double");
}

Coerced<json::Scaled> to_decimal(json::View value, int precision, int scale) {
  SLUICE_CHECK(precision >= 1 && precision <= json::scaled_digits_max);
  SLUICE_CHECK(scale >= 0 && scale <= precision);
  if (value.kind() != json::Kind::number && value.kind() != json::Kind::string) {
    return refuse_kind(value, fmt::format("decimal({},{})", precision, scale));
  }
  const auto scaled = json::scale_decimal(value.text(), scale, json::Rounding::half_up);
  if (!scaled && scaled.error() == json::NumberFault::syntax) {
    return refuse_text(value.text());
  }
  UInt128 bound = 1;
  for (int digit = 0; digit < precision; ++digit) {
    bound *= 10;
  }
  if (!scaled || scaled->magnitude >= bound) {
    return refuse_range(value.text(), fmt::format("decimal({},{})", precision, scale));
  }
  return *scaled;
}

Coerced<std::int32_t> to_date(json::View value) {
  if (value.kind() != json::Kind::string) {
    return refuse_kind(value, "date");
  }
  const auto days = parse_date(value.text());
  if (!days) {
    return std::unexpected(fmt::format("Not a date: \"{}\"", cut_for_message(value.text())));
  }
  return *days;
}

Coerced<std::int64_t> to_timestamp(json::View value) {
  if (value.kind() == json::Kind::number) {
    const auto micros = epoch_to_micros(value.text());
    return micros ? Coerced<std::int64_t>(*micros) : refuse_range(value.text(), "timestamp");
  }
  if (value.kind() != json::Kind::string) {
    return refuse_kind(value, "timestamp");
  }
  auto micros = parse_timestamp(value.text());
  if (!micros) {
    micros = epoch_to_micros(value.text());
  }
  if (!micros) {
    return std::unexpected(fmt::format("Not a timestamp: \"{}\"", cut_for_message(value.text())));
  }
  return *micros;
}

Coerced<ByteView> to_binary(json::View value, Bytes& scratch) {
  if (value.kind() != json::Kind::string) {
    return refuse_kind(value, "binary");
  }
  scratch.clear();
  if (!base64_decode_append(value.text(), scratch)) {
    return std::unexpected(fmt::format("Not base64: \"{}\"", cut_for_message(value.text())));
  }
  return ByteView(scratch);
}

ByteView to_text(json::View value, JsonText& writer, std::string& scratch) {
  if (value.kind() != json::Kind::object && value.kind() != json::Kind::array) {
    return value.text();
  }
  scratch.clear();
  writer.append(scratch, value);
  return scratch;
}

ByteView cut_to_varchar(ByteView text, std::int32_t length) {
  SLUICE_DCHECK(length >= 1);
  const auto characters_max = static_cast<std::size_t>(length);
  if (text.size() <= characters_max) {
    return text;
  }
  std::size_t characters = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool is_first_byte = (static_cast<unsigned char>(text[index]) & 0xc0) != 0x80;
    if (is_first_byte && ++characters > characters_max) {
      return text.substr(0, index);
    }
  }
  return text;
}

ByteView cut_to_char(ByteView text, std::int32_t length) {
  text = cut_to_varchar(text, length);
  const std::size_t last = text.find_last_not_of(' ');
  return text.substr(0, last + 1);  // npos + 1 is 0
}

}  // namespace sluice::serde
