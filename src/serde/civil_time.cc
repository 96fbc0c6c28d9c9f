// Dates and times of day as OpenX reads them.
#include "serde/civil_time.h"

#include <chrono>

namespace sluice::serde {

namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t seconds_per_minute = 60;
constexpr std::int64_t seconds_per_hour = 3600;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr int fraction_digits_max = 9;
constexpr int micros_digits = 6;
constexpr int offset_hours_max = 18;  // java.time's bound

// Takes pieces off the front of a text; every step says whether it could.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  // `least` to `most` digits, as many as there are.
  bool digits(std::size_t least, std::size_t most, int& value) {
    value = 0;
    std::size_t count = 0;
    while (count < most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      value = value * 10 + (rest_[count] - '0');
      ++count;
    }
    rest_.remove_prefix(count);
    return count >= least;
  }

  // Digits behind a point, as microseconds; more than nine are an error.
  bool fraction(int& micros) {
    micros = 0;
    int count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) {
      if (count < micros_digits) {
        micros = micros * 10 + (rest_.front() - '0');
      }
      rest_.remove_prefix(1);
    }
    for (int missing = count; missing < micros_digits; ++missing) {
      micros *= 10;
    }
    return count >= 1 && count <= fraction_digits_max;
  }

 private:
  std::string_view rest_;
};

std::optional<std::int32_t> days_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || !date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date).time_since_epoch().count();
}

struct Moment {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// yyyy-MM-ddTHH:mm:ss
constexpr std::size_t strict_bytes = 19;

// Every digit has its place, so all are read at once and judged at the end.
bool read_strict(std::string_view text, Moment& moment) {
  unsigned wrong = 0;
  const auto digit = [&](std::size_t index) {
    const auto value = static_cast<unsigned>(static_cast<unsigned char>(text[index])) - '0';
    wrong |= value > 9 ? 1U : 0U;
    return static_cast<int>(value);
  };
  const auto pair = [&](std::size_t index) { return digit(index) * 10 + digit(index + 1); };
  const bool is_punctuated =
      text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
  if (!is_punctuated) {
    return false;
  }
  moment = {pair(0) * 100 + pair(2), pair(5), pair(8), pair(11), pair(14), pair(17)};
  return wrong == 0;
}

bool read_lenient(Cursor& cursor, Moment& moment) {
  return cursor.digits(4, 4, moment.year) && cursor.take('-') &&
         cursor.digits(1, 2, moment.month) && cursor.take('-') && cursor.digits(1, 2, moment.day) &&
         cursor.take(' ') && cursor.digits(1, 2, moment.hour) && cursor.take(':') &&
         cursor.digits(1, 2, moment.minute) && cursor.take(':') &&
         cursor.digits(1, 2, moment.second);
}

// "Z", "+hh:mm", "+hhmm" or nothing, as seconds east of Greenwich.
bool take_zone(Cursor& cursor, std::int64_t& offset_seconds) {
  offset_seconds = 0;
  if (cursor.at_end() || cursor.take('Z')) {
    return cursor.at_end();
  }
  const bool is_west = cursor.take('-');
  if (!is_west && !cursor.take('+')) {
    return false;
  }
  int hours = 0;
  int minutes = 0;
  if (!cursor.digits(2, 2, hours)) {
    return false;
  }
  cursor.take(':');
  if (!cursor.digits(2, 2, minutes) || !cursor.at_end() || minutes >= 60 ||
      hours > offset_hours_max || (hours == offset_hours_max && minutes > 0)) {
    return false;
  }
  offset_seconds = hours * seconds_per_hour + minutes * seconds_per_minute;
  offset_seconds = is_west ? -offset_seconds : offset_seconds;
  return true;
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  Cursor cursor(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!(cursor.digits(4, 4, year) && cursor.take('-') && cursor.digits(1, 2, month) &&
        cursor.take('-') && cursor.digits(1, 2, day) && cursor.at_end())) {
    return std::nullopt;
  }
  return days_of(year, month, day);
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  Moment moment;
  Cursor cursor(text);
  const bool is_strict = text.size() >= strict_bytes && text[10] == 'T';
  if (is_strict ? !read_strict(text, moment) : !read_lenient(cursor, moment)) {
    return std::nullopt;
  }
  if (is_strict) {
    cursor = Cursor(text.substr(strict_bytes));
  }
  int micros = 0;
  if (cursor.take('.') && !cursor.fraction(micros)) {
    return std::nullopt;
  }
  std::int64_t offset_seconds = 0;
  const auto days = days_of(moment.year, moment.month, moment.day);
  if (!days || moment.hour > 23 || moment.minute > 59 || moment.second > 59 ||
      !take_zone(cursor, offset_seconds)) {
    return std::nullopt;
  }
  const std::int64_t seconds = *days * seconds_per_day + moment.hour * seconds_per_hour +
                               moment.minute * seconds_per_minute + moment.second - offset_seconds;
  const std::int64_t value = seconds * micros_per_second + micros;
  if (value < timestamp_micros_min || value > timestamp_micros_max) {
    return std::nullopt;
  }
  return value;
}

}  // namespace sluice::serde
