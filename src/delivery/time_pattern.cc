#include "delivery/time_pattern.h"

#include "base/check.h"
#include "delivery/zone_names.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace sluice::delivery {

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
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 4> quarter_names = {
    "1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
constexpr std::size_t abbreviation_characters = 3;

// Java's bound on the width of a number.
constexpr std::size_t number_width_max = 19;

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// How often a letter may stand in a row; 0 for letters that mean nothing here.
constexpr std::size_t count_max(char letter) {
  switch (letter) {
    case 'y':
    case 'u':
    case 'Y':
    case 'n':
    case 'N':
    case 'A':
      return number_width_max;
    case 'S':
      return 9;
    case 'G':
    case 'M':
    case 'L':
    case 'E':
    case 'e':
    case 'c':
    case 'Q':
    case 'q':
    case 'X':
    case 'x':
    case 'Z':
      return 5;
    case 'O':
    case 'z':
      return 4;
    case 'D':
      return 3;
    case 'd':
    case 'H':
    case 'k':
    case 'K':
    case 'h':
    case 'm':
    case 's':
    case 'w':
    case 'V':
      return 2;
    case 'a':
    case 'W':
      return 1;
    default:
      return 0;
  }
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  fmt::format_to(std::back_inserter(out), "{:0{}}", value, width + (value < 0 ? 1 : 0));
}

// Two letters: the last two digits.  Four and more: wider years get a plus.
void append_year(std::string& out, std::int64_t year, std::size_t count) {
  if (count == 2) {
    append_padded(out, (year < 0 ? -year : year) % 100, 2);
    return;
  }
  const std::size_t before = out.size();
  append_padded(out, year, count);
  if (count >= 4 && year >= 0 && out.size() - before > count) {
    out.insert(before, 1, '+');
  }
}

// Numbers for one and two letters, then the abbreviation, the name, and its first letter.
void append_name(std::string& out, std::string_view name, std::size_t count) {
  SLUICE_CHECK(count >= 3);
  switch (count) {
    case 3:
      out += name.substr(0, abbreviation_characters);
      break;
    case 4:
      out += name;
      break;
    default:
      out += name.front();
  }
}

void append_quarter(std::string& out, const LocalTime& time, std::size_t count) {
  const std::int32_t quarter = (time.month - 1) / 3 + 1;
  if (count == 3) {
    out += 'Q';
  }
  if (count == 4) {
    out += quarter_names[static_cast<std::size_t>(quarter - 1)];
  } else {
    append_padded(out, quarter, count == 2 ? 2 : 1);
  }
}

// Which week a day lies in when weeks begin on Sunday and the first is the one with day 1.
constexpr std::int32_t week_of(std::int32_t day, std::int32_t day_of_week) {
  // The days from the Sunday on or before day 1 to `day`.
  const std::int32_t first_weekday = ((day_of_week - (day - 1)) % 7 + 7) % 7;
  return (first_weekday + day - 1) / 7 + 1;
}

constexpr bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// The last days of December belong to the week of 1 January, and so to the next year.
bool is_in_week_of_next_year(const LocalTime& time) {
  const std::int32_t days_left = (is_leap(time.year) ? 366 : 365) - time.day_of_year;
  const std::int32_t days_left_in_week = 6 - time.day_of_week;
  return days_left < days_left_in_week;
}

std::int64_t week_based_year(const LocalTime& time) {
  return time.year + (is_in_week_of_next_year(time) ? 1 : 0);
}

std::int32_t week_of_year(const LocalTime& time) {
  return is_in_week_of_next_year(time) ? 1 : week_of(time.day_of_year, time.day_of_week);
}

enum class ZeroOffset : std::uint8_t { as_digits, as_z };

// ISO 8601 offsets, letters X, x and Z.  Forms 1: +05 or +0530, 2: +0530, 3: +05:30, 4 and 5: as 2
// and 3, with seconds where there are any.
void append_offset(std::string& out, std::int32_t offset_s, std::size_t form, ZeroOffset zero) {
  const std::int32_t size = offset_s < 0 ? -offset_s : offset_s;
  const std::int32_t hours = size / 3600;
  const std::int32_t minutes = size / 60 % 60;
  const std::int32_t seconds = size % 60;
  const bool has_minutes = form > 1 || minutes != 0;
  const bool has_seconds = form >= 4 && seconds != 0;
  const bool prints_zero = hours == 0 && (!has_minutes || minutes == 0) && !has_seconds;
  if (prints_zero && zero == ZeroOffset::as_z) {
    out += 'Z';
    return;
  }
  const std::string_view colon = form == 3 || form == 5 ? ":" : "";
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{}{:02}", offset_s < 0 && !prints_zero ? '-' : '+', hours);
  if (has_minutes) {
    fmt::format_to(to, "{}{:02}", colon, minutes);
  }
  if (has_seconds) {
    fmt::format_to(to, "{}{:02}", colon, seconds);
  }
}

// "GMT+5:30", "GMT-3", "GMT": letter O.
void append_short_gmt(std::string& out, std::int32_t offset_s) {
  out += "GMT";
  if (offset_s == 0) {
    return;
  }
  const std::int32_t size = offset_s < 0 ? -offset_s : offset_s;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{}{}", offset_s < 0 ? '-' : '+', size / 3600);
  if (size % 3600 != 0) {
    fmt::format_to(to, ":{:02}", size / 60 % 60);
  }
  if (size % 60 != 0) {
    fmt::format_to(to, ":{:02}", size % 60);
  }
}

void append_era(std::string& out, std::int64_t year, std::size_t count) {
  const bool is_after = year > 0;
  switch (count) {
    case 4:
      out += is_after ? "Anno Domini" : "Before Christ";
      break;
    case 5:
      out += is_after ? "A" : "B";
      break;
    default:
      out += is_after ? "AD" : "BC";
  }
}

std::int64_t millis_of_day(const LocalTime& time) {
  return ((time.hour * 60 + time.minute) * 60 + time.second) * std::int64_t{1000} +
         time.millisecond;
}

constexpr std::int64_t nanos_per_milli = 1'000'000;

void append_fraction(std::string& out, const LocalTime& time, std::size_t count) {
  const std::string nanos = fmt::format("{:09}", time.millisecond * nanos_per_milli);
  out.append(nanos, 0, count);
}

// Letters of the calendar date; false when `letter` is none.
bool append_date(std::string& out, const LocalTime& time, char letter, std::size_t count) {
  switch (letter) {
    case 'y':
      append_year(out, time.year > 0 ? time.year : 1 - time.year, count);
      return true;
    case 'u':
      append_year(out, time.year, count);
      return true;
    case 'Y':
      append_year(out, week_based_year(time), count);
      return true;
    case 'M':
    case 'L':
      if (count > 2) {
        append_name(out, month_names[static_cast<std::size_t>(time.month - 1)], count);
      } else {
        append_padded(out, time.month, count);
      }
      return true;
    case 'd':
      append_padded(out, time.day, count);
      return true;
    case 'D':
      append_padded(out, time.day_of_year, count);
      return true;
    case 'E':
    case 'e':
    case 'c':
      if (count > 2 || letter == 'E') {
        append_name(out,
                    day_names[static_cast<std::size_t>(time.day_of_week)],
                    std::max(count, abbreviation_characters));
      } else {
        append_padded(out, time.day_of_week + 1, count);
      }
      return true;
    case 'Q':
    case 'q':
      append_quarter(out, time, count);
      return true;
    case 'w':
      append_padded(out, week_of_year(time), count);
      return true;
    case 'W':
      append_padded(out, week_of(time.day, time.day_of_week), count);
      return true;
    case 'G':
      append_era(out, time.year, count);
      return true;
    default:
      return false;
  }
}

// Letters of the time of day; false when `letter` is none.
bool append_time(std::string& out, const LocalTime& time, char letter, std::size_t count) {
  switch (letter) {
    case 'H':
      append_padded(out, time.hour, count);
      return true;
    case 'k':
      append_padded(out, time.hour == 0 ? 24 : time.hour, count);
      return true;
    case 'K':
      append_padded(out, time.hour % 12, count);
      return true;
    case 'h':
      append_padded(out, time.hour % 12 == 0 ? 12 : time.hour % 12, count);
      return true;
    case 'm':
      append_padded(out, time.minute, count);
      return true;
    case 's':
      append_padded(out, time.second, count);
      return true;
    case 'S':
      append_fraction(out, time, count);
      return true;
    case 'n':
      append_padded(out, time.millisecond * nanos_per_milli, count);
      return true;
    case 'N':
      append_padded(out, millis_of_day(time) * nanos_per_milli, count);
      return true;
    case 'A':
      append_padded(out, millis_of_day(time), count);
      return true;
    case 'a':
      out += time.hour < 12 ? "AM" : "PM";
      return true;
    default:
      return false;
  }
}

// Letters of the zone; false when `letter` is none.
bool append_zone(
    std::string& out, const LocalTime& time, const TimeZone& zone, char letter, std::size_t count) {
  switch (letter) {
    case 'X':
      append_offset(out, time.offset_s, count, ZeroOffset::as_z);
      return true;
    case 'x':
      append_offset(out, time.offset_s, count, ZeroOffset::as_digits);
      return true;
    case 'Z':
      if (count == 4) {
        out += localized_offset(time.offset_s);
      } else if (count == 5) {
        append_offset(out, time.offset_s, 5, ZeroOffset::as_z);
      } else {
        append_offset(out, time.offset_s, 2, ZeroOffset::as_digits);
      }
      return true;
    case 'O':
      if (count == 4) {
        out += localized_offset(time.offset_s);
      } else {
        append_short_gmt(out, time.offset_s);
      }
      return true;
    case 'V':
      out += zone.name();
      return true;
    case 'z':
      out += count == 4 ? long_zone_name(time, zone) : short_zone_name(time);
      return true;
    default:
      return false;
  }
}

std::string at_position(std::string_view problem, std::size_t position) {
  return fmt::format("{} at position {} of the time pattern", problem, position + 1);
}

}  // namespace

