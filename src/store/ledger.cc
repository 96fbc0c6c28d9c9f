// Marks and plans as guarded rows, each change one transaction.
#include "store/ledger.h"

#include "base/check.h"
#include "store/definitions.h"
#include "store/ledger_rows.h"
#include "store/plan_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace sluice::store {
namespace {

using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::ParkedObject;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;

Result<std::optional<StoredMark>> find_mark(Transaction& transaction,
                                            std::string_view delivery,
                                            const ShardKey& shard) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT shard, low, settled, checksum FROM marks "
                                 "WHERE delivery = ? AND stream = ? AND shard = ?"));
  select.bind_text(1, delivery);
  select.bind_bits(2, shard.stream.value);
  select.bind_bits(3, shard.shard);
  SLUICE_TRY(has_row, select.next());
  if (!has_row) {
    return std::nullopt;
  }
  SLUICE_TRY(stored, read_mark(select, delivery, shard.stream));
  return std::optional(std::move(stored));
}

Result<void> insert_marks(Transaction& transaction,
                          std::string_view delivery,
                          const std::vector<ShardMark>& marks) {
  SLUICE_TRY(tally, load_tally(transaction, marks_table, delivery));
  for (const ShardMark& mark : marks) {
    SLUICE_TRY(before, find_mark(transaction, delivery, mark.shard));
    if (before) {
      return fail(Fault::conflict,
                  fmt::format("there is a mark for {} already", mark_name(delivery, mark.shard)));
    }
    SLUICE_TRY_DO(write_mark(transaction, delivery, mark, tally));
  }
  return save_tally(transaction, marks_table, delivery, tally);
}

Result<void> replace_marks(Transaction& transaction,
                           std::string_view delivery,
                           const std::vector<ShardMark>& marks) {
  SLUICE_TRY(tally, load_tally(transaction, marks_table, delivery));
  for (const ShardMark& mark : marks) {
    SLUICE_TRY(before, find_mark(transaction, delivery, mark.shard));
    if (!before) {
      return fail(Fault::missing,
                  fmt::format("there is no mark for {}", mark_name(delivery, mark.shard)));
    }
    if (mark.low < before->mark.low) {
      return fail(Fault::conflict,
                  fmt::format("the mark for {} would go back from {} to {}",
                              mark_name(delivery, mark.shard),
                              before->mark.low.value,
                              mark.low.value));
    }
    tally.remove(before->checksum);
    SLUICE_TRY_DO(write_mark(transaction, delivery, mark, tally));
  }
  return save_tally(transaction, marks_table, delivery, tally);
}

// One past the highest plan number; also says when numbers are missing.
Result<PlanNumber> next_plan(Transaction& transaction, std::string_view delivery) {
  SLUICE_TRY(select, transaction.prepare("SELECT MAX(number) FROM plans WHERE delivery = ?"));
  select.bind_text(1, delivery);
  SLUICE_TRY(has_row, select.next());
  SLUICE_CHECK(has_row);
  const std::uint64_t highest = select.bits(0);
  SLUICE_TRY(open, load_tally(transaction, plans_table, delivery));
  SLUICE_TRY(committed, load_tally(transaction, history_tally, delivery));
  if (highest != open.rows + committed.rows) {
    return fail(Fault::corrupt,
                fmt::format("table {}, {}: the highest plan is {}, but {} plans were written",
                            plans_table,
                            delivery,
                            highest,
                            open.rows + committed.rows));
  }
  return PlanNumber(highest + 1);
}

Result<std::vector<ShardMark>> load_marks(Transaction& transaction, std::string_view delivery) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT shard, low, settled, checksum, stream FROM marks "
                                 "WHERE delivery = ? ORDER BY stream, shard"));
  select.bind_text(1, delivery);
  std::vector<ShardMark> marks;
  Tally counted;
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      break;
    }
    SLUICE_TRY(stored, read_mark(select, delivery, delivery::StreamIncarnation(select.bits(4))));
    counted.add(stored.checksum);
    marks.push_back(std::move(stored.mark));
  }
  SLUICE_TRY_DO(check_tally(transaction, marks_table, delivery, counted));
  return marks;
}

