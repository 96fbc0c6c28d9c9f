// Timestamps of one day, read by arithmetic on their digits: what stands before the time of day is
// compared with the last timestamp that the full reader took.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <string_view>

namespace sluice::serde {

// Not thread-safe.
class RecentDay {
 public:
  // Microseconds since the epoch of "yyyy-MM-ddTHH:mm:ss.ffffff" on the day last learned; false for
  // any other day or form, valid or not.
  bool read(std::string_view text, std::int64_t& micros) const {
    const char* const bytes = text.data();
    if (text.size() != text_bytes || load_le<std::uint64_t>(bytes) != date_head_ ||
        load_le<std::uint32_t>(bytes + 7) != date_tail_) {
      return false;
    }
    // "HH:mm:ss" and "s.ffffff" without what makes digits letters: 0 to 9 for each digit, 0 for
    // each mark if all is well.
    const std::uint64_t clock = load_le<std::uint64_t>(bytes + 11) ^ clock_marks;
    const std::uint64_t fraction = load_le<std::uint64_t>(bytes + 18) ^ fraction_marks;
    // 0x76 carries any digit above 9 into its high bit, 0x7f any mark above 0.
    const std::uint64_t wrong =
        (clock + clock_bounds) | clock | (fraction + fraction_bounds) | fraction;
    if ((wrong & 0x8080808080808080) != 0) {
      return false;
    }
    const auto digit = [clock](unsigned index) {
      return static_cast<std::int64_t>((clock >> (8 * index)) & 0xff);
    };
    const std::int64_t hour = digit(0) * 10 + digit(1);
    const std::int64_t minute = digit(3) * 10 + digit(4);
    const std::int64_t second = digit(6) * 10 + digit(7);
    if (hour > 23 || minute > 59 || second > 59) {
      return false;
    }
    micros = day_micros_ + ((hour * 60 + minute) * 60 + second) * 1'000'000 +
             eight_digits(fraction & ~std::uint64_t{0xffff});
    return true;
  }

  // `micros` is what the full reader made of `text`.
  void learn(std::string_view text, std::int64_t micros);

 private:
  static constexpr std::size_t text_bytes = 26;
  static constexpr std::uint64_t clock_marks = 0x3030'3a30'303a'3030;  // "00:00:00"
  static constexpr std::uint64_t clock_bounds = 0x7676'7f76'767f'7676;
  static constexpr std::uint64_t fraction_marks = 0x3030'3030'3030'2e30;  // "0.000000"
  static constexpr std::uint64_t fraction_bounds = 0x7676'7676'7676'7f76;

  // The number whose digits, 0 to 9, are the bytes of a word, the first in the lowest byte.
  static std::int64_t eight_digits(std::uint64_t digits) {
    digits = digits * 10 + (digits >> 8);
    constexpr std::uint64_t pairs = 0x000000ff'000000ff;
    return static_cast<std::int64_t>(
        ((digits & pairs) * 0x000f4240'00000064 + ((digits >> 16) & pairs) * 0x00002710'00000001) >>
        32);
  }

  std::uint64_t date_head_ = 0;  // "yyyy-MM-"
  std::uint32_t date_tail_ = 0;  // "-ddT"
  std::int64_t day_micros_ = 0;
};

}  // namespace sluice::serde
