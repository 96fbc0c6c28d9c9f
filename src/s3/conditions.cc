// Judges conditional requests; reads the dates in them.
#include "s3/conditions.h"

#include <array>
#include <chrono>

namespace sluice::s3 {
namespace {

using std::chrono::seconds;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// One entity tag of a list.
struct Tag {
  std::string_view value;  // without quotes
  bool is_weak = false;
};

// Takes the first tag off the list.  Tags without quotes are taken up to the next comma: S3 clients
// send them so.
Tag take_tag(std::string_view& list) {
  Tag tag;
  if (list.starts_with("W/")) {
    tag.is_weak = true;
    list.remove_prefix(2);
  }
  if (list.starts_with('"')) {
    list.remove_prefix(1);
    const std::size_t quote = list.find('"');
    tag.value = list.substr(0, quote);
    list.remove_prefix(quote == std::string_view::npos ? list.size() : quote + 1);
  } else {
    tag.value = trim(list.substr(0, list.find(',')));
  }
  const std::size_t comma = list.find(',');
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return tag;
}

constexpr std::array<std::string_view, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Walks over a date; once something does not fit, nothing does any more.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  void skip(std::string_view expected) {
    is_broken_ = is_broken_ || !text_.starts_with(expected);
    text_.remove_prefix(is_broken_ ? 0 : expected.size());
  }

  // Up to and including `separator`.
  void skip_word(std::string_view separator) {
    const std::size_t found = text_.find(separator);
    is_broken_ = is_broken_ || found == std::string_view::npos;
    text_.remove_prefix(is_broken_ ? 0 : found + separator.size());
  }

  // Exactly this many digits; a leading blank counts as a zero where `pads_with_blank`.
  unsigned number(std::size_t digits, bool pads_with_blank = false) {
    if (is_broken_ || text_.size() < digits) {
      is_broken_ = true;
      return 0;
    }
    unsigned value = 0;
    for (std::size_t index = 0; index < digits; ++index) {
      char c = text_[index];
      c = pads_with_blank && index == 0 && c == ' ' ? '0' : c;
      is_broken_ = is_broken_ || c < '0' || c > '9';
      value = is_broken_ ? 0 : value * 10 + static_cast<unsigned>(c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  unsigned month() {
    for (unsigned index = 0; index < months.size(); ++index) {
      if (!is_broken_ && text_.starts_with(months[index])) {
        text_.remove_prefix(months[index].size());
        return index + 1;
      }
    }
    is_broken_ = true;
    return 1;
  }

  seconds time_of_day() {
    const unsigned hour = number(2);
    skip(":");
    const unsigned minute = number(2);
    skip(":");
    const unsigned second = number(2);
    // 60 is a leap second.
    is_broken_ = is_broken_ || hour > 23 || minute > 59 || second > 60;
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
  }

  bool is_done() const { return !is_broken_ && text_.empty(); }

 private:
  std::string_view text_;
  bool is_broken_ = false;
};

struct Date {
  unsigned year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  seconds time{0};
};

std::optional<UnixMillis> to_time(const Date& date) {
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(date.year)),
                                        std::chrono::month(date.month),
                                        std::chrono::day(date.day)};
  if (!day.ok()) {
    return std::nullopt;
  }
  return UnixMillis(std::chrono::sys_days(day).time_since_epoch() + date.time);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<UnixMillis> read_fixed_date(std::string_view text) {
  DateReader reader(text);
  Date date;
  reader.skip_word(", ");
  date.day = reader.number(2);
  reader.skip(" ");
  date.month = reader.month();
  reader.skip(" ");
  date.year = reader.number(4);
  reader.skip(" ");
  date.time = reader.time_of_day();
  reader.skip(" GMT");
  return reader.is_done() ? to_time(date) : std::nullopt;
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<UnixMillis> read_rfc850_date(std::string_view text) {
  constexpr unsigned first_year_of_the_1900s = 70;
  DateReader reader(text);
  Date date;
  reader.skip_word(", ");
  date.day = reader.number(2);
  reader.skip("-");
  date.month = reader.month();
  reader.skip("-");
  const unsigned year = reader.number(2);
  date.year = year >= first_year_of_the_1900s ? 1900 + year : 2000 + year;
  reader.skip(" ");
  date.time = reader.time_of_day();
  reader.skip(" GMT");
  return reader.is_done() ? to_time(date) : std::nullopt;
}

// "Sun Nov  6 08:49:37 1994"
std::optional<UnixMillis> read_asctime_date(std::string_view text) {
  DateReader reader(text);
  Date date;
  reader.skip_word(" ");
  date.month = reader.month();
  reader.skip(" ");
  date.day = reader.number(2, true);
  reader.skip(" ");
  date.time = reader.time_of_day();
  reader.skip(" ");
  date.year = reader.number(4);
  return reader.is_done() ? to_time(date) : std::nullopt;
}

// Whether the object changed after the date in the header; std::nullopt when there is no readable
// date.
std::optional<bool> is_modified_since(const std::optional<std::string>& header,
                                      UnixMillis modified) {
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (!date) {
    return std::nullopt;
  }
  return std::chrono::floor<seconds>(modified) > std::chrono::floor<seconds>(*date);
}

}  // namespace

bool names_etag(std::string_view list, std::string_view etag, bool allow_weak) {
  list = trim(list);
  if (list == "*") {
    return true;
  }
  while (!list.empty()) {
    const Tag tag = take_tag(list);
    list = trim(list);
    if (tag.value == etag && (allow_weak || !tag.is_weak)) {
      return true;
    }
  }
  return false;
}

Verdict judge_read(const Conditions& conditions, std::string_view etag, UnixMillis modified) {
  if (conditions.if_match) {
    if (!names_etag(*conditions.if_match, etag, false)) {
      return Verdict::precondition_failed;
    }
  } else if (is_modified_since(conditions.if_unmodified_since, modified).value_or(false)) {
    return Verdict::precondition_failed;
  }
  if (conditions.if_none_match) {
    if (names_etag(*conditions.if_none_match, etag, true)) {
      return Verdict::not_modified;
    }
  } else if (!is_modified_since(conditions.if_modified_since, modified).value_or(true)) {
    return Verdict::not_modified;
  }
  return Verdict::proceed;
}

Verdict judge_write(const Conditions& conditions, const std::optional<std::string>& etag) {
  if (conditions.if_match && (!etag || !names_etag(*conditions.if_match, *etag, false))) {
    return Verdict::precondition_failed;
  }
  if (conditions.if_none_match && etag && names_etag(*conditions.if_none_match, *etag, true)) {
    return Verdict::precondition_failed;
  }
  return Verdict::proceed;
}

std::optional<UnixMillis> parse_http_date(std::string_view text) {
  text = trim(text);
  if (const auto fixed = read_fixed_date(text)) {
    return fixed;
  }
  if (const auto rfc850 = read_rfc850_date(text)) {
    return rfc850;
  }
  return read_asctime_date(text);
}

}  // namespace sluice::s3
