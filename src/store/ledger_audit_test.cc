// What a look at all ledgers finds, whole and damaged.
#include "store/ledger_audit.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

namespace sluice::store {
namespace {

using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::StreamIncarnation;

const ShardKey shard_0{StreamIncarnation(7), 0};

ObjectPlan plan(std::uint64_t number) {
  ObjectPlan made;
  made.number = PlanNumber(number);
  made.key = "key-" + std::to_string(number);
  delivery::OrdinalSet set;
  set.add(Ordinal(number));
  made.positions = {{shard_0, set}};
  return made;
}

// A ledger with plans 1 (committed) and 2 (planned).
class LedgerAudit : public testing::Test {
 protected:
  LedgerAudit() : database_(*Database::open(folder_ / "sluice.db")) {
    StoredLedger ledger(*database_, {"hr_firehose", 17});
    EXPECT_TRUE(ledger.add_mark({shard_0, Ordinal(1), {}}));
    EXPECT_TRUE(ledger.record_plan(plan(1)));
    EXPECT_TRUE(ledger.record_plan(plan(2)));
    EXPECT_TRUE(ledger.commit({PlanNumber(1)}, {{shard_0, Ordinal(2), {}}}, unix_millis(5)));
  }

  void tamper(std::string_view sql) {
    const auto done = database_->write([&](Transaction& transaction) -> Result<void> {
      SLUICE_TRY(statement, transaction.prepare(sql));
      return statement.run();
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
  }

  AuditedLedger audit() {
    std::vector<AuditedLedger> ledgers;
    const auto done = database_->read([&](Transaction& transaction) -> Result<void> {
      SLUICE_TRY(found, audit_ledgers(transaction));
      ledgers = std::move(found);
      return {};
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
    EXPECT_EQ(ledgers.size(), 1U);
    return ledgers.empty() ? AuditedLedger() : std::move(ledgers.front());
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
};

TEST_F(LedgerAudit, TellsMarksAndPlansOfAWholeLedger) {
  const AuditedLedger ledger = audit();
  EXPECT_EQ(ledger.delivery.text(), "hr_firehose/17");
  EXPECT_TRUE(ledger.damages.empty());
  ASSERT_EQ(ledger.marks.size(), 1U);
  EXPECT_EQ(ledger.marks[0].low, Ordinal(2));
  ASSERT_EQ(ledger.plans.size(), 2U);
  EXPECT_EQ(ledger.plans[0].plan, plan(1));
  EXPECT_EQ(ledger.plans[0].committed_at, unix_millis(5));
  EXPECT_EQ(ledger.plans[1].committed_at, std::nullopt);
}

TEST_F(LedgerAudit, NamesADamagedPlanAndGoesOn) {
  tamper("UPDATE plans SET committed_ms = 6 WHERE number = 1");
  const AuditedLedger ledger = audit();
  ASSERT_EQ(ledger.plans.size(), 1U);
  ASSERT_EQ(ledger.damages.size(), 2U);  // the row, and the tally that counts it
  EXPECT_EQ(ledger.damages[0].plan, PlanNumber(1));
  EXPECT_NE(ledger.damages[0].message.find("hr_firehose/17 plan 1"), std::string::npos);
}

TEST_F(LedgerAudit, NamesADamagedMark) {
  tamper("UPDATE marks SET low = 3");
  const AuditedLedger ledger = audit();
  EXPECT_TRUE(ledger.marks.empty());
  ASSERT_EQ(ledger.damages.size(), 2U);
  EXPECT_EQ(ledger.damages[0].shard, shard_0);
}

TEST_F(LedgerAudit, FindsThatAllRowsAreGone) {
  tamper("DELETE FROM plans");
  tamper("DELETE FROM marks");
  const AuditedLedger ledger = audit();
  EXPECT_EQ(ledger.delivery.text(), "hr_firehose/17");
  EXPECT_EQ(ledger.damages.size(), 3U);
}

TEST_F(LedgerAudit, KnowsHowManyPlansThereWereByTheTallies) {
  tamper("DELETE FROM plans");
  EXPECT_EQ(audit().plans_written, 2U);
}

TEST_F(LedgerAudit, AReplacedLedgerIsWholeAndGoesOn) {
  const AuditedLedger before = audit();
  tamper("DELETE FROM plans");
  tamper("UPDATE marks SET low = 3");
  const auto done = database_->write([&](Transaction& transaction) {
    return replace_ledger(transaction, before.delivery, before.marks, before.plans, before.parked);
  });
  ASSERT_TRUE(done.has_value()) << done.error().message();
  const AuditedLedger after = audit();
  EXPECT_TRUE(after.damages.empty());
  EXPECT_EQ(after.marks, before.marks);
  ASSERT_EQ(after.plans.size(), 2U);
  StoredLedger ledger(*database_, before.delivery);
  const auto state = ledger.load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->next_plan, PlanNumber(3));
  EXPECT_TRUE(ledger.commit({PlanNumber(2)}, {{shard_0, Ordinal(3), {}}}, unix_millis(6)));
  EXPECT_TRUE(ledger.check_history());
}

}  // namespace
}  // namespace sluice::store
