// What is left of a ledger and the objects give back what it said, or a refusal.
#include "proof/rebuild.h"

#include "delivery/object_writer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::proof {
namespace {

using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::OrdinalSet;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;
using delivery::StreamIncarnation;

const store::DeliveryId hr{"hr", 0xabc};
const ShardKey shard_0{StreamIncarnation(7), 0};
const ShardKey shard_1{StreamIncarnation(7), 1};

OrdinalSet set_of(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> runs) {
  OrdinalSet set;
  for (const auto& [first, last] : runs) {
    set.add(Ordinal(first), Ordinal(last));
  }
  return set;
}

ObjectPlan plan(std::uint64_t number, ShardKey shard, const OrdinalSet& held) {
  ObjectPlan made;
  made.number = PlanNumber(number);
  made.bucket = "landing";
  made.key = "data/hr-1-" + std::to_string(number);
  made.bytes = 100 + number;
  made.sha256 = sha256("object " + std::to_string(number));
  made.records = held.count();
  made.positions = {{shard, held}};
  return made;
}

FoundObject object_of(const ObjectPlan& plan) {
  FoundObject object;
  object.bucket = plan.bucket;
  object.key = plan.key;
  object.bytes = plan.bytes;
  object.sha256 = plan.sha256;
  object.proof = ObjectProof{hr.name,
                             hr.incarnation,
                             plan.number,
                             spans_of(plan.positions),
                             delivery::positions_digest(plan.positions)};
  return object;
}

// Plan 1 holds records 5 to 14 of shard 0, plan 2 the next but for 17 and 20 to 21, which plan 3
// holds as error lines; plan 4 holds shard 1's first four; plan 5 is sealed and planned.
class Rebuild : public testing::Test {
 protected:
  Rebuild() {
    const std::vector<ObjectPlan> plans = {
        plan(1, shard_0, set_of({{5, 14}})),
        plan(2, shard_0, set_of({{15, 16}, {18, 19}, {22, 34}})),
        plan(3, shard_0, set_of({{17, 17}, {20, 21}})),
        plan(4, shard_1, set_of({{1, 4}})),
    };
    store::AuditedLedger ledger;
    ledger.delivery = hr;
    ledger.plans_written = 5;
    ledger.marks = {{shard_0, Ordinal(35), {}}, {shard_1, Ordinal(5), {}}};
    for (const ObjectPlan& one : plans) {
      ledger.plans.push_back({one, unix_millis(1)});
      facts_.objects.push_back(object_of(one));
    }
    object(3).lines = {{0, {1000, plans[2].positions[0].ordinals}}};
    ledger.plans.push_back({plan(5, shard_0, set_of({{35, 40}})), std::nullopt});
    facts_.kept.emplace(hr, PlanNumber(5));
    facts_.has_ledger = true;
    facts_.before = {ledger};
    request_.definition.name = hr.name;
    request_.definition.incarnation = hr.incarnation;
    request_.definition.s3.bucket_arn = "arn:aws:s3:::landing";
    request_.definition.s3.prefix = "data/";
    request_.stream = StreamIncarnation(7);
    request_.shards = {unix_millis(1'000'500), unix_millis(1'000'500)};
    request_.horizon_of = [](std::uint32_t) -> Result<Ordinal> { return Ordinal(1); };
    request_.start_of = [](std::uint32_t shard) -> Result<Ordinal> {
      return Ordinal(shard == 0 ? 5 : 1);
    };
  }

  store::AuditedLedger& ledger() { return facts_.before.front(); }

  FoundObject& object(std::size_t number) { return facts_.objects.at(number - 1); }

  void forget_plan(std::uint64_t number) {
    std::erase_if(ledger().plans, [&](const store::AuditedPlan& audited) {
      return audited.plan.number == PlanNumber(number);
    });
  }

  void forget_object(std::size_t number) {
    facts_.objects.erase(facts_.objects.begin() + static_cast<std::ptrdiff_t>(number) - 1);
  }

