// The ledger of a delivery stream in the store: marks, plans, and the history of what was
// committed.
//
// Layout: docs/formats/ledger.md.
#pragma once

#include "delivery/ledger.h"
#include "store/database.h"

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

// One life of a delivery stream: deleted and created again under its name, it has another ledger.
struct DeliveryId {
  std::string name;
  std::uint64_t incarnation = 0;

  // "hr_firehose/17": the form in the tables.
  std::string text() const;

  friend auto operator<=>(const DeliveryId&, const DeliveryId&) = default;
};

// A plan that has been carried out.
struct CommittedPlan {
  delivery::ObjectPlan plan;
  UnixMillis committed_at{};
};

// Thread-safe for different delivery streams; one caller at a time for each.  Borrows the database.
class StoredLedger final : public delivery::Ledger {
 public:
  StoredLedger(Database& database, const DeliveryId& delivery);

  // Fault::corrupt, naming table and row, for anything that does not match its checksum.
  Result<delivery::LedgerState> load() override;
  Result<void> add_mark(const delivery::ShardMark& mark) override;
  Result<void> record_plans(const std::vector<delivery::ObjectPlan>& plans) override;

  // Fault::missing for an unknown shard; Fault::conflict when a mark would go back.
  Result<void> park(const std::vector<delivery::ParkedObject>& objects,
                    const std::vector<delivery::ShardMark>& marks) override;

  // Fault::missing for an unknown plan or shard; Fault::conflict when the plan is committed already
  // or a mark would go back.
  Result<void> commit(const std::vector<delivery::PlanNumber>& numbers,
                      const std::vector<delivery::ShardMark>& marks,
                      UnixMillis now) override;

  // Up to `limit` committed plans from number `from` on, ascending.
  Result<std::vector<CommittedPlan>> history(delivery::PlanNumber from, std::size_t limit);

  // Reads every committed plan and compares it with the tally.  Walks the whole history.
  Result<void> check_history();

 private:
  Database& database_;
  std::string delivery_;
};

// Creates a delivery stream's definition together with the first marks, which are the same for each
// of its ledgers, in one transaction.  Fault::conflict when there is a definition of that key.
Result<void> create_delivery(Database& database,
                             std::string_view definition_key,
                             std::string_view definition_body,
                             std::span<const DeliveryId> ledgers,
                             const std::vector<delivery::ShardMark>& marks);

// Replaces the definition; the ledgers that come with it begin with these marks.  In one
// transaction.
Result<void> change_delivery(Database& database,
                             std::string_view definition_key,
                             std::string_view definition_body,
                             std::span<const DeliveryId> added,
                             const std::vector<delivery::ShardMark>& marks);

// Removes the definition, and of each of its ledgers the marks, the plans and the history, in one
// transaction.  Fault::missing when there is no definition of that key.
Result<void> delete_delivery(Database& database,
                             std::string_view definition_key,
                             std::span<const DeliveryId> ledgers);

// Per shard of a stream, the highest ordinal that any delivery stream's marks or open plans name:
// new ordinals must start above it.  Shards without marks are left out; 0 when nothing was settled.
Result<std::map<std::uint32_t, delivery::Ordinal>> highest_ordinals(
    Database& database, delivery::StreamIncarnation stream);

}  // namespace sluice::store