Result<std::vector<ObjectPlan>> load_open_plans(Transaction& transaction,
                                                std::string_view delivery) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT number, state, committed_ms, body, checksum FROM plans "
                                 "WHERE delivery = ? AND state = 0 ORDER BY number"));
  select.bind_text(1, delivery);
  std::vector<ObjectPlan> plans;
  Tally counted;
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      break;
    }
    SLUICE_TRY(stored, read_plan(select, delivery));
    counted.add(stored.checksum);
    plans.push_back(std::move(stored.plan.plan));
  }
  SLUICE_TRY_DO(check_tally(transaction, plans_table, delivery, counted));
  return plans;
}

Result<std::vector<ParkedObject>> load_parked(Transaction& transaction, std::string_view delivery) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT spool_name, body, checksum FROM parked "
                                 "WHERE delivery = ?"));
  select.bind_text(1, delivery);
  std::vector<ParkedObject> parked;
  Tally counted;
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      break;
    }
    SLUICE_TRY(stored, read_parked(select, delivery));
    counted.add(stored.checksum);
    parked.push_back(std::move(stored.object));
  }
  SLUICE_TRY_DO(check_tally(transaction, parked_table, delivery, counted));
  std::sort(parked.begin(), parked.end(), [](const ParkedObject& a, const ParkedObject& b) {
    return std::tie(a.buffer, a.draft.kind) < std::tie(b.buffer, b.draft.kind);
  });
  return parked;
}

Result<void> insert_plan(Transaction& transaction,
                         std::string_view delivery,
                         const ObjectPlan& plan) {
  SLUICE_TRY(next, next_plan(transaction, delivery));
  if (plan.number != next) {
    return fail(Fault::conflict,
                fmt::format("{} cannot be recorded: the next number is {}",
                            plan_name(delivery, plan.number),
                            next.value));
  }
  const Bytes body = encode_plan(plan);
  // What goes to the disk must come back as it was.
  SLUICE_TRY(again, decode_plan(plan.number, body));
  SLUICE_CHECK(again == plan);
  const std::uint64_t checksum = plan_checksum(delivery, plan.number, PlanState::planned, 0, body);
  SLUICE_TRY(insert,
             transaction.prepare("INSERT INTO plans(delivery, number, state, committed_ms, body, "
                                 "checksum) VALUES(?, ?, 0, 0, ?, ?)"));
  insert.bind_text(1, delivery);
  insert.bind_bits(2, plan.number.value);
  insert.bind_blob(3, body);
  insert.bind_bits(4, checksum);
  SLUICE_TRY_DO(insert.run());
  SLUICE_TRY(tally, load_tally(transaction, plans_table, delivery));
  tally.add(checksum);
  SLUICE_TRY_DO(save_tally(transaction, plans_table, delivery, tally));
  SLUICE_TRY(parked, load_tally(transaction, parked_table, delivery));
  SLUICE_TRY_DO(erase_parked(transaction, delivery, plan.spool_name, parked));
  return save_tally(transaction, parked_table, delivery, parked);
}

// The plan as it is stored, if it can be committed.
Result<StoredPlan> find_open_plan(Transaction& transaction,
                                  std::string_view delivery,
                                  PlanNumber number) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT number, state, committed_ms, body, checksum FROM plans "
                                 "WHERE delivery = ? AND number = ?"));
  select.bind_text(1, delivery);
  select.bind_bits(2, number.value);
  SLUICE_TRY(has_row, select.next());
  if (!has_row) {
    return fail(Fault::missing, fmt::format("there is no {}", plan_name(delivery, number)));
  }
  SLUICE_TRY(stored, read_plan(select, delivery));
  if (stored.state != PlanState::planned) {
    return fail(Fault::conflict,
                fmt::format("{} is committed already", plan_name(delivery, number)));
  }
  return stored;
}

