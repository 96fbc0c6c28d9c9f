// How many partitions of a delivery stream may be open at a time, and what becomes of one more:
// settings that Firehose has no members for, given by tags.
//
//   sluice:partitions-max       1..10000, default 500
//   sluice:partition-overflow   "refuse" (the default): its records go to the error output
//                               "close-least-recently-used": the object that got no records for
//                               the longest time is delivered early
#pragma once

#include "base/result.h"
#include "delivery/core.h"
#include "delivery/definition.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::string_view partitions_max_tag = "sluice:partitions-max";
inline constexpr std::string_view partition_overflow_tag = "sluice:partition-overflow";

struct PartitionLimits {
  std::size_t partitions_max = 500;
  PartitionOverflow overflow = PartitionOverflow::refuse;

  friend bool operator==(const PartitionLimits&, const PartitionLimits&) = default;
};

// What the tags ask for; others are passed over.  Fault::invalid for values that are none.
Result<PartitionLimits> partition_limits_of(const std::vector<Tag>& tags);

}  // namespace sluice::delivery
