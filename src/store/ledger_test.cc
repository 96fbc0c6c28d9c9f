// The ledger: marks move, plans are dense and committed once, damage is named.
#include "store/ledger.h"

#include "store/definitions.h"
#include "store/temporary_folder.h"

#include <gtest/gtest.h>

namespace sluice::store {
namespace {

using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;
using delivery::StreamIncarnation;

const ShardKey shard_0{StreamIncarnation(0xdead'beef'0000'0001), 0};
const ShardKey shard_1{StreamIncarnation(0xdead'beef'0000'0001), 1};

delivery::OrdinalSet ordinals(std::uint64_t first, std::uint64_t last) {
  delivery::OrdinalSet set;
  set.add(Ordinal(first), Ordinal(last));
  return set;
}

ShardMark mark(ShardKey shard, std::uint64_t low) {
  return {shard, Ordinal(low), {}};
}

ObjectPlan plan(std::uint64_t number) {
  ObjectPlan made;
  made.number = PlanNumber(number);
  made.bucket = "bucket";
  made.key = "key-" + std::to_string(number);
  made.positions = {{shard_0, ordinals(number * 10 + 1, number * 10 + 10)}};
  return made;
}

class StoredLedgerTest : public testing::Test {
 protected:
  StoredLedgerTest() { reopen(); }

  void reopen() {
    ledger_.reset();
    database_.reset();
    auto opened = Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    database_ = std::move(*opened);
    ledger_ = std::make_unique<StoredLedger>(*database_, delivery_);
  }

  void tamper(std::string_view sql) {
    const auto done = database_->write([&](Transaction& transaction) -> Result<void> {
      SLUICE_TRY(statement, transaction.prepare(sql));
      return statement.run();
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
  }

  void expect_corrupt(const Result<delivery::LedgerState>& loaded, const std::string& named) {
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().fault(), Fault::corrupt);
    EXPECT_NE(loaded.error().message().find(named), std::string::npos) << loaded.error().message();
  }

  TemporaryFolder folder_;
  DeliveryId delivery_{"hr_firehose", 17};
  std::unique_ptr<Database> database_;
  std::unique_ptr<StoredLedger> ledger_;
};

TEST_F(StoredLedgerTest, StartsEmpty) {
  const auto state = ledger_->load();
  ASSERT_TRUE(state.has_value());
  EXPECT_TRUE(state->marks.empty());
  EXPECT_TRUE(state->planned.empty());
  EXPECT_EQ(state->next_plan, PlanNumber(1));
}

TEST_F(StoredLedgerTest, RemembersMarksAndOpenPlansAcrossAReopen) {
  ShardMark first = mark(shard_0, 5);
  first.settled = ordinals(9, 12);
  ASSERT_TRUE(ledger_->add_mark(first));
  ASSERT_TRUE(ledger_->add_mark(mark(shard_1, 1)));
  ASSERT_TRUE(ledger_->record_plan(plan(1)));
  ASSERT_TRUE(ledger_->record_plan(plan(2)));
  reopen();
  const auto state = ledger_->load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->marks, (std::vector{first, mark(shard_1, 1)}));
  EXPECT_EQ(state->planned, (std::vector{plan(1), plan(2)}));
  EXPECT_EQ(state->next_plan, PlanNumber(3));
}

TEST_F(StoredLedgerTest, RemembersPartsOfRecordsAcrossAReopen) {
  ShardMark first = mark(shard_0, 5);
  first.settled = ordinals(9, 12);
  first.partial.add({Ordinal(5), 3, 1, ordinals(2, 3)});
  first.partial.add({Ordinal(20), 2, 4, ordinals(1, 1)});
  ASSERT_TRUE(ledger_->add_mark(first));
  reopen();
  const auto state = ledger_->load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->marks, std::vector{first});
  const auto highest = highest_ordinals(*database_, shard_0.stream);
  ASSERT_TRUE(highest.has_value());
  EXPECT_EQ(highest->at(0), Ordinal(20));
}

TEST_F(StoredLedgerTest, ACommitMovesTheMarksAndClosesThePlanTogether) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 1)));
  ASSERT_TRUE(ledger_->record_plan(plan(1)));
  ASSERT_TRUE(ledger_->record_plan(plan(2)));
  ASSERT_TRUE(ledger_->commit({PlanNumber(1)}, {mark(shard_0, 21)}, unix_millis(1000)));
  reopen();
  const auto state = ledger_->load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->marks, std::vector{mark(shard_0, 21)});
  EXPECT_EQ(state->planned, std::vector{plan(2)});
  EXPECT_EQ(state->next_plan, PlanNumber(3));
  const auto history = ledger_->history(PlanNumber(1), 10);
  ASSERT_TRUE(history.has_value());
  ASSERT_EQ(history->size(), 1u);
  EXPECT_EQ((*history)[0].plan, plan(1));
  EXPECT_EQ((*history)[0].committed_at, unix_millis(1000));
  EXPECT_TRUE(ledger_->check_history());
}

