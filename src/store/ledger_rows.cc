// Marks and plans as the columns of their rows, and their checksums.
#include "store/ledger_rows.h"

#include "base/check.h"
#include "store/plan_codec.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::store {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;

std::string mark_name(std::string_view delivery, const ShardKey& shard) {
  return fmt::format("{} stream {:016x} shard {}", delivery, shard.stream.value, shard.shard);
}

std::string plan_name(std::string_view delivery, PlanNumber number) {
  return fmt::format("{} plan {}", delivery, number.value);
}

std::uint64_t MarkRow::checksum(std::string_view delivery) const {
  return RowChecksum(marks_table)
      .add(delivery)
      .add(shard.stream.value)
      .add(std::uint64_t{shard.shard})
      .add(low)
      .add(settled)
      .value();
}

MarkRow row_of(const ShardMark& mark) {
  MarkRow row{mark.shard, mark.low.value, {}};
  mark.settled.encode(row.settled);
  if (!mark.partial.empty()) {
    mark.partial.encode(row.settled);
  }
  return row;
}

Result<StoredMark> read_mark(const Statement& select,
                             std::string_view delivery,
                             delivery::StreamIncarnation stream) {
  const MarkRow row{ShardKey{stream, static_cast<std::uint32_t>(select.bits(0))},
                    select.bits(1),
                    Bytes(select.blob(2))};
  const std::uint64_t checksum = row.checksum(delivery);
  ByteReader reader(row.settled);
  auto settled = delivery::OrdinalSet::decode(reader);
  auto partial = settled && reader.remaining() > 0 ? delivery::PartialRecords::decode(reader)
                                                   : delivery::PartialRecords();
  if (checksum != select.bits(3) || !settled || !partial || reader.remaining() > 0) {
    return corrupt_row(marks_table, mark_name(delivery, row.shard));
  }
  return StoredMark{
      ShardMark{row.shard, Ordinal(row.low), std::move(*settled), std::move(*partial)}, checksum};
}

std::uint64_t plan_checksum(std::string_view delivery,
                            PlanNumber number,
                            PlanState state,
                            std::int64_t committed_ms,
                            ByteView body) {
  return RowChecksum(plans_table)
      .add(delivery)
      .add(number.value)
      .add(static_cast<std::uint64_t>(state))
      .add(static_cast<std::uint64_t>(committed_ms))
      .add(body)
      .value();
}

Result<StoredPlan> read_plan(const Statement& select, std::string_view delivery) {
  const PlanNumber number(select.bits(0));
  const auto state = static_cast<PlanState>(select.integer(1) != 0);
  const std::int64_t committed_ms = select.integer(2);
  const ByteView body = select.blob(3);
  const std::uint64_t checksum = plan_checksum(delivery, number, state, committed_ms, body);
  if (checksum != select.bits(4)) {
    return corrupt_row(plans_table, plan_name(delivery, number));
  }
  SLUICE_TRY(plan, decode_plan(number, body));
  return StoredPlan{{std::move(plan), unix_millis(committed_ms)}, state, checksum};
}

std::string parked_name(std::string_view delivery, std::string_view spool_name) {
  return fmt::format("{} parked object {}", delivery, spool_name);
}

std::uint64_t parked_checksum(std::string_view delivery,
                              std::string_view spool_name,
                              ByteView body) {
  return RowChecksum(parked_table).add(delivery).add(spool_name).add(body).value();
}

Result<StoredParked> read_parked(const Statement& select, std::string_view delivery) {
  const std::string_view spool_name = select.text(0);
  const ByteView body = select.blob(1);
  const std::uint64_t checksum = parked_checksum(delivery, spool_name, body);
  if (checksum != select.bits(2)) {
    return corrupt_row(parked_table, parked_name(delivery, spool_name));
  }
  SLUICE_TRY(object, decode_parked(body));
  return StoredParked{std::move(object), checksum};
}

Result<void> erase_parked(Transaction& transaction,
                          std::string_view delivery,
                          std::string_view spool_name,
                          Tally& tally) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT spool_name, body, checksum FROM parked "
                                 "WHERE delivery = ? AND spool_name = ?"));
  select.bind_text(1, delivery);
  select.bind_text(2, spool_name);
  SLUICE_TRY(has_row, select.next());
  if (!has_row) {
    return {};
  }
  SLUICE_TRY(stored, read_parked(select, delivery));
  SLUICE_TRY(erase,
             transaction.prepare("DELETE FROM parked WHERE delivery = ? AND spool_name = ?"));
  erase.bind_text(1, delivery);
  erase.bind_text(2, spool_name);
  SLUICE_TRY_DO(erase.run());
  tally.remove(stored.checksum);
  return {};
}

Result<void> write_parked(Transaction& transaction,
                          std::string_view delivery,
                          const delivery::ParkedObject& object,
                          Tally& tally) {
  const std::string& spool_name = object.draft.spool_name;
  SLUICE_TRY_DO(erase_parked(transaction, delivery, spool_name, tally));
  const Bytes body = encode_parked(object);
  const std::uint64_t checksum = parked_checksum(delivery, spool_name, body);
  SLUICE_TRY(insert,
             transaction.prepare("INSERT INTO parked(delivery, spool_name, body, checksum) "
                                 "VALUES(?, ?, ?, ?)"));
  insert.bind_text(1, delivery);
  insert.bind_text(2, spool_name);
  insert.bind_blob(3, body);
  insert.bind_bits(4, checksum);
  SLUICE_TRY_DO(insert.run());
  tally.add(checksum);
  return {};
}

Result<void> write_mark(Transaction& transaction,
                        std::string_view delivery,
                        const ShardMark& mark,
                        Tally& tally) {
  SLUICE_CHECK(mark.low.value > 0);
  SLUICE_CHECK(!mark.settled.contains(mark.low));
  const MarkRow row = row_of(mark);
  const std::uint64_t checksum = row.checksum(delivery);
  SLUICE_TRY(
      replace,
      transaction.prepare("INSERT OR REPLACE INTO marks(delivery, stream, shard, low, settled, "
                          "checksum) VALUES(?, ?, ?, ?, ?, ?)"));
  replace.bind_text(1, delivery);
  replace.bind_bits(2, row.shard.stream.value);
  replace.bind_bits(3, row.shard.shard);
  replace.bind_bits(4, row.low);
  replace.bind_blob(5, row.settled);
  replace.bind_bits(6, checksum);
  SLUICE_TRY_DO(replace.run());
  tally.add(checksum);
  return {};
}

Result<void> erase_ledger(Transaction& transaction, std::string_view delivery) {
  for (const std::string_view sql : {"DELETE FROM marks WHERE delivery = ?",
                                     "DELETE FROM plans WHERE delivery = ?",
                                     "DELETE FROM parked WHERE delivery = ?"}) {
    SLUICE_TRY(erase, transaction.prepare(sql));
    erase.bind_text(1, delivery);
    SLUICE_TRY_DO(erase.run());
  }
  SLUICE_TRY(erase, transaction.prepare("DELETE FROM tallies WHERE name = ? AND scope = ?"));
  for (const std::string_view name : {marks_table, plans_table, history_tally, parked_table}) {
    erase.bind_text(1, name);
    erase.bind_text(2, delivery);
    SLUICE_TRY_DO(erase.run());
  }
  return {};
}

}  // namespace sluice::store
