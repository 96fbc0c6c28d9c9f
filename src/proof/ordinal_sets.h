// What two sets of ordinals have in common, and what one has beyond the other.
#pragma once

#include "delivery/position.h"

namespace sluice::proof {

// The ordinals of `set` that are not in `taken`.
delivery::OrdinalSet without(const delivery::OrdinalSet& set, const delivery::OrdinalSet& taken);

delivery::OrdinalSet common(const delivery::OrdinalSet& left, const delivery::OrdinalSet& right);

}  // namespace sluice::proof