delivery::ParkedObject parked(std::uint64_t buffer, const std::string& spool_name) {
  delivery::ParkedObject object;
  object.buffer = buffer;
  object.partition = {{"watch", "left"}};
  object.draft = plan(buffer);
  object.draft.number = PlanNumber{};
  object.draft.spool_name = spool_name;
  object.spool_bytes = 1000 + buffer;
  object.writer_state = Bytes("state\0of", 8);
  return object;
}

TEST_F(StoredLedgerTest, ParkingMovesTheMarksAndIsRememberedUntilThePlan) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 1)));
  ASSERT_TRUE(ledger_->park({parked(2, "b"), parked(1, "z")}, {mark(shard_0, 21)}));
  reopen();
  auto state = ledger_->load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->marks, std::vector{mark(shard_0, 21)});
  EXPECT_EQ(state->parked, (std::vector{parked(1, "z"), parked(2, "b")}));

  delivery::ParkedObject more = parked(2, "b");
  more.spool_bytes = 5'000;
  ASSERT_TRUE(ledger_->park({more}, {mark(shard_0, 31)}));
  ObjectPlan planned = plan(1);
  planned.spool_name = "z";
  ASSERT_TRUE(ledger_->record_plan(planned));
  reopen();
  state = ledger_->load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->parked, std::vector{more});
  EXPECT_EQ(state->planned, std::vector{planned});
  EXPECT_EQ(state->marks, std::vector{mark(shard_0, 31)});
}

TEST_F(StoredLedgerTest, ParkingThatFailsChangesNothing) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 5)));
  EXPECT_EQ(ledger_->park({parked(1, "a")}, {mark(shard_0, 4)}).error().fault(), Fault::conflict);
  EXPECT_EQ(ledger_->park({parked(1, "a")}, {mark(shard_1, 9)}).error().fault(), Fault::missing);
  const auto state = ledger_->load();
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_TRUE(state->parked.empty());
  EXPECT_EQ(state->marks, std::vector{mark(shard_0, 5)});
}

TEST_F(StoredLedgerTest, NamesADamagedOrLostParkedObject) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 5)));
  ASSERT_TRUE(ledger_->park({parked(1, "a"), parked(2, "b")}, {}));
  tamper("UPDATE parked SET body = x'01' || substr(body, 2) || x'00' WHERE spool_name = 'a'");
  expect_corrupt(ledger_->load(), "hr_firehose/17 parked object a");
  tamper("DELETE FROM parked WHERE spool_name = 'a'");
  expect_corrupt(ledger_->load(), "parked");
}

TEST_F(StoredLedgerTest, AFailedCommitChangesNothing) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 5)));
  ASSERT_TRUE(ledger_->record_plan(plan(1)));
  const auto before = ledger_->load();
  ASSERT_TRUE(before.has_value());

  struct Case {
    const char* name;
    PlanNumber number;
    ShardMark mark;
    Fault fault;
  };

  for (const Case& row : {Case{"unknown plan", PlanNumber(2), mark(shard_0, 9), Fault::missing},
                          Case{"unknown shard", PlanNumber(1), mark(shard_1, 9), Fault::missing},
                          Case{"going back", PlanNumber(1), mark(shard_0, 4), Fault::conflict}}) {
    const auto done = ledger_->commit({row.number}, {row.mark}, unix_millis(1));
    ASSERT_FALSE(done.has_value()) << row.name;
    EXPECT_EQ(done.error().fault(), row.fault) << row.name;
    const auto after = ledger_->load();
    ASSERT_TRUE(after.has_value()) << row.name;
    EXPECT_EQ(after->marks, before->marks) << row.name;
    EXPECT_EQ(after->planned, before->planned) << row.name;
  }
}