  // The positions of every plan are those it had, and the marks too.
  void expect_whole(const Rebuilt& rebuilt) {
    EXPECT_TRUE(rebuilt.refusals.empty()) << rebuilt.refusals.front();
    ASSERT_EQ(rebuilt.plans.size(), whole_.before.front().plans.size());
    for (std::size_t i = 0; i < rebuilt.plans.size(); ++i) {
      const ObjectPlan& wanted = whole_.before.front().plans[i].plan;
      EXPECT_EQ(rebuilt.plans[i].plan.number, wanted.number);
      EXPECT_EQ(rebuilt.plans[i].plan.positions, wanted.positions);
      EXPECT_EQ(rebuilt.plans[i].plan.key, wanted.key);
      EXPECT_EQ(rebuilt.plans[i].plan.sha256, wanted.sha256);
    }
    EXPECT_EQ(rebuilt.marks, whole_.before.front().marks);
  }

  // To be called before anything is taken away.
  void SetUp() override { whole_ = facts_; }

  Facts facts_;
  Facts whole_;
  RebuildRequest request_;
};

TEST_F(Rebuild, AWholeLedgerNeedsNothing) {
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_FALSE(rebuilt.is_needed);
  expect_whole(rebuilt);
}

TEST_F(Rebuild, LostPlansComeBackFromTheirObjectsWhateverTheirNumber) {
  for (std::uint64_t number = 1; number <= 4; ++number) {
    facts_ = whole_;
    forget_plan(number);
    const Rebuilt rebuilt = rebuild(facts_, request_);
    EXPECT_TRUE(rebuilt.is_needed) << number;
    expect_whole(rebuilt);
  }
}

TEST_F(Rebuild, AllPlansAndMarksComeBackFromObjects) {
  ledger().plans.erase(ledger().plans.begin(), ledger().plans.begin() + 4);
  ledger().marks.clear();
  expect_whole(rebuild(facts_, request_));
}

TEST_F(Rebuild, ALostMarkBeginsWhereTheLogSays) {
  ledger().marks.erase(ledger().marks.begin());
  request_.start_of = [](std::uint32_t) -> Result<Ordinal> { return Ordinal(3); };
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  // Records 3 and 4 arrived after the delivery stream's start, and no object holds them.
  EXPECT_EQ(rebuilt.marks[0], (ShardMark{shard_0, Ordinal(3), set_of({{5, 34}})}));
}

TEST_F(Rebuild, AMarkOfAnOlderStoreMovesForward) {
  ledger().marks[0].low = Ordinal(15);
  ledger().marks[1] = {shard_1, Ordinal(1), {}};
  expect_whole(rebuild(facts_, request_));
}

TEST_F(Rebuild, OfAnOlderStoreNewerPlansComeFromObjects) {
  ledger().plans.resize(1);
  ledger().plans_written = 1;
  ledger().marks = {{shard_0, Ordinal(15), {}}};
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_EQ(rebuilt.plans.size(), 4U);
  EXPECT_EQ(rebuilt.marks, whole_.before.front().marks);
}

TEST_F(Rebuild, AnErrorObjectWithoutHeadersIsProvenByTheHolesItFills) {
  forget_plan(2);
  forget_plan(3);
  object(3).proof.reset();
  expect_whole(rebuild(facts_, request_));
}

TEST_F(Rebuild, AnErrorObjectBesideTheOthersIsProvenByItsNameAndItsStream) {
  forget_plan(5);
  facts_.kept.clear();
  FoundObject refused;
  refused.bucket = "landing";
  refused.key = "data/format-conversion-failed/hr-1-x";
  refused.sha256 = sha256("refused");
  refused.lines = {{0, {1000, set_of({{35, 35}})}}};
  facts_.objects.push_back(refused);
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  ASSERT_EQ(rebuilt.plans.size(), 5U);
  EXPECT_EQ(rebuilt.plans[4].plan.key, refused.key);
  EXPECT_EQ(rebuilt.marks[0].low, Ordinal(36));
}

TEST_F(Rebuild, AnErrorObjectOfOtherRecordsIsRefused) {
  forget_plan(3);
  object(3).proof.reset();
  for (const NamedRecords& named : {NamedRecords{999, set_of({{41, 42}})},      // another stream's
                                    NamedRecords{1000, set_of({{34, 35}})}}) {  // held by plan 2
    object(3).lines = {{0, named}};
    const Rebuilt rebuilt = rebuild(facts_, request_);
    ASSERT_FALSE(rebuilt.refusals.empty());
    EXPECT_NE(rebuilt.refusals.front().find("data/hr-1-3"), std::string::npos);
  }
}

TEST_F(Rebuild, RecordsThatCannotBeProvenAreRefused) {
  forget_plan(2);
  object(2).proof->positions = std::string(64, '0');
  const Rebuilt rebuilt = rebuild(facts_, request_);
  ASSERT_EQ(rebuilt.refusals.size(), 1U);
  EXPECT_NE(rebuilt.refusals[0].find("data/hr-1-2 is plan 2"), std::string::npos);
}

TEST_F(Rebuild, TwoDifferentObjectsOfOnePlanAreRefused) {
  forget_plan(1);
  FoundObject other = object(1);
  other.key = "elsewhere";
  other.sha256 = sha256("another");
  facts_.objects.push_back(other);
  EXPECT_EQ(rebuild(facts_, request_).refusals.size(), 1U);
}

TEST_F(Rebuild, APlanThatIsNowhereIsRefusedWhereItsRecordsMightComeTwice) {
  forget_plan(1);
  forget_object(1);
  ledger().marks.clear();
  EXPECT_EQ(rebuild(facts_, request_).refusals.size(), 1U);
  request_.redelivers_missing = true;
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  ASSERT_EQ(rebuilt.plans.size(), 5U);
  EXPECT_TRUE(rebuilt.plans[0].plan.key.empty());
  EXPECT_EQ(rebuilt.marks[0], (ShardMark{shard_0, Ordinal(5), set_of({{15, 34}})}));
}

TEST_F(Rebuild, APlanThatIsNowhereIsHarmlessWhereTheMarksHoldItsRecords) {
  forget_plan(1);
  forget_object(1);
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_TRUE(rebuilt.is_needed);
  EXPECT_EQ(rebuilt.marks, whole_.before.front().marks);
}

TEST_F(Rebuild, ASealedFileOfALostPlanWasNeverPutSoThatItsRecordsComeOnce) {
  forget_plan(5);
  facts_.kept.clear();
  facts_.sealed.emplace(hr, PlanNumber(5));
  ledger().marks.clear();
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_EQ(rebuilt.marks, whole_.before.front().marks);
}

// Plan 3 was to be the error object of what plan 2 left out: a hole between settled records.
TEST_F(Rebuild, ADamagedSealedFileWasNeverPutSoThatItsRecordsAreReadAgain) {
  for (store::AuditedPlan& audited : ledger().plans) {
    if (audited.plan.number == PlanNumber(3)) {
      audited.committed_at = std::nullopt;
    }
  }
  forget_object(3);
  ledger().marks[0] = {shard_0, Ordinal(17), set_of({{18, 19}, {22, 34}})};
  EXPECT_FALSE(rebuild(facts_, request_).refusals.empty());
  facts_.damaged.emplace(hr, PlanNumber(3));
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_TRUE(rebuilt.is_needed);
  ASSERT_EQ(rebuilt.found.size(), 1U);
  EXPECT_EQ(rebuilt.found[0].substr(0, 23), "plan 3: never put, and ");
  EXPECT_TRUE(rebuilt.plans.at(2).plan.positions.empty());
  EXPECT_EQ(rebuilt.marks, ledger().marks);
  // Had it been parked, its records would be read by nobody.
  ledger().marks[0].low = Ordinal(18);
  EXPECT_EQ(rebuild(facts_, request_).refusals.size(), 1U);
}

TEST_F(Rebuild, AnObjectOfUnknownOriginUnderThePrefixIsRefused) {
  FoundObject raw;
  raw.bucket = "landing";
  raw.key = "data/2025/07/hr-1-2025-07-13-x";
  facts_.objects.push_back(raw);
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_EQ(rebuilt.refusals.size(), 1U);
  facts_.objects.back().key = "data/2025/07/notes.txt";
  EXPECT_FALSE(rebuild(facts_, request_).is_needed);
}

TEST_F(Rebuild, AStoreFromBeforeASplitIsRefused) {
  ledger().marks.pop_back();
  request_.shards.pop_back();
  const Rebuilt rebuilt = rebuild(facts_, request_);
  ASSERT_EQ(rebuilt.refusals.size(), 1U);
  EXPECT_NE(rebuilt.refusals[0].find("older than a split"), std::string::npos);
}

TEST_F(Rebuild, ShardsOfAStreamThatIsGoneKeepWhatWasDelivered) {
  request_.stream = StreamIncarnation(8);
  ledger().marks.clear();
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_EQ(rebuilt.marks, whole_.before.front().marks);
}

TEST_F(Rebuild, ARemovedObjectStaysDeliveredAndIsCounted) {
  forget_object(2);
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_FALSE(rebuilt.is_needed);
  EXPECT_EQ(rebuilt.removed_objects, 1U);
  EXPECT_EQ(rebuilt.removed_records, 17U);
  expect_whole(rebuilt);
}

TEST_F(Rebuild, ObjectsInAnotherS3AreNotTakenForRemoved) {
  facts_.objects.clear();
  facts_.remote_buckets = {"landing"};
  request_.redelivers_missing = true;
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_FALSE(rebuilt.is_needed);
  EXPECT_EQ(rebuilt.removed_objects, 0U);
  expect_whole(rebuilt);
}

TEST_F(Rebuild, TheRecordsOfARemovedObjectAreDeliveredAgainWhereThatIsWanted) {
  forget_object(2);
  request_.redelivers_missing = true;
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.is_needed);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_EQ(rebuilt.removed_objects, 0U);
  EXPECT_EQ(rebuilt.marks.front().low, Ordinal(15));
  EXPECT_EQ(rebuilt.marks.front().settled, set_of({{17, 17}, {20, 21}}));
  EXPECT_EQ(rebuilt.marks.back(), whole_.before.front().marks.back());
  ASSERT_EQ(rebuilt.plans.size(), 5U);
  EXPECT_EQ(rebuilt.plans[1].plan.key, "") << "its number stays, it holds nothing";
  EXPECT_TRUE(rebuilt.plans[1].plan.positions.empty());
  EXPECT_TRUE(std::any_of(rebuilt.found.begin(), rebuilt.found.end(), [](const std::string& line) {
    return line.find("17 records of 1 object that was removed") != std::string::npos &&
           line.find("meets them twice") != std::string::npos;
  }));
}