Result<void> mark_committed(Transaction& transaction,
                            std::string_view delivery,
                            const StoredPlan& stored,
                            UnixMillis now) {
  const PlanNumber number = stored.plan.plan.number;
  const std::uint64_t checksum = plan_checksum(
      delivery, number, PlanState::committed, to_count(now), encode_plan(stored.plan.plan));
  SLUICE_TRY(update,
             transaction.prepare("UPDATE plans SET state = 1, committed_ms = ?, checksum = ? "
                                 "WHERE delivery = ? AND number = ?"));
  update.bind(1, to_count(now));
  update.bind_bits(2, checksum);
  update.bind_text(3, delivery);
  update.bind_bits(4, number.value);
  SLUICE_TRY_DO(update.run());
  SLUICE_CHECK(transaction.changed_rows() == 1);
  SLUICE_TRY(open, load_tally(transaction, plans_table, delivery));
  SLUICE_TRY(committed, load_tally(transaction, history_tally, delivery));
  open.remove(stored.checksum);
  committed.add(checksum);
  SLUICE_TRY_DO(save_tally(transaction, plans_table, delivery, open));
  return save_tally(transaction, history_tally, delivery, committed);
}

Result<void> insert_marks(Transaction& transaction,
                          std::span<const DeliveryId> ledgers,
                          const std::vector<ShardMark>& marks) {
  for (const DeliveryId& ledger : ledgers) {
    SLUICE_TRY_DO(insert_marks(transaction, ledger.text(), marks));
  }
  return {};
}

}  // namespace

std::string DeliveryId::text() const {
  return fmt::format("{}/{}", name, incarnation);
}

StoredLedger::StoredLedger(Database& database, const DeliveryId& delivery)
    : database_(database), delivery_(delivery.text()) {}

Result<delivery::LedgerState> StoredLedger::load() {
  delivery::LedgerState state;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(marks, load_marks(transaction, delivery_));
    SLUICE_TRY(planned, load_open_plans(transaction, delivery_));
    SLUICE_TRY(parked, load_parked(transaction, delivery_));
    SLUICE_TRY(next, next_plan(transaction, delivery_));
    state = {std::move(marks), std::move(planned), std::move(parked), next};
    return {};
  }));
  return state;
}

Result<void> StoredLedger::add_mark(const ShardMark& mark) {
  return database_.write(
      [&](Transaction& transaction) { return insert_marks(transaction, delivery_, {mark}); });
}

Result<void> StoredLedger::record_plans(const std::vector<ObjectPlan>& plans) {
  return database_.write([&](Transaction& transaction) -> Result<void> {
    for (const ObjectPlan& plan : plans) {
      SLUICE_TRY_DO(insert_plan(transaction, delivery_, plan));
    }
    return {};
  });
}

Result<void> StoredLedger::park(const std::vector<ParkedObject>& objects,
                                const std::vector<ShardMark>& marks) {
  return database_.write([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(tally, load_tally(transaction, parked_table, delivery_));
    for (const ParkedObject& object : objects) {
      SLUICE_TRY_DO(write_parked(transaction, delivery_, object, tally));
    }
    SLUICE_TRY_DO(save_tally(transaction, parked_table, delivery_, tally));
    return replace_marks(transaction, delivery_, marks);
  });
}

Result<void> StoredLedger::commit(const std::vector<PlanNumber>& numbers,
                                  const std::vector<ShardMark>& marks,
                                  UnixMillis now) {
  return database_.write([&](Transaction& transaction) -> Result<void> {
    for (const PlanNumber number : numbers) {
      SLUICE_TRY(stored, find_open_plan(transaction, delivery_, number));
      SLUICE_TRY_DO(mark_committed(transaction, delivery_, stored, now));
    }
    return replace_marks(transaction, delivery_, marks);
  });
}

