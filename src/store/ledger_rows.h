// The rows of the tables `marks` and `plans`: their columns, their names in messages, their
// checksums.  For the store alone.
//
// Layout: docs/formats/ledger.md.
#pragma once

#include "base/bytes.h"
#include "delivery/ledger.h"
#include "store/database.h"
#include "store/ledger.h"
#include "store/row_checksum.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::store {

inline constexpr std::string_view marks_table = "marks";
inline constexpr std::string_view plans_table = "plans";

// The committed plans of the table `plans` have a tally of their own, so that a start need not read
// them all.
inline constexpr std::string_view history_tally = "history";

inline constexpr std::string_view parked_table = "parked";

enum class PlanState : std::uint8_t { planned = 0, committed = 1 };

// "hr_firehose/17 stream 00000000deadbeef shard 0", "hr_firehose/17 plan 3"
std::string mark_name(std::string_view delivery, const delivery::ShardKey& shard);
std::string plan_name(std::string_view delivery, delivery::PlanNumber number);

// A mark as its row holds it.
struct MarkRow {
  delivery::ShardKey shard;
  std::uint64_t low = 0;
  Bytes settled;

  std::uint64_t checksum(std::string_view delivery) const;
};

MarkRow row_of(const delivery::ShardMark& mark);

struct StoredMark {
  delivery::ShardMark mark;
  std::uint64_t checksum = 0;
};

// Columns of `select`: shard, low, settled, checksum.  Fault::corrupt, naming the row.
Result<StoredMark> read_mark(const Statement& select,
                             std::string_view delivery,
                             delivery::StreamIncarnation stream);

std::uint64_t plan_checksum(std::string_view delivery,
                            delivery::PlanNumber number,
                            PlanState state,
                            std::int64_t committed_ms,
                            ByteView body);

struct StoredPlan {
  CommittedPlan plan;
  PlanState state = PlanState::planned;
  std::uint64_t checksum = 0;
};

// Columns of `select`: number, state, committed_ms, body, checksum.  Fault::corrupt, naming the
// row.
Result<StoredPlan> read_plan(const Statement& select, std::string_view delivery);

// "hr_firehose/17 parked object <spool name>"
std::string parked_name(std::string_view delivery, std::string_view spool_name);

std::uint64_t parked_checksum(std::string_view delivery,
                              std::string_view spool_name,
                              ByteView body);

struct StoredParked {
  delivery::ParkedObject object;
  std::uint64_t checksum = 0;
};

// Columns of `select`: spool_name, body, checksum.  Fault::corrupt, naming the row.
Result<StoredParked> read_parked(const Statement& select, std::string_view delivery);

// Adds or replaces a parked object's row, and counts it in `tally`.
Result<void> write_parked(Transaction& transaction,
                          std::string_view delivery,
                          const delivery::ParkedObject& object,
                          Tally& tally);

// Removes it, if it is there, and counts it out.
Result<void> erase_parked(Transaction& transaction,
                          std::string_view delivery,
                          std::string_view spool_name,
                          Tally& tally);

// Adds or replaces a mark's row and counts it in `tally`.
Result<void> write_mark(Transaction& transaction,
                        std::string_view delivery,
                        const delivery::ShardMark& mark,
                        Tally& tally);

// Removes all rows and tallies of a delivery stream.
Result<void> erase_ledger(Transaction& transaction, std::string_view delivery);

}  // namespace sluice::store