TEST_F(Rebuild, RemovedRecordsThatTheLogHasNotStayWithTheirPlan) {
  forget_object(1);
  request_.redelivers_missing = true;
  request_.horizon_of = [](std::uint32_t) -> Result<Ordinal> { return Ordinal(10); };
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_EQ(rebuilt.marks.front().low, Ordinal(10));
  EXPECT_EQ(rebuilt.marks.front().settled, set_of({{15, 34}}));
  EXPECT_EQ(rebuilt.plans.front().plan.key, "data/hr-1-1");
  EXPECT_EQ(rebuilt.plans.front().plan.positions.front().ordinals, set_of({{5, 9}}));
  EXPECT_EQ(rebuilt.plans.front().plan.records, 5U);
  EXPECT_EQ(rebuilt.removed_objects, 1U);
  EXPECT_EQ(rebuilt.removed_records, 5U);
}

TEST_F(Rebuild, WhereTheStartIsNotKnownAShardBeginsWithItsFirstDeliveredRecord) {
  facts_.before.clear();
  request_.knows_start = false;
  request_.start_of = [](std::uint32_t) -> Result<Ordinal> { return Ordinal(1); };
  const Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  EXPECT_EQ(rebuilt.marks.front(), (ShardMark{shard_0, Ordinal(35), {}}));
  EXPECT_EQ(rebuilt.marks.back(), (ShardMark{shard_1, Ordinal(5), {}}));
}

TEST_F(Rebuild, PartsOfARecordThatAreDeliveredStaySoThoughTheMarkIsLost) {
  delivery::PartialRecord parts{Ordinal(41), 3, 1, set_of({{1, 2}})};
  ledger().plans[0].plan.positions[0].partial.add(parts);
  std::erase_if(ledger().marks, [](const ShardMark& mark) { return mark.shard == shard_0; });
  Rebuilt rebuilt = rebuild(facts_, request_);
  EXPECT_TRUE(rebuilt.refusals.empty());
  ASSERT_NE(rebuilt.marks.front().partial.find(Ordinal(41)), nullptr);
  EXPECT_EQ(*rebuilt.marks.front().partial.find(Ordinal(41)), parts);
  forget_object(1);
  request_.redelivers_missing = true;
  rebuilt = rebuild(facts_, request_);
  EXPECT_EQ(rebuilt.removed_objects, 1U) << "where its other parts are nobody asks";
}

}  // namespace
}  // namespace sluice::proof
