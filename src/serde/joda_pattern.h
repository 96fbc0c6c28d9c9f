// Timestamps by a pattern of Joda-Time's DateTimeFormat, as the Hive SerDe's TimestampFormats gives
// them, and by the word "millis".
//
//   y Y   year; yy: 70 to 99 are 1970 to 1999, 00 to 69 are 2000 to 2069
//   M     month, MMM and more: its English name, short or long
//   d D   day of month, of year
//   x w e week-based year, week, day of week (Monday is 1); E: the day's English name
//   H k   hour 0-23, 1-24;  K h  hour 0-11, 1-12, with a: AM or PM
//   m s   minute, second;  S  fraction of a second, at most as many digits as letters
//   Z ZZ  offset: Z, +hh, +hhmm, +hh:mm;  z  UT, UTC, GMT, EST, EDT, CST, CDT, MST, MDT, PST, PDT
//   'text' literal, '' a quote; other characters than letters stand for themselves
//
// As in Joda, numbers may have fewer digits than letters, and a year more, unless digits follow it;
// names and literals match in any case; what the pattern lacks is that of 1970-01-01T00:00:00Z.
// Other than in Joda: fractions keep their microseconds, EST and its kin are fixed offsets, a day
// of the week that is not the date's does not match, and two-digit years do not move with the
// clock.  ZZZ (zone ids), zzzz, C and G are refused.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::serde {

// Value type; const members are thread-safe.
class JodaPattern {
 public:
  // Fault::invalid names the letter and its position, counted from 1.
  static Result<JodaPattern> parse(std::string_view pattern);

  // Microseconds since 1970-01-01T00:00:00Z, years 1 to 9999, when the whole text matches.
  std::optional<std::int64_t> read(std::string_view text) const;

 private:
  struct Piece {
    char letter = 0;  // 0: literal
    std::size_t count = 0;
    bool digits_follow = false;  // the next piece is a number
    std::string literal;
  };

  struct Fields;
  class Reader;

  Result<void> add_field(char letter, std::size_t count, std::size_t position);
  Result<std::size_t> add_quoted(std::string_view pattern, std::size_t start);
  void add_literal(std::string_view text);

  std::vector<Piece> pieces_;
  bool is_millis_ = false;
};

}  // namespace sluice::serde
