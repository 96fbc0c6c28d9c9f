// Timestamps by a pattern of Joda-Time.
#include "serde/joda_pattern.h"

#include "base/ascii.h"
#include "base/check.h"
#include "json/number.h"
#include "serde/civil_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace sluice::serde {

namespace {

constexpr std::array<std::string_view, 12> month_names = {"January",
                                                          "February",
                                                          "March",
                                                          "April",
                                                          "May",
                                                          "June",
                                                          "July",
                                                          "August",
                                                          "September",
                                                          "October",
                                                          "November",
                                                          "December"};
constexpr std::array<std::string_view, 7> day_names = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 2> half_names = {"AM", "PM"};
constexpr std::size_t short_name_letters = 3;

constexpr std::int64_t seconds_per_minute = 60;
constexpr std::int64_t seconds_per_hour = 3600;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::size_t micros_digits = 6;

constexpr std::size_t year_digits_max = 9;
constexpr int year_max = 9999;
constexpr int first_two_digit_year = 70;  // of 1900; smaller ones are of 2000

constexpr std::string_view millis_word = "millis";
constexpr std::string_view known_letters = "yYxMdDweEHkKhamsSzZ";

struct ZoneName {
  std::string_view name;
  int hours;  // east of Greenwich
};

// "UTC" before "UT": the longer name is looked for first.
constexpr std::array zone_names = {ZoneName{"UTC", 0},
                                   ZoneName{"GMT", 0},
                                   ZoneName{"UT", 0},
                                   ZoneName{"EST", -5},
                                   ZoneName{"EDT", -4},
                                   ZoneName{"CST", -6},
                                   ZoneName{"CDT", -5},
                                   ZoneName{"MST", -7},
                                   ZoneName{"MDT", -6},
                                   ZoneName{"PST", -8},
                                   ZoneName{"PDT", -7}};

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool starts_with_any_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::ranges::equal(text.substr(0, start.size()), start, [](char a, char b) {
           return lower(a) == lower(b);
         });
}

// Whether a field is read as digits.
bool is_number(char letter, std::size_t count) {
  return letter == 'M' ? count < 3
                       : std::string_view("EazZ").find(letter) == std::string_view::npos;
}

std::size_t digits_max_of(char letter) {
  return letter == 'D' ? 3 : letter == 'e' ? 1 : 2;
}

// A number and the bounds it must lie in.
struct Bounds {
  int least;
  int most;
};

Bounds bounds_of(char letter) {
  switch (letter) {
    case 'M':
      return {1, 12};
    case 'd':
      return {1, 31};
    case 'D':
      return {1, 366};
    case 'w':
      return {1, 53};
    case 'e':
      return {1, 7};
    case 'H':
      return {0, 23};
    case 'k':
      return {1, 24};
    case 'K':
      return {0, 11};
    case 'h':
      return {1, 12};
    default:
      SLUICE_DCHECK(letter == 'm' || letter == 's');
      return {0, 59};
  }
}

std::string at_position(std::string_view problem, std::size_t position) {
  return fmt::format("{} at position {} of the timestamp format", problem, position + 1);
}

// Milliseconds with a fraction, as Hive's own pattern "millis" takes them.
std::optional<std::int64_t> read_millis(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-')) {
    digits.remove_prefix(1);
  }
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const bool has_fraction = point != std::string_view::npos;
  const std::string_view fraction = has_fraction ? digits.substr(point + 1) : std::string_view();
  if (whole.empty() || !std::ranges::all_of(whole, is_digit) ||
      (has_fraction && fraction.empty()) || !std::ranges::all_of(fraction, is_digit)) {
    return std::nullopt;
  }
  const auto micros = json::scale_decimal(text, 3, json::Rounding::toward_zero);
  if (!micros || micros->magnitude > static_cast<UInt128>(timestamp_micros_max)) {
    return std::nullopt;
  }
  const auto magnitude = static_cast<std::int64_t>(micros->magnitude);
  const std::int64_t value = micros->is_negative ? -magnitude : magnitude;
  return value < timestamp_micros_min ? std::nullopt : std::optional(value);
}

}  // namespace

// What a text gave; 0 where that means absent.
struct JodaPattern::Fields {
  int year = 0;
  int week_year = 0;
  int month = 0;
  int day = 0;
  int day_of_year = 0;
  int week = 0;
  int day_of_week = 0;
  std::optional<int> hour;
  int half_hour = 0;  // of half a day, 0 to 11
  int half = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  std::int64_t offset_s = 0;

  // Days since 1970-01-01; std::nullopt for a date that does not exist.
  std::optional<std::int64_t> days() const;
  std::optional<std::int64_t> micros_since_epoch() const;
};

