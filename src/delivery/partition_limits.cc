#include "delivery/partition_limits.h"

#include "delivery/tag_number.h"

#include <fmt/format.h>

namespace sluice::delivery {

namespace {

constexpr TagRange partitions_max_range = {1, 10'000};

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
      SLUICE_TRY(number, tag_number(tag, partitions_max_range));
      limits.partitions_max = number;
    } else if (tag.key == partition_overflow_tag) {
      SLUICE_TRY(overflow, overflow_of(tag.value));
      limits.overflow = overflow;
    }
  }
  return limits;
}

}  // namespace sluice::delivery
