// Walks marks and plans, and counts what can be believed.
#include "store/ledger_audit.h"

#include "base/check.h"
#include "store/ledger_rows.h"
#include "store/plan_codec.h"

#include <charconv>
#include <map>
#include <string_view>
#include <utility>

namespace sluice::store {
namespace {

using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::StreamIncarnation;

// A ledger, and what its rows add up to.
struct Counted {
  AuditedLedger ledger;
  Tally marks;
  Tally open;
  Tally committed;
  Tally parked;
};

using ByDelivery = std::map<std::string, Counted, std::less<>>;

// "hr_firehose/17", as DeliveryId::text() writes it.
std::optional<DeliveryId> parse_delivery(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  DeliveryId id;
  id.name = text.substr(0, slash);
  const std::string_view number = text.substr(slash + 1);
  const auto [end, fault] =
      std::from_chars(number.data(), number.data() + number.size(), id.incarnation);
  const bool is_whole = fault == std::errc() && end == number.data() + number.size();
  return is_whole ? std::optional(std::move(id)) : std::nullopt;
}

Result<void> walk_marks(Transaction& transaction, ByDelivery& found) {
  SLUICE_TRY(
      select,
      transaction.prepare("SELECT shard, low, settled, checksum, stream, delivery FROM marks "
                          "ORDER BY delivery, stream, shard"));
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      return {};
    }
    const std::string delivery(select.text(5));
    const StreamIncarnation stream(select.bits(4));
    Counted& counted = found[delivery];
    auto stored = read_mark(select, delivery, stream);
    if (!stored) {
      counted.ledger.damages.push_back(
          {std::nullopt,
           ShardKey{stream, static_cast<std::uint32_t>(select.bits(0))},
           stored.error().message()});
      continue;
    }
    counted.marks.add(stored->checksum);
    counted.ledger.marks.push_back(std::move(stored->mark));
  }
}

Result<void> walk_plans(Transaction& transaction, ByDelivery& found) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT number, state, committed_ms, body, checksum, delivery "
                                 "FROM plans ORDER BY delivery, number"));
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      return {};
    }
    const std::string delivery(select.text(5));
    Counted& counted = found[delivery];
    auto stored = read_plan(select, delivery);
    if (!stored) {
      counted.ledger.damages.push_back(
          {PlanNumber(select.bits(0)), std::nullopt, stored.error().message()});
      continue;
    }
    const bool is_committed = stored->state == PlanState::committed;
    (is_committed ? counted.committed : counted.open).add(stored->checksum);
    counted.ledger.plans.push_back(
        {std::move(stored->plan.plan),
         is_committed ? std::optional(stored->plan.committed_at) : std::nullopt});
  }
}

Result<void> walk_parked(Transaction& transaction, ByDelivery& found) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT spool_name, body, checksum, delivery FROM parked "
                                 "ORDER BY delivery, spool_name"));
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      return {};
    }
    const std::string delivery(select.text(3));
    Counted& counted = found[delivery];
    auto stored = read_parked(select, delivery);
    if (!stored) {
      counted.ledger.damages.push_back({std::nullopt, std::nullopt, stored.error().message()});
      continue;
    }
    counted.parked.add(stored->checksum);
    counted.ledger.parked.push_back(std::move(stored->object));
  }
}

// A tally may outlive all the rows it counts.
Result<void> walk_tallies(Transaction& transaction, ByDelivery& found) {
  SLUICE_TRY(
      select,
      transaction.prepare("SELECT DISTINCT scope FROM tallies "
                          "WHERE name IN ('marks', 'plans', 'history', 'parked') AND rows > 0"));
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      return {};
    }
    found.try_emplace(std::string(select.text(0)));
  }
}

Result<void> compare(Transaction& transaction,
                     std::string_view table,
                     std::string_view delivery,
                     Tally tally,
                     AuditedLedger& ledger) {
  auto checked = check_tally(transaction, table, delivery, tally);
  if (!checked && checked.error().fault() == Fault::corrupt) {
    ledger.damages.push_back({std::nullopt, std::nullopt, checked.error().message()});
    return {};
  }
  return checked;
}

}  // namespace

Result<std::vector<AuditedLedger>> audit_ledgers(Transaction& transaction) {
  ByDelivery found;
  SLUICE_TRY_DO(walk_marks(transaction, found));
  SLUICE_TRY_DO(walk_plans(transaction, found));
  SLUICE_TRY_DO(walk_parked(transaction, found));
  SLUICE_TRY_DO(walk_tallies(transaction, found));
  std::vector<AuditedLedger> ledgers;
  for (auto& [delivery, counted] : found) {
    AuditedLedger& ledger = counted.ledger;
    ledger.delivery = parse_delivery(delivery).value_or(DeliveryId{delivery, 0});
    SLUICE_TRY_DO(compare(transaction, marks_table, delivery, counted.marks, ledger));
    SLUICE_TRY_DO(compare(transaction, plans_table, delivery, counted.open, ledger));
    SLUICE_TRY_DO(compare(transaction, history_tally, delivery, counted.committed, ledger));
    SLUICE_TRY_DO(compare(transaction, parked_table, delivery, counted.parked, ledger));
    SLUICE_TRY(open, load_tally(transaction, plans_table, delivery));
    SLUICE_TRY(committed, load_tally(transaction, history_tally, delivery));
    ledger.plans_written = open.rows + committed.rows;
    ledgers.push_back(std::move(ledger));
  }
  return ledgers;
}

Result<void> replace_ledger(Transaction& transaction,
                            const DeliveryId& delivery,
                            const std::vector<delivery::ShardMark>& marks,
                            const std::vector<AuditedPlan>& plans,
                            const std::vector<delivery::ParkedObject>& parked) {
  const std::string name = delivery.text();
  SLUICE_TRY_DO(erase_ledger(transaction, name));
  Tally mark_tally;
  for (const delivery::ShardMark& mark : marks) {
    SLUICE_TRY_DO(write_mark(transaction, name, mark, mark_tally));
  }
  Tally open;
  Tally committed;
  SLUICE_TRY(insert,
             transaction.prepare("INSERT INTO plans(delivery, number, state, committed_ms, body, "
                                 "checksum) VALUES(?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const AuditedPlan& audited = plans[i];
    SLUICE_CHECK(audited.plan.number.value == i + 1);
    const auto state = audited.committed_at ? PlanState::committed : PlanState::planned;
    const std::int64_t committed_ms = audited.committed_at ? to_count(*audited.committed_at) : 0;
    const Bytes body = encode_plan(audited.plan);
    const std::uint64_t checksum =
        plan_checksum(name, audited.plan.number, state, committed_ms, body);
    insert.bind_text(1, name);
    insert.bind_bits(2, audited.plan.number.value);
    insert.bind(3, static_cast<std::int64_t>(state));
    insert.bind(4, committed_ms);
    insert.bind_blob(5, body);
    insert.bind_bits(6, checksum);
    SLUICE_TRY_DO(insert.run());
    (audited.committed_at ? committed : open).add(checksum);
  }
  Tally parked_tally;
  for (const delivery::ParkedObject& object : parked) {
    SLUICE_TRY_DO(write_parked(transaction, name, object, parked_tally));
  }
  SLUICE_TRY_DO(save_tally(transaction, parked_table, name, parked_tally));
  SLUICE_TRY_DO(save_tally(transaction, marks_table, name, mark_tally));
  SLUICE_TRY_DO(save_tally(transaction, plans_table, name, open));
  return save_tally(transaction, history_tally, name, committed);
}

}  // namespace sluice::store
