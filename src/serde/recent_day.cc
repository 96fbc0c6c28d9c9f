// Learning a day.
#include "serde/recent_day.h"

#include "json/wide.h"

#include <algorithm>

namespace sluice::serde {

void RecentDay::learn(std::string_view text, std::int64_t micros) {
  constexpr std::size_t form_bytes_max = sizeof("yyyy-MM-ddTHH:mm:ss.ffffffZ") - 1;
  if (text.size() < date_bytes || text.size() > form_bytes_max) {
    return;
  }
  char padded[date_bytes + json::wide_reach] = {};
  std::copy(text.begin(), text.end(), padded);
  std::int64_t clock = 0;
  const unsigned bytes = json::Portable::read_clock(padded + date_bytes, clock);
  // Another zone than Z would stand behind the clock and have moved `micros`.
  const std::string_view zone = text.substr(std::min(text.size(), date_bytes + bytes));
  const bool is_dated = text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == ' ');
  if (bytes == 0 || !is_dated || (!zone.empty() && zone != "Z")) {
    return;
  }
  date_head_ = load_le<std::uint64_t>(padded);
  date_tail_ = load_le<std::uint32_t>(padded + 7);
  day_micros_ = micros - clock;
}

}  // namespace sluice::serde
