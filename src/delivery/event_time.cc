#include "delivery/event_time.h"

#include "delivery/tag_number.h"
#include "serde/civil_time.h"
#include "serde/coerce.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace sluice::delivery {

namespace {

using json::Kind;
using json::View;

constexpr TagRange lateness_s_range = {0, 31'622'400};
constexpr std::int64_t millis_per_second = 1'000;
constexpr std::int64_t micros_per_milli = 1'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t millis_min = serde::timestamp_micros_min / micros_per_milli;
constexpr std::int64_t millis_max = serde::timestamp_micros_max / micros_per_milli;

struct FormatName {
  std::string_view name;
  EventTimeFormat format;
  std::uint64_t units_per_second;  // of the numbers; 0 for text
  std::string_view units;
};

constexpr std::array format_names = {
    FormatName{"iso", EventTimeFormat::iso, 0, ""},
    FormatName{"epoch-s", EventTimeFormat::epoch_s, 1, "seconds"},
    FormatName{"epoch-ms", EventTimeFormat::epoch_ms, 1'000, "milliseconds"},
    FormatName{"epoch-us", EventTimeFormat::epoch_us, 1'000'000, "microseconds"},
    FormatName{"epoch-ns", EventTimeFormat::epoch_ns, 1'000'000'000, "nanoseconds"},
};

Result<EventTimeFormat> format_of(const Tag& tag) {
  const auto known = std::ranges::find(format_names, tag.value, &FormatName::name);
  if (known == format_names.end()) {
    return fail(Fault::invalid,
                fmt::format("the tag {} must be 'iso', 'epoch-s', 'epoch-ms', 'epoch-us' or "
                            "'epoch-ns', not '{}'.",
                            tag.key,
                            tag.value));
  }
  return known->format;
}

Result<LateRecords> late_records_of(const Tag& tag) {
  if (tag.value == "own-object") {
    return LateRecords::own_object;
  }
  if (tag.value == "error-output") {
    return LateRecords::error_output;
  }
  return fail(
      Fault::invalid,
      fmt::format(
          "the tag {} must be 'own-object' or 'error-output', not '{}'.", tag.key, tag.value));
}

std::optional<std::int64_t> millis_of_text(std::string_view text) {
  if (const auto micros = serde::parse_timestamp(text)) {
    // Rounds down: the remainder of a time before 1970 is negative.
    return *micros / micros_per_milli - (*micros % micros_per_milli < 0 ? 1 : 0);
  }
  if (const auto day = serde::parse_date(text)) {
    return *day * seconds_per_day * millis_per_second;
  }
  return std::nullopt;
}

std::optional<std::int64_t> in_range(double millis) {
  const double cut = std::floor(millis);
  // Written so that a number that is none fails.
  const bool is_in_range =
      cut >= static_cast<double>(millis_min) && cut <= static_cast<double>(millis_max);
  return is_in_range ? std::optional(static_cast<std::int64_t>(cut)) : std::nullopt;
}

// A number with an exponent, which is rare.
std::optional<std::int64_t> millis_of_double(std::string_view text,
                                             std::uint64_t units_per_second) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return in_range(value * millis_per_second / static_cast<double>(units_per_second));
}

// "[-]digits[.digits]", to the last digit.
std::optional<std::int64_t> millis_of_number(std::string_view text,
                                             std::uint64_t units_per_second) {
  const std::string_view whole = text;
  const bool is_negative = text.starts_with('-');
  text.remove_prefix(is_negative ? 1 : 0);
  std::uint64_t units = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), units);
  if (fault != std::errc()) {
    return std::nullopt;
  }
  std::string_view decimals = text.substr(static_cast<std::size_t>(end - text.data()));
  if (decimals.find_first_of("eE") != std::string_view::npos) {
    return millis_of_double(whole, units_per_second);
  }
  if (!decimals.empty()) {
    const bool is_point = decimals.front() == '.';
    decimals.remove_prefix(1);
    if (!is_point || decimals.empty() ||
        decimals.find_first_not_of("0123456789") != std::string_view::npos) {
      return std::nullopt;
    }
  }
  std::uint64_t millis = 0;
  bool has_rest = false;
  if (units_per_second == 1) {
    if (units > static_cast<std::uint64_t>(millis_max) / millis_per_second) {
      return std::nullopt;
    }
    millis = units;
    for (int digit = 0; digit < 3; ++digit) {
      const bool is_given = !decimals.empty();
      millis = millis * 10 + static_cast<std::uint64_t>(is_given ? decimals.front() - '0' : 0);
      decimals.remove_prefix(is_given ? 1 : 0);
    }
  } else {
    const std::uint64_t units_per_milli = units_per_second / millis_per_second;
    millis = units / units_per_milli;
    has_rest = units % units_per_milli != 0;
  }
  has_rest |= decimals.find_first_not_of('0') != std::string_view::npos;
  if (millis > static_cast<std::uint64_t>(millis_max)) {
    return std::nullopt;
  }
  const auto size = static_cast<std::int64_t>(millis);
  const std::int64_t value = is_negative ? -size - (has_rest ? 1 : 0) : size;
  return value >= millis_min ? std::optional(value) : std::nullopt;
}

