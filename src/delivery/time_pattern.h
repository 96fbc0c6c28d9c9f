// Patterns of Java's DateTimeFormatter, as !{timestamp:…} takes them.
//
// A pattern is parsed once into a list of pieces and applied to any number of instants.  Letters:
//   y u Y    year of era, proleptic, week-based        M L      month
//   d D      day of month, day of year                 E e c    day of week
//   Q q      quarter                                   w W      week of year, of month
//   H k K h  hour 0-23, 1-24, 0-11, 1-12               a        AM or PM
//   m s S    minute, second, fraction                  A n N    milli of day, nano of second, of
//   day G        era                                       V z O X x Z  zone and offset 'text'
//   literal, '' a quote                       [ ]      optional section, always printed
// Everything else that is a letter, and { } #, is refused, as in Java; other characters stand for
// themselves.  Letters that Java knows beyond these (B F g p v) are refused as well.
//
// Text is English and weeks are those of Java's Locale.US: they begin on Sunday, and the week of
// 1 January is week 1.  (Java's ENGLISH and ROOT locales count weeks the same way.)
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "delivery/zone.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// Value type; const members are thread-safe.
class TimePattern {
 public:
  // Fault::invalid names the letter and its position in `text`, counted from 1.
  static Result<TimePattern> parse(std::string_view text);

  // Appends `time`, which was taken from `zone`.
  void append_to(std::string& out, const LocalTime& time, const TimeZone& zone) const;

  std::string format(UnixMillis instant, const TimeZone& zone) const;

  // A minute, a second or a millisecond: within one of them, counted from 1970, the text stays the
  // same, in zones that are off by whole minutes.
  std::chrono::milliseconds step() const;

 private:
  struct Piece {
    char letter = 0;  // 0: literal
    std::uint8_t count = 0;
    std::string literal;
  };

  void add_literal(std::string_view text);
  // Takes the quoted text that begins at `start`; returns the position behind it.
  Result<std::size_t> add_quoted(std::string_view text, std::size_t start);
  Result<void> add_field(char letter, std::size_t count, std::size_t position);

  std::vector<Piece> pieces_;
};

}  // namespace sluice::delivery