void TimePattern::add_literal(std::string_view text) {
  if (text.empty()) {
    return;
  }
  if (pieces_.empty() || pieces_.back().letter != 0) {
    pieces_.emplace_back();
  }
  pieces_.back().literal += text;
}

Result<void> TimePattern::add_field(char letter, std::size_t count, std::size_t position) {
  const std::size_t max = count_max(letter);
  if (max == 0) {
    return fail(
        Fault::invalid,
        at_position(fmt::format("unknown letter '{}' (text stands in single quotes)", letter),
                    position));
  }
  const bool is_count_good = count <= max && (letter != 'V' || count == 2) &&
                             (letter != 'O' || count == 1 || count == 4) &&
                             (letter != 'c' || count != 2);
  if (!is_count_good) {
    return fail(Fault::invalid,
                at_position(fmt::format("letter '{}' may not stand {} {}",
                                        letter,
                                        count,
                                        count == 1 ? "time" : "times in a row"),
                            position));
  }
  pieces_.push_back({letter, static_cast<std::uint8_t>(count), {}});
  return {};
}

// Inside quotes, two quotes in a row are one; an empty pair of quotes is a quote as well.
Result<std::size_t> TimePattern::add_quoted(std::string_view text, std::size_t start) {
  std::string literal;
  for (std::size_t at = start + 1;;) {
    const std::size_t quote = text.find('\'', at);
    if (quote == std::string_view::npos) {
      return fail(Fault::invalid, at_position("unclosed quote", start));
    }
    literal += text.substr(at, quote - at);
    const bool is_doubled = quote + 1 < text.size() && text[quote + 1] == '\'';
    if (!is_doubled) {
      add_literal(literal.empty() ? "'" : literal);
      return quote + 1;
    }
    literal += '\'';
    at = quote + 2;
  }
}

