// Numbers that tags give.
#pragma once

#include "base/result.h"
#include "delivery/definition.h"

#include <cstdint>

namespace sluice::delivery {

// Both ends belong to it.
struct TagRange {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

// The tag's value.  Fault::invalid, naming tag, range and value, for anything but a number of the
// range.
Result<std::uint64_t> tag_number(const Tag& tag, TagRange range);

}  // namespace sluice::delivery
