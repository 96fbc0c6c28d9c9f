// The stored forms of an object plan and of a parked object: versioned, binary, compact.
//
// Layout: docs/formats/ledger.md.  The number of the plan is not in it; it is the row's own column.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/ledger.h"

namespace sluice::store {

// The first byte of an encoded plan: 1, or 2 where it names parts of records.
inline constexpr std::uint8_t plan_format_version = 3;

// The first byte of every encoded parked object.
inline constexpr std::uint8_t parked_format_version = 1;

Bytes encode_plan(const delivery::ObjectPlan& plan);

// A parked object, without the number that its plan has not got yet.
Bytes encode_parked(const delivery::ParkedObject& parked);

// Takes exactly what encode_parked made.  Faults as decode_plan().
Result<delivery::ParkedObject> decode_parked(ByteView bytes);

// Takes exactly what encode_plan made.  Fault::corrupt for anything else, Fault::unsupported for a
// newer version.
Result<delivery::ObjectPlan> decode_plan(delivery::PlanNumber number, ByteView bytes);

}  // namespace sluice::store
