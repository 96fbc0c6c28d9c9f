// Exactly which records an object holds, from what its proof says: first, last and count per shard,
// and a digest over all of them.
//
// A range may have holes, for the records in them are in other objects (refused ones in an error
// object), or lost.  Hypotheses are tried, the digest decides: a wrong one is never taken.
#pragma once

#include "delivery/position.h"
#include "proof/object_proof.h"

#include <map>
#include <optional>
#include <vector>

namespace sluice::proof {

using Positions = std::vector<delivery::ShardPositions>;

// What other objects are known to hold, by shard.
using Elsewhere = std::map<delivery::ShardKey, delivery::OrdinalSet>;

// std::nullopt when no hypothesis has the digest.  Tries, in this order: ranges without holes; all
// that is not elsewhere; the same without one more stretch; without a few more single records.
std::optional<Positions> find_positions(const ObjectProof& proof, const Elsewhere& elsewhere);

}  // namespace sluice::proof
