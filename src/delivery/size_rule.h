// How large a buffer of a delivery stream gets before it closes.
//
// The size is that of BufferingHints, or of the tag that takes its place; sessions may get several
// times as large.  With the tag sluice:size-of it is that of the finished object, as it is put:
// encoded and compressed.  Such a buffer is weighed again and again on the way (delivery/core.h),
// at records that do not depend on time, and an object of 8 MiB or more comes to within 5 percent
// of the size.
#pragma once

#include "base/result.h"
#include "delivery/definition.h"

#include <cstdint>

namespace sluice::delivery {

struct SizeRule {
  std::uint64_t bytes = 0;
  bool is_of_object = false;  // of source records otherwise

  friend bool operator==(const SizeRule&, const SizeRule&) = default;
};

// Of a valid definition.  Fault::invalid for tags that are not.
Result<SizeRule> size_rule_of(const DeliveryStream& stream);

}  // namespace sluice::delivery
