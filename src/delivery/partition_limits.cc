#include "delivery/partition_limits.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::delivery {

namespace {

constexpr std::size_t partitions_max_min = 1;
constexpr std::size_t partitions_max_max = 10'000;

Result<std::size_t> partitions_max_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = fault == std::errc() && end == text.data() + text.size();
  if (!is_number || number < partitions_max_min || number > partitions_max_max) {
    return fail(Fault::invalid,
                fmt::format("the tag {} must be a number from {} to {}, not '{}'.",
                            partitions_max_tag,
                            partitions_max_min,
                            partitions_max_max,
                            text));
  }
  return number;
}

Result<PartitionOverflow> overflow_of(std::string_view text) {
  if (text == "refuse") {
    return PartitionOverflow::refuse;
  }
  if (text == "close-least-recently-used") {
    return PartitionOverflow::close_least_recently_used;
  }
  return fail(Fault::invalid,
              fmt::format("the tag {} must be 'refuse' or 'close-least-recently-used', not '{}'.",
                          partition_overflow_tag,
                          text));
}

}  // namespace

Result<PartitionLimits> partition_limits_of(const std::vector<Tag>& tags) {
  PartitionLimits limits;
  for (const Tag& tag : tags) {
    if (tag.key == partitions_max_tag) {
      SLUICE_TRY(number, partitions_max_of(tag.value));
      limits.partitions_max = number;
    } else if (tag.key == partition_overflow_tag) {
      SLUICE_TRY(overflow, overflow_of(tag.value));
      limits.overflow = overflow;
    }
  }
  return limits;
}

}  // namespace sluice::delivery