Result<std::vector<CommittedPlan>> StoredLedger::history(PlanNumber from, std::size_t limit) {
  std::vector<CommittedPlan> plans;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               transaction.prepare("SELECT number, state, committed_ms, body, checksum FROM plans "
                                   "WHERE delivery = ? AND number >= ? AND state = 1 "
                                   "ORDER BY number LIMIT ?"));
    select.bind_text(1, delivery_);
    select.bind_bits(2, from.value);
    select.bind_bits(3, limit);
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        return {};
      }
      SLUICE_TRY(stored, read_plan(select, delivery_));
      plans.push_back(std::move(stored.plan));
    }
  }));
  return plans;
}

Result<void> StoredLedger::check_history() {
  return database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               transaction.prepare("SELECT number, state, committed_ms, body, checksum FROM plans "
                                   "WHERE delivery = ? AND state = 1"));
    select.bind_text(1, delivery_);
    Tally counted;
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        return check_tally(transaction, history_tally, delivery_, counted);
      }
      SLUICE_TRY(stored, read_plan(select, delivery_));
      counted.add(stored.checksum);
    }
  });
}

Result<void> create_delivery(Database& database,
                             std::string_view definition_key,
                             std::string_view definition_body,
                             std::span<const DeliveryId> ledgers,
                             const std::vector<ShardMark>& marks) {
  return database.write([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY_DO(
        Definitions::create(transaction, kind_delivery_stream, definition_key, definition_body));
    return insert_marks(transaction, ledgers, marks);
  });
}

Result<void> change_delivery(Database& database,
                             std::string_view definition_key,
                             std::string_view definition_body,
                             std::span<const DeliveryId> added,
                             const std::vector<ShardMark>& marks) {
  return database.write([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY_DO(
        Definitions::save(transaction, kind_delivery_stream, definition_key, definition_body));
    return insert_marks(transaction, added, marks);
  });
}

Result<void> delete_delivery(Database& database,
                             std::string_view definition_key,
                             std::span<const DeliveryId> ledgers) {
  return database.write([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY_DO(Definitions::remove(transaction, kind_delivery_stream, definition_key));
    for (const DeliveryId& ledger : ledgers) {
      SLUICE_TRY_DO(erase_ledger(transaction, ledger.text()));
    }
    return {};
  });
}

Result<std::map<std::uint32_t, Ordinal>> highest_ordinals(Database& database,
                                                          delivery::StreamIncarnation stream) {
  std::map<std::uint32_t, Ordinal> highest;
  const auto raise = [&](std::uint32_t shard, Ordinal ordinal) {
    Ordinal& known = highest[shard];
    known = std::max(known, ordinal);
  };
  SLUICE_TRY_DO(database.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               transaction.prepare("SELECT shard, low, settled, checksum, delivery FROM marks "
                                   "WHERE stream = ?"));
    select.bind_bits(1, stream.value);
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        break;
      }
      SLUICE_TRY(stored, read_mark(select, select.text(4), stream));
      const ShardMark& mark = stored.mark;
      raise(mark.shard.shard, mark.low - 1);
      if (!mark.settled.empty()) {
        raise(mark.shard.shard, mark.settled.runs().back().last);
      }
      if (!mark.partial.empty()) {
        raise(mark.shard.shard, mark.partial.all().back().ordinal);
      }
    }
    SLUICE_TRY(plans,
               transaction.prepare("SELECT number, state, committed_ms, body, checksum, delivery "
                                   "FROM plans WHERE state = 0"));
    while (true) {
      SLUICE_TRY(has_row, plans.next());
      if (!has_row) {
        return {};
      }
      SLUICE_TRY(stored, read_plan(plans, plans.text(5)));
      for (const delivery::ShardPositions& positions : stored.plan.plan.positions) {
        if (positions.shard.stream != stream) {
          continue;
        }
        if (!positions.ordinals.empty()) {
          raise(positions.shard.shard, positions.ordinals.runs().back().last);
        }
        if (!positions.partial.empty()) {
          raise(positions.shard.shard, positions.partial.all().back().ordinal);
        }
      }
    }
  }));
  return highest;
}

}  // namespace sluice::store
