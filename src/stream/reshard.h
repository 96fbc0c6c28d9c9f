// What a stream's definition becomes when its shards are split, merged or scaled.
//
// Records never move: parents are closed where they end, children begin empty and own the parents'
// hash keys.  A child is created in the moment its parents are closed, and in a later second than
// theirs, so that its sequence numbers lie above all of theirs (stream/sequence_number.h).
#pragma once

#include "base/result.h"
#include "stream/definition.h"

#include <functional>

namespace sluice::stream {

struct ReshardMoment {
  UnixMillis at;  // in a later second than any shard of the stream was created in

  // The ordinal that the next record of an open shard would have.
  std::function<Ordinal(ShardIndex shard)> tip;
};

// Two children, of which the second begins at `second_first`.  Fault::missing for an unknown shard,
// Fault::conflict for a closed one, Fault::invalid unless the first child gets two hash keys at
// least and the second too, which is what the service demands; Fault::too_large when the stream
// has had shards_max shards.
Result<StreamDefinition> split_shard(const StreamDefinition& stream,
                                     ShardIndex shard,
                                     HashKey second_first,
                                     const ReshardMoment& moment);

// One child of both.  `right` must own the hash keys right behind `left`'s, otherwise
// Fault::invalid; else as split_shard().
Result<StreamDefinition> merge_shards(const StreamDefinition& stream,
                                      ShardIndex left,
                                      ShardIndex right,
                                      const ReshardMoment& moment);

// `target` open shards of equal width.  A shard that has its place already stays; others get there
// by splits and merges, through shards that are closed as soon as they are made.  Unchanged if the
// shards are as wanted.  `target` must be positive; Fault::too_large as above.
Result<StreamDefinition> scale_shards(const StreamDefinition& stream,
                                      std::uint32_t target,
                                      const ReshardMoment& moment);

}  // namespace sluice::stream