std::string what_is_wrong(View value, const EventTimeTags& tags, const FormatName& format) {
  if (!value.exists()) {
    return fmt::format("the field {} is missing", *tags.field);
  }
  if (!value.is(Kind::string) && !value.is(Kind::number)) {
    return fmt::format("the field {} is {}", *tags.field, [&] {
      switch (value.kind()) {
        case Kind::null:
          return "null";
        case Kind::boolean:
          return "a boolean";
        case Kind::array:
          return "an array";
        default:
          return "an object";
      }
    }());
  }
  const std::string found = value.is(Kind::string)
                                ? fmt::format("\"{}\"", serde::cut_for_message(value.text()))
                                : serde::cut_for_message(value.text());
  if (format.units_per_second > 0) {
    return fmt::format(
        "the field {} is {}, which is no number of {} since 1970 within the years 1 "
        "to 9999",
        *tags.field,
        found,
        format.units);
  }
  if (value.is(Kind::number)) {
    return fmt::format(
        "the field {} is the number {}, and the tag {} does not say of what: "
        "epoch-s, epoch-ms, epoch-us or epoch-ns",
        *tags.field,
        found,
        event_time_format_tag);
  }
  return fmt::format(
      "the field {} is {}, which is no time like 2025-07-13T21:25:19Z", *tags.field, found);
}

}  // namespace

Result<EventTimeTags> event_time_tags_of(const std::vector<Tag>& tags) {
  EventTimeTags found;
  for (const Tag& tag : tags) {
    if (tag.key == event_time_field_tag) {
      auto path = parse_field_path(tag.value);
      if (!path) {
        return fail(Fault::invalid,
                    fmt::format("the tag {} must be a path like '.at.time' or the name of a "
                                "member, not '{}': {}.",
                                tag.key,
                                tag.value,
                                path.error().message()));
      }
      found.field = tag.value;
      found.path = std::move(*path);
    } else if (tag.key == event_time_format_tag) {
      SLUICE_TRY(format, format_of(tag));
      found.format = format;
    } else if (tag.key == event_time_lateness_tag) {
      SLUICE_TRY(lateness_s, tag_number(tag, lateness_s_range));
      found.lateness = std::chrono::seconds(lateness_s);
    } else if (tag.key == event_time_late_tag) {
      SLUICE_TRY(late, late_records_of(tag));
      found.late = late;
    }
  }
  return found;
}

std::expected<UnixMillis, std::string> event_time_of(View value, const EventTimeTags& tags) {
  const FormatName& format = *std::ranges::find(
      format_names, tags.format.value_or(EventTimeFormat::iso), &FormatName::format);
  std::optional<std::int64_t> millis;
  if (format.units_per_second == 0) {
    millis = value.is(Kind::string) ? millis_of_text(value.text()) : std::nullopt;
  } else if (value.is(Kind::string) || value.is(Kind::number)) {
    millis = millis_of_number(value.text(), format.units_per_second);
  }
  if (!millis) {
    return std::unexpected(what_is_wrong(value, tags, format));
  }
  return unix_millis(*millis);
}

}  // namespace sluice::delivery
