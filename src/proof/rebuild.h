// What the ledger of a delivery stream must have said, from what is left of it, from the objects in
// the bucket and from the log.
//
//   rows that match their checksums   are taken at their word: plans never change, what is settled
//                                     stays settled
//   an object with a proof            is the plan it names, with the records it proves
//                                     (exact_positions.h)
//   an error object without a proof   holds the records its lines name, if these are holes of
//                                     others, or if it bears the delivery stream's name and they
//                                     are of the stream it reads and in no other object; it takes
//                                     one of the missing plan numbers
//   a mark that is lost               begins where the delivery stream would begin today
//   an object that was removed        stays delivered, unless its records are asked for again
//
// Where that leaves a doubt by which a record could come twice it is refused, and said why.  Pure.
#pragma once

#include "base/clock.h"
#include "delivery/definition.h"
#include "proof/exact_positions.h"
#include "proof/facts.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::proof {

struct RebuildRequest {
  delivery::DeliveryStream definition;

  // The stream it reads now, and when each of its shards was made; std::nullopt while there is
  // none.
  std::optional<delivery::StreamIncarnation> stream;
  std::vector<UnixMillis> shards;

  // Where delivery of a shard begins that has no mark.  Asked for shards of `stream` only.
  std::function<Result<delivery::Ordinal>(std::uint32_t shard)> start_of;

  // False: when the delivery stream was made is not known, and start_of gives a shard's oldest
  // record.  Where a shard has delivered records its first one is the beginning then.
  bool knows_start = true;

  // The oldest record that the log still has.  Asked for shards of `stream` only, and only where
  // records are to be delivered again.
  std::function<Result<delivery::Ordinal>(std::uint32_t shard)> horizon_of;

  // Records are delivered again whose objects were removed from the bucket, as far as the log has
  // them, and those that no plan and no object accounts for, though an object that was removed on
  // purpose may have held them.  Whoever has taken them from there meets them twice.
  bool redelivers_missing = false;

  UnixMillis now{};  // the time of commit of plans that are found in the bucket
};

struct Rebuilt {
  bool is_needed = false;  // the ledger says something else now
  std::vector<delivery::ShardMark> marks;
  std::vector<store::AuditedPlan> plans;  // 1, 2, 3, ...
  std::vector<delivery::ParkedObject> parked;
  std::vector<std::string> found;     // what was found, a sentence each
  std::vector<std::string> refusals;  // why it must not be written; empty: it may

  // Objects that are committed and not in the bucket, and their records; left as they are.
  std::uint64_t removed_objects = 0;
  std::uint64_t removed_records = 0;
};

Rebuilt rebuild(const Facts& facts, const RebuildRequest& request);

}  // namespace sluice::proof
