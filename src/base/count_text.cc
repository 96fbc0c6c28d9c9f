// Digits in groups, words with or without their ending.
#include "base/count_text.h"

#include <fmt/format.h>

namespace sluice {

std::string human_count(std::uint64_t count) {
  const std::string digits = fmt::to_string(count);
  std::string out;
  for (std::size_t index = 0; index < digits.size(); ++index) {
    if (index > 0 && (digits.size() - index) % 3 == 0) {
      out += ',';
    }
    out += digits[index];
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", human_count(count), count == 1 ? singular : plural);
}

}  // namespace sluice
