// Learning a day.
#include "serde/recent_day.h"

namespace sluice::serde {

void RecentDay::learn(std::string_view text, std::int64_t micros) {
  constexpr std::int64_t day = std::int64_t{86'400} * 1'000'000;
  if (text.size() != text_bytes || text[10] != 'T' || text[19] != '.') {
    return;
  }
  // The time of day is what read() adds; a form with a zone would have another length or mark.
  const auto digit = [text](std::size_t index) {
    return static_cast<std::int64_t>(text[index] - '0');
  };
  for (const std::size_t index : {11U, 12U, 14U, 15U, 17U, 18U, 20U, 21U, 22U, 23U, 24U, 25U}) {
    if (digit(index) < 0 || digit(index) > 9) {
      return;
    }
  }
  const char* const bytes = text.data();
  date_head_ = load_le<std::uint64_t>(bytes);
  date_tail_ = load_le<std::uint32_t>(bytes + 7);
  day_micros_ = micros >= 0 ? micros / day * day : (micros - day + 1) / day * day;
}

}  // namespace sluice::serde