TEST_F(StoredLedgerTest, APlanIsCommittedOnce) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 1)));
  ASSERT_TRUE(ledger_->record_plan(plan(1)));
  ASSERT_TRUE(ledger_->commit({PlanNumber(1)}, {mark(shard_0, 2)}, unix_millis(1)));
  const auto again = ledger_->commit({PlanNumber(1)}, {mark(shard_0, 3)}, unix_millis(2));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().fault(), Fault::conflict);
}

TEST_F(StoredLedgerTest, PlanNumbersAreDense) {
  EXPECT_EQ(ledger_->record_plan(plan(2)).error().fault(), Fault::conflict);
  ASSERT_TRUE(ledger_->record_plan(plan(1)));
  EXPECT_EQ(ledger_->record_plan(plan(1)).error().fault(), Fault::conflict);
  EXPECT_TRUE(ledger_->record_plan(plan(2)));
}

TEST_F(StoredLedgerTest, AMarkIsAddedOnce) {
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 1)));
  const auto again = ledger_->add_mark(mark(shard_0, 7));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().fault(), Fault::conflict);
}

TEST_F(StoredLedgerTest, LedgersOfOneDatabaseDoNotMix) {
  StoredLedger other(*database_, {"hr_firehose", 18});
  ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 1)));
  ASSERT_TRUE(other.add_mark(mark(shard_0, 4)));
  ASSERT_TRUE(other.record_plan(plan(1)));
  tamper("UPDATE marks SET low = 99 WHERE delivery = 'hr_firehose/18'");
  const auto state = ledger_->load();
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->marks, std::vector{mark(shard_0, 1)});
  expect_corrupt(other.load(), "hr_firehose/18 stream deadbeef00000001 shard 0");
}

TEST_F(StoredLedgerTest, NamesTheRowThatIsDamaged) {
  struct Case {
    const char* sql;
    const char* named;
  };

  const Case cases[] = {
      {"UPDATE marks SET low = low + 1", "table marks, row hr_firehose/17"},
      {"UPDATE marks SET settled = x'0101'", "table marks, row hr_firehose/17"},
      {"UPDATE plans SET body = zeroblob(length(body)) WHERE number = 2", "hr_firehose/17 plan 2"},
      {"DELETE FROM marks", "table marks, hr_firehose/17"},
      {"DELETE FROM plans WHERE number = 2", "table plans, hr_firehose/17"},
      {"UPDATE plans SET state = 1 WHERE number = 2", "table plans, hr_firehose/17"},
      {"DELETE FROM plans WHERE number = 1", "table plans, hr_firehose/17"},
  };
  for (const Case& row : cases) {
    tamper("DELETE FROM marks");
    tamper("DELETE FROM plans");
    tamper("DELETE FROM tallies");
    ASSERT_TRUE(ledger_->add_mark(mark(shard_0, 1)));
    ASSERT_TRUE(ledger_->record_plan(plan(1)));
    ASSERT_TRUE(ledger_->commit({PlanNumber(1)}, {mark(shard_0, 2)}, unix_millis(1)));
    ASSERT_TRUE(ledger_->record_plan(plan(2)));
    ASSERT_TRUE(ledger_->load().has_value());
    tamper(row.sql);
    if (std::string_view(row.sql) != "DELETE FROM plans WHERE number = 1") {
      expect_corrupt(ledger_->load(), row.named);
    } else {
      // Lost history is found by looking at the history.
      EXPECT_FALSE(ledger_->check_history().has_value());
    }
  }
}

// Of a delivery stream and its backup.
constexpr std::string_view backup_name = "hr_firehose/backup";