std::optional<std::int64_t> JodaPattern::Fields::days() const {
  namespace ch = std::chrono;
  const int calendar_year = year == 0 ? 1970 : year;
  if (week != 0 || week_year != 0) {
    const int base = week_year != 0 ? week_year : calendar_year;
    // 4 January is in week 1, and a week belongs to the year of its Thursday.
    const ch::sys_days fourth = ch::year(base) / ch::January / 4;
    const ch::sys_days monday = fourth - ch::days(ch::weekday(fourth).iso_encoding() - 1U) +
                                ch::weeks(std::max(week, 1) - 1);
    const ch::year_month_day thursday = monday + ch::days(3);
    constexpr int epoch_day_of_week = 4;
    const ch::sys_days date =
        monday + ch::days((day_of_week == 0 ? epoch_day_of_week : day_of_week) - 1);
    return thursday.year() == ch::year(base) ? std::optional(date.time_since_epoch().count())
                                             : std::nullopt;
  }
  ch::sys_days date;
  if (day_of_year != 0) {
    date = ch::sys_days(ch::year(calendar_year) / ch::January / 1) + ch::days(day_of_year - 1);
    if (ch::year_month_day(date).year() != ch::year(calendar_year)) {
      return std::nullopt;
    }
  } else {
    const ch::year_month_day given{ch::year(calendar_year),
                                   ch::month(static_cast<unsigned>(std::max(month, 1))),
                                   ch::day(static_cast<unsigned>(std::max(day, 1)))};
    if (!given.ok()) {
      return std::nullopt;
    }
    date = given;
  }
  if (day_of_week != 0 && ch::weekday(date).iso_encoding() != static_cast<unsigned>(day_of_week)) {
    return std::nullopt;
  }
  return date.time_since_epoch().count();
}

std::optional<std::int64_t> JodaPattern::Fields::micros_since_epoch() const {
  const auto whole_days = days();
  if (!whole_days) {
    return std::nullopt;
  }
  const int hour_of_day = hour.value_or(half * 12 + half_hour);
  const std::int64_t seconds = *whole_days * seconds_per_day + hour_of_day * seconds_per_hour +
                               minute * seconds_per_minute + second - offset_s;
  const std::int64_t value = seconds * micros_per_second + micros;
  return value < timestamp_micros_min || value > timestamp_micros_max ? std::nullopt
                                                                      : std::optional(value);
}

// Takes one field after the other off the front of a text.
class JodaPattern::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take_literal(std::string_view literal) {
    if (!starts_with_any_case(rest_, literal)) {
      return false;
    }
    rest_.remove_prefix(literal.size());
    return true;
  }

  bool take(const Piece& piece, Fields& fields) {
    switch (piece.letter) {
      case 'y':
      case 'Y':
        return year(piece, fields.year);
      case 'x':
        return year(piece, fields.week_year);
      case 'E':
        return name(day_names, short_name_letters, fields.day_of_week);
      case 'a': {
        int half = 0;
        const bool is_taken = name(half_names, half_names[0].size(), half);
        fields.half = half - 1;
        return is_taken;
      }
      case 'S':
        return fraction(piece.count, fields.micros);
      case 'Z':
        return offset(fields.offset_s);
      case 'z':
        return zone_name(fields.offset_s);
      case 'M':
        return is_number('M', piece.count) ? number('M', fields.month)
                                           : name(month_names, short_name_letters, fields.month);
      default:
        return plain_number(piece.letter, fields);
    }
  }

 private:
  bool plain_number(char letter, Fields& fields) {
    int value = 0;
    if (!number(letter, value)) {
      return false;
    }
    switch (letter) {
      case 'd':
        fields.day = value;
        break;
      case 'D':
        fields.day_of_year = value;
        break;
      case 'w':
        fields.week = value;
        break;
      case 'e':
        fields.day_of_week = value;
        break;
      case 'H':
        fields.hour = value;
        break;
      case 'k':
        fields.hour = value % 24;
        break;
      case 'K':
      case 'h':
        fields.half_hour = value % 12;
        break;
      case 'm':
        fields.minute = value;
        break;
      default:
        SLUICE_CHECK(letter == 's');
        fields.second = value;
    }
    return true;
  }

  // One to `most` digits; how many there were.
  std::size_t digits(std::size_t most, int& value) {
    SLUICE_DCHECK(most <= year_digits_max);
    value = 0;
    std::size_t count = 0;
    while (count < most && count < rest_.size() && is_digit(rest_[count])) {
      value = value * 10 + (rest_[count++] - '0');
    }
    rest_.remove_prefix(count);
    return count;
  }

  bool number(char letter, int& value) {
    const Bounds bounds = bounds_of(letter);
    return digits(digits_max_of(letter), value) > 0 && value >= bounds.least &&
           value <= bounds.most;
  }

  bool year(const Piece& piece, int& value) {
    const bool has_two = piece.count == 2;
    const std::size_t most =
        piece.digits_follow ? std::min(piece.count, year_digits_max) : year_digits_max;
    const std::size_t count = digits(most, value);
    if (has_two && count == 2) {
      value += value < first_two_digit_year ? 2000 : 1900;
    } else if (has_two && piece.digits_follow) {
      return false;
    }
    return count > 0 && value >= 1 && value <= year_max;
  }

  // The place of a name in `names`, from 1.  The long form, or its first letters.
  bool name(std::span<const std::string_view> names, std::size_t short_letters, int& place) {
    for (std::size_t index = 0; index < names.size(); ++index) {
      const std::string_view full = names[index];
      if (take_literal(full) || take_literal(full.substr(0, short_letters))) {
        place = static_cast<int>(index) + 1;
        return true;
      }
    }
    return false;
  }

  bool fraction(std::size_t most, int& micros) {
    micros = 0;
    std::size_t count = 0;
    for (; count < most && count < rest_.size() && is_digit(rest_[count]); ++count) {
      micros = count < micros_digits ? micros * 10 + (rest_[count] - '0') : micros;
    }
    rest_.remove_prefix(count);
    for (std::size_t missing = count; missing < micros_digits; ++missing) {
      micros *= 10;
    }
    return count > 0;
  }

  bool offset(std::int64_t& seconds) {
    if (take_literal("Z")) {
      return true;
    }
    const bool is_west = rest_.starts_with('-');
    if (!is_west && !rest_.starts_with('+')) {
      return false;
    }
    rest_.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (digits(2, hours) != 2 || hours > 23) {
      return false;
    }
    const bool has_colon = take_literal(":");
    const bool has_minutes = has_colon || (!rest_.empty() && is_digit(rest_.front()));
    if (has_minutes && (digits(2, minutes) != 2 || minutes > 59)) {
      return false;
    }
    seconds = hours * seconds_per_hour + minutes * seconds_per_minute;
    seconds = is_west ? -seconds : seconds;
    return true;
  }

  bool zone_name(std::int64_t& seconds) {
    for (const ZoneName& zone : zone_names) {
      if (take_literal(zone.name)) {
        seconds = zone.hours * seconds_per_hour;
        return true;
      }
    }
    return false;
  }

  std::string_view rest_;
};

