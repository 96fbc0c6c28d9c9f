// Annotations and bounds in words.
#include "parquet/value_text.h"

#include "base/check.h"
#include "base/utf8.h"
#include "parquet/physical.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::parquet {

namespace {

constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t nanos_a_second = 1'000'000'000;

std::string lower(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::string_view unit_name(TimeUnit unit) {
  return unit == TimeUnit::millis ? "millis" : unit == TimeUnit::micros ? "micros" : "nanos";
}

std::int64_t ticks_a_second(TimeUnit unit) {
  return unit == TimeUnit::millis ? 1'000 : unit == TimeUnit::micros ? 1'000'000 : nanos_a_second;
}

// What the older annotation says in terms of the newer one.
std::optional<LogicalType> from_converted(const SchemaElement& element) {
  if (!element.converted_type) {
    return std::nullopt;
  }
  LogicalType type;
  switch (*element.converted_type) {
    case ConvertedType::utf8:
      type.kind = LogicalKind::string;
      return type;
    case ConvertedType::map:
    case ConvertedType::map_key_value:
      type.kind = LogicalKind::map;
      return type;
    case ConvertedType::list:
      type.kind = LogicalKind::list;
      return type;
    case ConvertedType::enumeration:
      type.kind = LogicalKind::enumeration;
      return type;
    case ConvertedType::decimal:
      type.kind = LogicalKind::decimal;
      type.precision = element.precision.value_or(0);
      type.scale = element.scale.value_or(0);
      return type;
    case ConvertedType::date:
      type.kind = LogicalKind::date;
      return type;
    case ConvertedType::json:
      type.kind = LogicalKind::json;
      return type;
    case ConvertedType::bson:
      type.kind = LogicalKind::bson;
      return type;
    case ConvertedType::time_millis:
    case ConvertedType::time_micros:
    case ConvertedType::timestamp_millis:
    case ConvertedType::timestamp_micros: {
      const ConvertedType converted = *element.converted_type;
      const bool is_time =
          converted == ConvertedType::time_millis || converted == ConvertedType::time_micros;
      const bool is_millis =
          converted == ConvertedType::time_millis || converted == ConvertedType::timestamp_millis;
      type.kind = is_time ? LogicalKind::time : LogicalKind::timestamp;
      type.is_adjusted_to_utc = true;
      type.unit = is_millis ? TimeUnit::millis : TimeUnit::micros;
      return type;
    }
    default:
      break;
  }
  const auto number = static_cast<std::int32_t>(*element.converted_type);
  const auto first = static_cast<std::int32_t>(ConvertedType::uint_8);
  const auto last = static_cast<std::int32_t>(ConvertedType::int_64);
  if (number < first || number > last) {
    return std::nullopt;
  }
  type.kind = LogicalKind::integer;
  type.bit_width = static_cast<std::int8_t>(8 << ((number - first) % 4));
  type.is_signed = number - first >= 4;
  return type;
}

std::optional<LogicalType> logical_of(const SchemaElement& element) {
  return element.logical_type && element.logical_type->kind != LogicalKind::unknown
             ? element.logical_type
             : from_converted(element);
}

std::string hexadecimal(ByteView value) {
  std::string out = "0x";
  for (char c : value) {
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string quoted(ByteView value) {
  std::string out = "\"";
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::int64_t floor_remainder(std::int64_t value, std::int64_t by) {
  return value % by + (value % by < 0 ? by : 0);
}

std::string date_text(std::int64_t days) {
  // Years of four digits only: beyond them a count of days says more.
  constexpr std::int64_t first_day = -719'528;  // 0000-01-01
  constexpr std::int64_t last_day = 2'932'896;  // 9999-12-31
  if (days < first_day || days > last_day) {
    return fmt::format("day {}", days);
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string clock_text(std::int64_t ticks, TimeUnit unit) {
  const std::int64_t per_second = ticks_a_second(unit);
  const std::int64_t seconds = floor_divide(ticks, per_second);
  const std::int64_t fraction = floor_remainder(ticks, per_second);
  const int digits = unit == TimeUnit::millis ? 3 : unit == TimeUnit::micros ? 6 : 9;
  return fmt::format("{:02}:{:02}:{:02}.{:0{}}",
                     seconds / 3600,
                     seconds / 60 % 60,
                     seconds % 60,
                     fraction,
                     digits);
}

std::string timestamp_text(std::int64_t ticks, TimeUnit unit, bool is_utc) {
  const std::int64_t per_day = ticks_a_second(unit) * day_seconds;
  const std::int64_t days = floor_divide(ticks, per_day);
  return fmt::format("{}T{}{}",
                     date_text(days),
                     clock_text(floor_remainder(ticks, per_day), unit),
                     is_utc ? "Z" : "");
}

std::string int96_text(ByteView value) {
  const auto nanos = load_le<std::int64_t>(value.data());
  const auto julian_day = load_le<std::int32_t>(value.data() + sizeof(nanos));
  if (nanos < 0 || nanos >= day_seconds * nanos_a_second) {
    return hexadecimal(value);
  }
  return fmt::format("{}T{}",
                     date_text(std::int64_t{julian_day} - julian_day_of_1970),
                     clock_text(nanos, TimeUnit::nanos));
}

// `digits` of an unscaled decimal with the point where the scale puts it.
std::string with_point(std::string digits, bool is_negative, std::int32_t scale) {
  constexpr std::int32_t scale_max = 100;
  if (scale > 0 && scale <= scale_max) {
    const auto after = static_cast<std::size_t>(scale);
    if (digits.size() <= after) {
      digits.insert(0, after + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - after, ".");
  }
  return (is_negative ? "-" : "") + digits;
}

// Big endian two's complement of at most 16 bytes.
std::string decimal_text(ByteView value, std::int32_t scale) {
  __extension__ using Wide = unsigned __int128;
  Wide number = (static_cast<unsigned char>(value[0]) & 0x80) != 0 ? ~Wide{0} : Wide{0};
  for (char c : value) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  const bool is_negative = (number >> 127) != 0;
  number = is_negative ? ~number + 1 : number;
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  return with_point(digits, is_negative, scale);
}

std::string integer_text(std::int64_t value, const std::optional<LogicalType>& type, bool is_wide) {
  if (!type) {
    return fmt::to_string(value);
  }
  switch (type->kind) {
    case LogicalKind::decimal:
      return with_point(fmt::to_string(value < 0 ? 0 - static_cast<std::uint64_t>(value)
                                                 : static_cast<std::uint64_t>(value)),
                        value < 0,
                        type->scale);
    case LogicalKind::date:
      return date_text(value);
    case LogicalKind::time:
      return clock_text(value, type->unit);
    case LogicalKind::timestamp:
      return timestamp_text(value, type->unit, type->is_adjusted_to_utc);
    case LogicalKind::integer:
      if (!type->is_signed) {
        return is_wide ? fmt::to_string(static_cast<std::uint64_t>(value))
                       : fmt::to_string(static_cast<std::uint32_t>(value));
      }
      return fmt::to_string(value);
    default:
      return fmt::to_string(value);
  }
}

std::string bytes_text(ByteView value, const std::optional<LogicalType>& type) {
  constexpr std::size_t decimal_bytes_max = 16;
  const bool is_text =
      type && (type->kind == LogicalKind::string || type->kind == LogicalKind::json ||
               type->kind == LogicalKind::enumeration);
  if (is_text && is_utf8(value)) {
    return quoted(value);
  }
  if (type && type->kind == LogicalKind::decimal && !value.empty() &&
      value.size() <= decimal_bytes_max) {
    return decimal_text(value, type->scale);
  }
  return hexadecimal(value);
}

std::size_t fixed_width(PhysicalType type) {
  switch (type) {
    case PhysicalType::boolean:
      return 1;
    case PhysicalType::int32:
    case PhysicalType::float32:
      return 4;
    case PhysicalType::int64:
    case PhysicalType::float64:
      return 8;
    case PhysicalType::int96:
      return int96_bytes;
    case PhysicalType::byte_array:
    case PhysicalType::fixed_len_byte_array:
      break;
  }
  return 0;
}

}  // namespace

std::string type_text(const SchemaElement& element) {
  const std::optional<LogicalType> type = logical_of(element);
  if (!type) {
    return element.type ? lower(to_string(*element.type)) : "group";
  }
  switch (type->kind) {
    case LogicalKind::string:
      return "string";
    case LogicalKind::map:
      return "map";
    case LogicalKind::list:
      return "list";
    case LogicalKind::enumeration:
      return "enum";
    case LogicalKind::decimal:
      return fmt::format("decimal({},{})", type->precision, type->scale);
    case LogicalKind::date:
      return "date";
    case LogicalKind::time:
    case LogicalKind::timestamp:
      return fmt::format("{}({}{})",
                         type->kind == LogicalKind::time ? "time" : "timestamp",
                         unit_name(type->unit),
                         type->is_adjusted_to_utc ? ", UTC" : "");
    case LogicalKind::integer:
      return fmt::format("{}int{}", type->is_signed ? "" : "u", static_cast<int>(type->bit_width));
    case LogicalKind::null:
      return "null";
    case LogicalKind::json:
      return "json";
    case LogicalKind::bson:
      return "bson";
    case LogicalKind::uuid:
      return "uuid";
    case LogicalKind::float16:
      return "float16";
    case LogicalKind::unknown:
      break;
  }
  SLUICE_CHECK(false && "an unknown annotation is none");
  return {};
}

std::string value_text(const SchemaElement& element, ByteView value) {
  const PhysicalType physical = element.type.value_or(PhysicalType::byte_array);
  const std::size_t width = fixed_width(physical);
  if (width > 0 && value.size() != width) {
    return hexadecimal(value);
  }
  const std::optional<LogicalType> type = logical_of(element);
  switch (physical) {
    case PhysicalType::boolean:
      return value[0] != 0 ? "true" : "false";
    case PhysicalType::int32:
      return integer_text(load_le<std::int32_t>(value.data()), type, false);
    case PhysicalType::int64:
      return integer_text(load_le<std::int64_t>(value.data()), type, true);
    case PhysicalType::int96:
      return int96_text(value);
    case PhysicalType::float32:
      return fmt::to_string(std::bit_cast<float>(load_le<std::uint32_t>(value.data())));
    case PhysicalType::float64:
      return fmt::to_string(std::bit_cast<double>(load_le<std::uint64_t>(value.data())));
    case PhysicalType::byte_array:
    case PhysicalType::fixed_len_byte_array:
      break;
  }
  return bytes_text(value, type);
}

}  // namespace sluice::parquet