TEST_F(StoredLedgerTest, ADeliveryStreamIsCreatedWithTheMarksOfItsLedgersOrNotAtAll) {
  const std::vector<ShardMark> marks = {mark(shard_0, 1), mark(shard_1, 6)};
  const std::vector<DeliveryId> ledgers = {delivery_, {std::string(backup_name), 19}};
  ASSERT_TRUE(create_delivery(*database_, "hr_firehose", "{}", ledgers, marks));
  EXPECT_EQ(ledger_->load()->marks, marks);
  EXPECT_EQ(StoredLedger(*database_, ledgers[1]).load()->marks, marks);
  const std::vector<DeliveryId> other_life = {{"hr_firehose", 18}};
  const auto again = create_delivery(*database_, "hr_firehose", "{}", other_life, marks);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().fault(), Fault::conflict);
  EXPECT_TRUE(StoredLedger(*database_, other_life[0]).load()->marks.empty());
  const std::vector<DeliveryId> other = {{"o", 1}};
  const auto twice = create_delivery(*database_, "other", "{}", other, {marks[0], marks[0]});
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(Definitions(*database_).find(kind_delivery_stream, "other").error().fault(),
            Fault::missing);
}

TEST_F(StoredLedgerTest, AChangedDefinitionBringsItsNewLedgersAlong) {
  const std::vector<DeliveryId> ledgers = {delivery_};
  ASSERT_TRUE(create_delivery(*database_, "hr_firehose", "{}", ledgers, {mark(shard_0, 1)}));
  const std::vector<DeliveryId> added = {{std::string(backup_name), 19}};
  ASSERT_TRUE(change_delivery(*database_, "hr_firehose", "{1}", added, {mark(shard_0, 5)}));
  EXPECT_EQ(Definitions(*database_).find(kind_delivery_stream, "hr_firehose"), "{1}");
  EXPECT_EQ(ledger_->load()->marks, std::vector<ShardMark>{mark(shard_0, 1)});
  EXPECT_EQ(StoredLedger(*database_, added[0]).load()->marks,
            std::vector<ShardMark>{mark(shard_0, 5)});
}

TEST_F(StoredLedgerTest, ADeletedDeliveryStreamLeavesNothing) {
  const std::vector<DeliveryId> ledgers = {delivery_, {std::string(backup_name), 19}};
  ASSERT_TRUE(create_delivery(*database_, "hr_firehose", "{}", ledgers, {mark(shard_0, 1)}));
  ASSERT_TRUE(ledger_->record_plan(plan(1)));
  ASSERT_TRUE(StoredLedger(*database_, ledgers[1]).record_plan(plan(1)));
  ASSERT_TRUE(delete_delivery(*database_, "hr_firehose", ledgers));
  for (const DeliveryId& ledger : ledgers) {
    const auto state = StoredLedger(*database_, ledger).load();
    ASSERT_TRUE(state.has_value()) << state.error().message();
    EXPECT_TRUE(state->marks.empty());
    EXPECT_EQ(state->next_plan, PlanNumber(1));
  }
  EXPECT_EQ(delete_delivery(*database_, "hr_firehose", ledgers).error().fault(), Fault::missing);
}

TEST_F(StoredLedgerTest, KnowsTheHighestOrdinalOfEachShard) {
  ShardMark first = mark(shard_0, 5);
  first.settled = ordinals(9, 12);
  ASSERT_TRUE(ledger_->add_mark(first));
  ASSERT_TRUE(ledger_->add_mark(mark(shard_1, 1)));
  StoredLedger other(*database_, {"other", 1});
  ASSERT_TRUE(other.add_mark(mark(shard_1, 31)));
  const StreamIncarnation stream = shard_0.stream;
  EXPECT_EQ(highest_ordinals(*database_, stream),
            (std::map<std::uint32_t, Ordinal>{{0, Ordinal(12)}, {1, Ordinal(30)}}));
  ASSERT_TRUE(other.record_plan(plan(1)));
  EXPECT_EQ(highest_ordinals(*database_, stream)->at(0), Ordinal(20));
  EXPECT_TRUE(highest_ordinals(*database_, StreamIncarnation(4))->empty());
}

}  // namespace
}  // namespace sluice::store
