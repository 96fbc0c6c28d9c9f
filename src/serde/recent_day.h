// Timestamps of one day, read by arithmetic on their digits: what stands before the time of day is
// compared with the last timestamp that the full reader took.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::serde {

// Not thread-safe.
class RecentDay {
 public:
  // "yyyy-MM-ddT"
  static constexpr std::size_t date_bytes = 11;

  // Whether the date at `at`, with the letter that ends it, is the day last learned; date_bytes can
  // be read.
  bool is_at(const char* at) const {
    return load_le<std::uint64_t>(at) == date_head_ && load_le<std::uint32_t>(at + 7) == date_tail_;
  }

  // Its midnight, in microseconds since the epoch.
  std::int64_t micros() const { return day_micros_; }

  // `micros` is what the full reader made of `text`.
  void learn(std::string_view text, std::int64_t micros);

 private:
  // Both hold the second mark, so that at first no text has both.
  std::uint64_t date_head_ = 0;                  // "yyyy-MM-"
  std::uint32_t date_tail_ = ~std::uint32_t{0};  // "-ddT", or "-dd "
  std::int64_t day_micros_ = 0;
};

}  // namespace sluice::serde
