// The stored form of an object plan: versioned, binary, compact.
//
// Layout: docs/formats/ledger.md.  The number of the plan is not in it; it is the row's own column.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/ledger.h"

namespace sluice::store {

// The first byte of every encoded plan.
inline constexpr std::uint8_t plan_format_version = 1;

Bytes encode_plan(const delivery::ObjectPlan& plan);

// Takes exactly what encode_plan made.  Fault::corrupt for anything else, Fault::unsupported for a
// newer version.
Result<delivery::ObjectPlan> decode_plan(delivery::PlanNumber number, ByteView bytes);

}  // namespace sluice::store
