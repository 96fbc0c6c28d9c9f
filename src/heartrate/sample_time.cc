// Times of beats as text.
#include "heartrate/sample_time.h"

#include <fmt/format.h>

namespace sluice::heartrate {
namespace {

using std::chrono::microseconds;

// Takes decimal digits off the front of `text`, exactly `count`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) {
    return std::nullopt;
  }
  int value = 0;
  for (const char digit : text.substr(0, count)) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value = value * 10 + (digit - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  const bool has_first = take(text, '-');
  const auto month = take_digits(text, 2);
  const bool has_second = take(text, '-');
  const auto day = take_digits(text, 2);
  if (!year || !has_first || !month || !has_second || !day || *year == 0) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

std::optional<microseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) {
    return microseconds(0);
  }
  constexpr std::size_t digits_max = 9;
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    ++digits;
    if (digits <= 6) {
      value = value * 10 + (text.front() - '0');
    }
  }
  if (digits == 0 || digits > digits_max) {
    return std::nullopt;
  }
  for (; digits < 6; ++digits) {
    value *= 10;
  }
  return microseconds(value);
}

std::optional<microseconds> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  const bool has_first = take(text, ':');
  const auto minute = take_digits(text, 2);
  const bool has_second = take(text, ':');
  const auto second = take_digits(text, 2);
  if (!hour || !has_first || !minute || !has_second || !second || *hour > 23 || *minute > 59 ||
      *second > 59) {
    return std::nullopt;
  }
  const auto fraction = take_fraction(text);
  if (!fraction) {
    return std::nullopt;
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         *fraction;
}

// "", "Z", "+05:30" or "-0800": what to subtract.
std::optional<microseconds> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) {
    return microseconds(0);
  }
  const bool is_west = text.front() == '-';
  if (!take(text, is_west ? '-' : '+')) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const microseconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_west ? -offset : offset;
}

}  // namespace

SampleTime system_sample_time() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string to_text(SampleTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto fraction = clock.subseconds().count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count(),
                     fraction == 0 ? std::string() : fmt::format(".{:06}", fraction));
}

std::optional<SampleTime> parse_sample_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || (!take(text, 'T') && !take(text, ' '))) {
    return std::nullopt;
  }
  const auto clock = take_clock(text);
  if (!clock) {
    return std::nullopt;
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) {
    return std::nullopt;
  }
  return *date + *clock - *offset;
}

std::string clock_text(microseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration).count();
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace sluice::heartrate