void JodaPattern::add_literal(std::string_view text) {
  if (pieces_.empty() || pieces_.back().letter != 0) {
    pieces_.emplace_back();
  }
  pieces_.back().literal += text;
}

Result<void> JodaPattern::add_field(char letter, std::size_t count, std::size_t position) {
  if (known_letters.find(letter) == std::string_view::npos) {
    return fail(Fault::invalid,
                at_position(fmt::format("letter '{}' is not offered (text stands in single quotes)",
                                        letter),
                            position));
  }
  if ((letter == 'Z' && count > 2) || (letter == 'z' && count > 3)) {
    return fail(
        Fault::invalid,
        at_position("zone ids and long zone names are not offered (Z is an offset)", position));
  }
  if (!pieces_.empty() && pieces_.back().letter != 0) {
    pieces_.back().digits_follow = is_number(letter, count);
  }
  pieces_.push_back({letter, count, false, {}});
  return {};
}

// Inside quotes, two quotes in a row are one; an empty pair of quotes is a quote as well.
Result<std::size_t> JodaPattern::add_quoted(std::string_view pattern, std::size_t start) {
  std::string literal;
  for (std::size_t at = start + 1;;) {
    const std::size_t quote = pattern.find('\'', at);
    if (quote == std::string_view::npos) {
      return fail(Fault::invalid, at_position("unclosed quote", start));
    }
    literal += pattern.substr(at, quote - at);
    if (quote + 1 == pattern.size() || pattern[quote + 1] != '\'') {
      add_literal(literal.empty() ? "'" : literal);
      return quote + 1;
    }
    literal += '\'';
    at = quote + 2;
  }
}

Result<JodaPattern> JodaPattern::parse(std::string_view pattern) {
  JodaPattern parsed;
  if (pattern.size() == millis_word.size() && starts_with_any_case(pattern, millis_word)) {
    parsed.is_millis_ = true;
    return parsed;
  }
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (is_letter(c)) {
      const std::size_t end = std::min(pattern.find_first_not_of(c, at), pattern.size());
      SLUICE_TRY_DO(parsed.add_field(c, end - at, at));
      at = end;
    } else if (c == '\'') {
      SLUICE_TRY(end, parsed.add_quoted(pattern, at));
      at = end;
    } else {
      parsed.add_literal(pattern.substr(at, 1));
      ++at;
    }
  }
  if (parsed.pieces_.empty()) {
    return fail(Fault::invalid, "a timestamp format must not be empty");
  }
  return parsed;
}

std::optional<std::int64_t> JodaPattern::read(std::string_view text) const {
  if (is_millis_) {
    return read_millis(text);
  }
  Reader reader(text);
  Fields fields;
  for (const Piece& piece : pieces_) {
    const bool is_taken =
        piece.letter == 0 ? reader.take_literal(piece.literal) : reader.take(piece, fields);
    if (!is_taken) {
      return std::nullopt;
    }
  }
  return reader.at_end() ? fields.micros_since_epoch() : std::nullopt;
}

}  // namespace sluice::serde