Result<TimePattern> TimePattern::parse(std::string_view text) {
  TimePattern pattern;
  std::size_t open_sections = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_letter(c)) {
      std::size_t end = text.find_first_not_of(c, at);
      end = end == std::string_view::npos ? text.size() : end;
      SLUICE_TRY_DO(pattern.add_field(c, end - at, at));
      at = end;
      continue;
    }
    switch (c) {
      case '\'': {
        SLUICE_TRY(end, pattern.add_quoted(text, at));
        at = end;
        break;
      }
      case '[':
        ++open_sections;
        ++at;
        break;
      case ']':
        if (open_sections == 0) {
          return fail(Fault::invalid, at_position("']' without a '[' before it", at));
        }
        --open_sections;
        ++at;
        break;
      case '{':
      case '}':
      case '#':
        return fail(Fault::invalid, at_position(fmt::format("reserved character '{}'", c), at));
      default:
        pattern.add_literal(text.substr(at, 1));
        ++at;
    }
  }
  return pattern;
}

void TimePattern::append_to(std::string& out, const LocalTime& time, const TimeZone& zone) const {
  for (const Piece& piece : pieces_) {
    if (piece.letter == 0) {
      out += piece.literal;
      continue;
    }
    const bool is_known = append_date(out, time, piece.letter, piece.count) ||
                          append_time(out, time, piece.letter, piece.count) ||
                          append_zone(out, time, zone, piece.letter, piece.count);
    SLUICE_CHECK(is_known);
  }
}

std::string TimePattern::format(UnixMillis instant, const TimeZone& zone) const {
  std::string out;
  append_to(out, zone.at(instant), zone);
  return out;
}

std::chrono::milliseconds TimePattern::step() const {
  std::chrono::milliseconds step = std::chrono::minutes(1);
  for (const Piece& piece : pieces_) {
    switch (piece.letter) {
      case 'S':
      case 'n':
      case 'N':
      case 'A':
        return std::chrono::milliseconds(1);
      case 's':
        step = std::chrono::seconds(1);
        break;
      default:
        break;
    }
  }
  return step;
}

}  // namespace sluice::delivery
