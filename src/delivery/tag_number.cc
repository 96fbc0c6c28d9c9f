#include "delivery/tag_number.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::delivery {

Result<std::uint64_t> tag_number(const Tag& tag, TagRange range) {
  std::uint64_t number = 0;
  const char* const last = tag.value.data() + tag.value.size();
  const auto [end, fault] = std::from_chars(tag.value.data(), last, number);
  const bool is_number = fault == std::errc() && end == last;
  if (!is_number || number < range.min || number > range.max) {
    return fail(Fault::invalid,
                fmt::format("the tag {} must be a number from {} to {}, not '{}'.",
                            tag.key,
                            range.min,
                            range.max,
                            tag.value));
  }
  return number;
}

}  // namespace sluice::delivery
