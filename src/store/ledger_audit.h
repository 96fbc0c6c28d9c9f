// All ledgers of a store as they lie there, for a look from outside: what cannot be believed is
// named and left out instead of ending the look.  And a ledger written anew.
#pragma once

#include "delivery/ledger.h"
#include "store/database.h"
#include "store/ledger.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::store {

// A row, or a table's tally, that does not match its checksum.
struct LedgerDamage {
  std::optional<delivery::PlanNumber> plan;  // of a plan's row
  std::optional<delivery::ShardKey> shard;   // of a mark's row
  std::string message;                       // names table and row
};

struct AuditedPlan {
  delivery::ObjectPlan plan;
  std::optional<UnixMillis> committed_at;  // std::nullopt: planned
};

struct AuditedLedger {
  DeliveryId delivery;
  std::vector<delivery::ShardMark> marks;  // by shard key
  std::vector<AuditedPlan> plans;          // by number
  std::vector<delivery::ParkedObject> parked;
  std::vector<LedgerDamage> damages;
  std::uint64_t plans_written = 0;  // by the tallies: the highest number ever given
};

// By name and incarnation; also those that have no definition any more.  Walks the tables whole.
// Fails only when SQLite cannot read the file.
Result<std::vector<AuditedLedger>> audit_ledgers(Transaction& transaction);

// Puts these marks, plans and parked objects in the place of all that the ledger of a delivery
// stream holds.  The plans must be numbered 1, 2, 3, ...
Result<void> replace_ledger(Transaction& transaction,
                            const DeliveryId& delivery,
                            const std::vector<delivery::ShardMark>& marks,
                            const std::vector<AuditedPlan>& plans,
                            const std::vector<delivery::ParkedObject>& parked);

}  // namespace sluice::store
