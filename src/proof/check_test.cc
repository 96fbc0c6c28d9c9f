// Whole facts prove; each planted fault is found and named.
#include "proof/check.h"

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
using delivery::StreamIncarnation;

const store::DeliveryId hr{"hr_firehose", 0xabc};
const ShardKey shard_0{StreamIncarnation(7), 0};
const ShardKey shard_1{StreamIncarnation(7), 1};

OrdinalSet ordinals(std::uint64_t first, std::uint64_t last) {
  OrdinalSet set;
  set.add(Ordinal(first), Ordinal(last));
  return set;
}

Sha256Digest digest_of(std::uint64_t number) {
  return sha256("object " + std::to_string(number));
}

ObjectPlan plan(std::uint64_t number, ShardKey shard, const OrdinalSet& held) {
  ObjectPlan made;
  made.number = PlanNumber(number);
  made.bucket = "landing";
  made.key = "k" + std::to_string(number);
  made.bytes = 100 + number;
  made.sha256 = digest_of(number);
  made.records = held.count();
  made.positions = {{shard, held}};
  return made;
}

ObjectProof proof_of(const ObjectPlan& plan) {
  return {hr.name,
          hr.incarnation,
          plan.number,
          spans_of(plan.positions),
          delivery::positions_digest(plan.positions)};
}

FoundObject object_of(const ObjectPlan& plan) {
  FoundObject object;
  object.bucket = plan.bucket;
  object.key = plan.key;
  object.bytes = plan.bytes;
  object.sha256 = plan.sha256;
  object.proof = proof_of(plan);
  return object;
}

// Shard 0 holds records 5 to 34 in plans 1, 2 (without 17) and 3 (17 alone: refused), shard 1
// records 1 to 4 in plan 4; plan 5 waits.
class Check : public testing::Test {
 protected:
  Check() {
    OrdinalSet holed = ordinals(15, 16);
    holed.add(Ordinal(18), Ordinal(34));
    plans_ = {plan(1, shard_0, ordinals(5, 14)),
              plan(2, shard_0, holed),
              plan(3, shard_0, ordinals(17, 17)),
              plan(4, shard_1, ordinals(1, 4))};
    store::AuditedLedger ledger;
    ledger.delivery = hr;
    ledger.marks = {{shard_0, Ordinal(35), {}}, {shard_1, Ordinal(5), {}}};
    for (const ObjectPlan& one : plans_) {
      ledger.plans.push_back({one, unix_millis(1)});
      facts_.objects.push_back(object_of(one));
    }
    ledger.plans.push_back({plan(5, shard_0, ordinals(35, 40)), std::nullopt});
    facts_.kept.emplace(hr, PlanNumber(5));
    facts_.has_ledger = true;
    facts_.has_headers = true;
    facts_.defined = {hr};
    facts_.before = {ledger};
    facts_.after = {ledger};
  }

  store::AuditedLedger& ledger() { return facts_.before.front(); }

  FoundObject& object(std::size_t number) { return facts_.objects.at(number - 1); }

  void forget_ledger() {
    facts_.has_ledger = false;
    facts_.before.clear();
    facts_.after.clear();
  }

  // The one finding.
  Finding only() {
    const Verdict verdict = check(facts_);
    EXPECT_EQ(verdict.findings.size(), 1U);
    return verdict.findings.empty() ? Finding() : verdict.findings.front();
  }

  std::vector<Flaw> flaws() {
    std::vector<Flaw> found;
    for (const Finding& finding : check(facts_).findings) {
      found.push_back(finding.flaw);
    }
    return found;
  }

  std::vector<ObjectPlan> plans_;
  Facts facts_;
};

TEST_F(Check, WholeFactsProve) {
  const Verdict verdict = check(facts_);
  EXPECT_TRUE(verdict.findings.empty()) << verdict.findings.front().message;
  EXPECT_TRUE(verdict.unproven.empty());
  ASSERT_EQ(verdict.examined.size(), 1U);
  EXPECT_EQ(verdict.examined[0].objects, 4U);
  EXPECT_EQ(verdict.examined[0].planned, 1U);
  EXPECT_EQ(verdict.examined[0].records, 34U);
  EXPECT_TRUE(verdict.examined[0].is_defined);
}

TEST_F(Check, ADeletedObjectIsNamedWithItsRecords) {
  facts_.objects.erase(facts_.objects.begin());
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::object_missing);
  EXPECT_EQ(finding.plan, PlanNumber(1));
  EXPECT_EQ(finding.key, "k1");
  EXPECT_EQ(finding.records, (std::vector<ShardSpan>{{shard_0, Ordinal(5), Ordinal(14), 10}}));
}

TEST_F(Check, WhatIsInAnotherS3IsNeitherMissingNorProven) {
  facts_.objects.clear();
  facts_.kept.clear();
  facts_.remote_buckets = {"landing"};
  const Verdict verdict = check(facts_);
  EXPECT_TRUE(verdict.findings.empty()) << verdict.findings.front().message;
  ASSERT_EQ(verdict.unproven.size(), 1U);
  EXPECT_NE(verdict.unproven[0].find("bucket landing"), std::string::npos);
  EXPECT_EQ(verdict.examined[0].objects, 0U);
  EXPECT_EQ(verdict.examined[0].planned, 1U);
}

TEST_F(Check, ACopyOfAnObjectIsForeign) {
  FoundObject copy = object(2);
  copy.key = "copied";
  facts_.objects.push_back(copy);
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::object_foreign);
  EXPECT_EQ(finding.key, "copied");
  EXPECT_EQ(finding.plan, PlanNumber(2));
}

TEST_F(Check, ACopyWithoutItsHeadersIsForeignByItsBytes) {
  FoundObject copy = object(3);
  copy.key = "copied";
  copy.proof.reset();
  facts_.objects.push_back(copy);
  EXPECT_EQ(only().flaw, Flaw::object_foreign);
}

TEST_F(Check, AnObjectOfAnUnknownPlanIsForeign) {
  facts_.objects.push_back(object_of(plan(9, shard_0, ordinals(90, 91))));
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::object_foreign);
  EXPECT_EQ(finding.plan, PlanNumber(9));
}

TEST_F(Check, ATruncatedObjectIsChanged) {
  object(1).bytes = 50;
  object(1).sha256 = digest_of(77);
  object(1).proof.reset();
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::object_changed);
  EXPECT_NE(finding.message.find("50 of 101 bytes"), std::string::npos) << finding.message;
}

TEST_F(Check, TwoObjectsThatWereSwappedAreNamedEachWithTheOther) {
  std::swap(object(1).key, object(2).key);
  const Verdict verdict = check(facts_);
  ASSERT_EQ(verdict.findings.size(), 2U);
  EXPECT_EQ(verdict.findings[0].plan, PlanNumber(1));
  EXPECT_EQ(verdict.findings[0].message, "it holds the object of plan 2");
  EXPECT_EQ(verdict.findings[1].plan, PlanNumber(2));
  EXPECT_EQ(verdict.findings[1].message, "it holds the object of plan 1");
}

TEST_F(Check, ChangedBytesAreNamedByWhatTheyContradict) {
  object(1).sha256 = digest_of(77);
  object(1).contradictions = {"row group 0, column a: another checksum"};
  EXPECT_NE(only().message.find("row group 0, column a"), std::string::npos);
}

TEST_F(Check, AMissingPlanIsNamedWithTheObjectThatClaimsIt) {
  ledger().plans.erase(ledger().plans.begin() + 1);
  facts_.after = facts_.before;
  const Verdict verdict = check(facts_);
  EXPECT_EQ(flaws(),
            (std::vector{Flaw::records_missing, Flaw::plan_missing, Flaw::object_foreign}));
  EXPECT_EQ(verdict.findings[1].plan, PlanNumber(2));
  EXPECT_EQ(verdict.findings[1].key, "k2");
}

TEST_F(Check, ThePlanWhoseRowIsDamagedIsNotMissingToo) {
  ledger().plans.erase(ledger().plans.begin());
  ledger().damages.push_back({PlanNumber(1), std::nullopt, "plan 1"});
  facts_.after = facts_.before;
  const auto found = flaws();
  EXPECT_EQ(std::count(found.begin(), found.end(), Flaw::plan_missing), 0);
  EXPECT_EQ(std::count(found.begin(), found.end(), Flaw::ledger_damaged), 1);
}

TEST_F(Check, MarksThatWereMovedForwardLeaveRecordsMissing) {
  ledger().marks[1].low = Ordinal(9);
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::records_missing);
  EXPECT_EQ(finding.records, (std::vector<ShardSpan>{{shard_1, Ordinal(5), Ordinal(8), 4}}));
}

TEST_F(Check, NumbersThatNoRecordEverHadAreNotMissing) {
  ledger().marks[1].low = Ordinal(9);
  facts_.unused[shard_1] = ordinals(5, 8);
  EXPECT_TRUE(check(facts_).findings.empty());
}

TEST_F(Check, MarksThatWereMovedBackWouldDeliverAgain) {
  ledger().marks[0].low = Ordinal(30);
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::mark_behind);
  EXPECT_EQ(finding.records, (std::vector<ShardSpan>{{shard_0, Ordinal(30), Ordinal(34), 5}}));
}

TEST_F(Check, ALostMarkWouldDeliverAgain) {
  ledger().marks.pop_back();
  EXPECT_EQ(only().flaw, Flaw::mark_behind);
}

TEST_F(Check, RecordsOfTwoPlansAreNamed) {
  ledger().plans[4].plan.positions = {{shard_0, ordinals(34, 40)}};
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::records_twice);
  EXPECT_EQ(finding.plan, PlanNumber(5));
  EXPECT_EQ(finding.records, (std::vector<ShardSpan>{{shard_0, Ordinal(34), Ordinal(34), 1}}));
}

TEST_F(Check, WhatIsParkedIsSettledAndNotMissing) {
  ledger().marks[0].low = Ordinal(61);
  ledger().plans[4].committed_at = unix_millis(2);
  facts_.objects.push_back(object_of(ledger().plans[4].plan));
  EXPECT_EQ(only().flaw, Flaw::records_missing);  // 41 to 60
  delivery::ParkedObject parked;
  parked.draft.key = "still-open";
  parked.draft.positions = {{shard_0, ordinals(41, 60)}};
  ledger().parked = {parked};
  EXPECT_TRUE(flaws().empty());
  ledger().parked[0].draft.positions = {{shard_0, ordinals(40, 60)}};
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::records_twice);
  EXPECT_EQ(finding.records, (std::vector<ShardSpan>{{shard_0, Ordinal(40), Ordinal(40), 1}}));
}

// A plan without an object, waiting or committed.
TEST_F(Check, WhatIsDroppedIsSettledAndNotMissing) {
  ObjectPlan dropped = plan(6, shard_1, ordinals(5, 6));
  dropped.kind = delivery::ObjectKind::dropped;
  dropped.bucket.clear();
  dropped.key.clear();
  ledger().plans.push_back({dropped, std::nullopt});
  facts_.after = facts_.before;
  EXPECT_TRUE(flaws().empty());
  ledger().plans[5].committed_at = unix_millis(2);
  facts_.after = facts_.before;
  EXPECT_EQ(only().flaw, Flaw::mark_behind);
  for (auto& mark : ledger().marks) {
    mark.low = mark.shard == shard_1 ? Ordinal(7) : mark.low;
  }
  facts_.after = facts_.before;
  EXPECT_TRUE(flaws().empty());
}

// Two parts of record 41, which has three.
void add_parts(ObjectPlan& plan, std::uint64_t first, std::uint64_t last) {
  delivery::PartialRecord one{Ordinal(41), 3, 1, ordinals(first, last)};
  plan.positions[0].partial.add(one);
}

TEST_F(Check, ARecordWhosePartsLieInSeveralObjectsIsThereOnce) {
  ledger().marks[0].low = Ordinal(42);
  ObjectPlan& fifth = ledger().plans[4].plan;
  ledger().plans[4].committed_at = unix_millis(2);
  add_parts(fifth, 1, 2);
  facts_.objects.push_back(object_of(fifth));
  EXPECT_EQ(only().flaw, Flaw::records_missing);  // its third part
  ObjectPlan sixth = plan(6, shard_0, {});
  add_parts(sixth, 3, 3);
  ledger().plans.push_back({sixth, unix_millis(2)});
  facts_.objects.push_back(object_of(sixth));
  facts_.after = facts_.before;
  EXPECT_TRUE(flaws().empty());
  ledger().plans[5].plan.positions[0].partial = {};
  add_parts(ledger().plans[5].plan, 2, 3);
  facts_.after = facts_.before;
  facts_.objects[5] = object_of(ledger().plans[5].plan);
  EXPECT_EQ(only().flaw, Flaw::records_twice);
}

TEST_F(Check, APlanWhoseBytesAreNowhereIsStuck) {
  facts_.kept.clear();
  EXPECT_EQ(only().flaw, Flaw::plan_stuck);
  facts_.damaged.emplace(hr, PlanNumber(5));
  EXPECT_EQ(only().flaw, Flaw::plan_stuck);
  EXPECT_EQ(only().message, "it is planned, and its sealed file is damaged");
}

TEST_F(Check, WhatIsDeliveredMeanwhileIsNoFault) {
  // Plan 5 was put and committed, plan 6 planned and put, while the files were looked at.
  facts_.kept.clear();
  store::AuditedLedger& after = facts_.after.front();
  after.plans[4].committed_at = unix_millis(2);
  after.plans.push_back({plan(6, shard_1, ordinals(5, 6)), unix_millis(3)});
  after.marks = {{shard_0, Ordinal(41), {}}, {shard_1, Ordinal(7), {}}};
  facts_.objects.push_back(object_of(after.plans[4].plan));
  facts_.objects.push_back(object_of(after.plans[5].plan));
  EXPECT_TRUE(check(facts_).findings.empty());
}

TEST_F(Check, AnObjectThatSaysItHoldsOtherRecordsThanItsPlanIsChanged) {
  object(1).proof->positions = std::string(64, '0');
  EXPECT_EQ(only().flaw, Flaw::object_changed);
}

TEST_F(Check, PlansOfOtherBucketsAreLeftAlone) {
  facts_.objects.clear();
  facts_.kept.clear();
  facts_.bucket = "other";
  EXPECT_TRUE(check(facts_).findings.empty());
}

TEST_F(Check, ObjectsAloneProveEachOtherAndSayWhatTheyCannot) {
  forget_ledger();
  const Verdict verdict = check(facts_);
  EXPECT_TRUE(verdict.findings.empty()) << verdict.findings.front().message;
  EXPECT_EQ(verdict.unproven.size(), 1U);
  ASSERT_EQ(verdict.examined.size(), 1U);
  EXPECT_FALSE(verdict.examined[0].has_ledger);
}

TEST_F(Check, ObjectsAloneShowThatOneOfThemIsGone) {
  forget_ledger();
  facts_.objects.erase(facts_.objects.begin() + 1);
  const auto found = flaws();
  EXPECT_EQ(std::count(found.begin(), found.end(), Flaw::plan_missing), 1);
}

TEST_F(Check, ObjectsAloneShowAGapBetweenRecords) {
  forget_ledger();
  facts_.objects.push_back(object_of(plan(5, shard_0, ordinals(41, 42))));
  const Finding finding = only();
  EXPECT_EQ(finding.flaw, Flaw::records_missing);
  EXPECT_EQ(finding.records, (std::vector<ShardSpan>{{shard_0, Ordinal(35), Ordinal(40), 6}}));
}

TEST_F(Check, ObjectsAloneShowACopy) {
  forget_ledger();
  FoundObject copy = object(1);
  copy.key = "copied";
  facts_.objects.push_back(copy);
  EXPECT_EQ(only().flaw, Flaw::object_foreign);
}

TEST_F(Check, ObjectsAloneShowThatRangesWereRewritten) {
  forget_ledger();
  object(4).proof->shards[0].last = Ordinal(5);
  object(4).proof->shards[0].count = 5;
  EXPECT_EQ(only().flaw, Flaw::object_changed);
}

TEST_F(Check, WithoutHeadersAGapMayBeAnErrorObject) {
  forget_ledger();
  facts_.has_headers = false;
  object(3).proof.reset();
  const Verdict verdict = check(facts_);
  EXPECT_TRUE(verdict.findings.empty());
  EXPECT_EQ(verdict.unproven.size(), 3U);
}

TEST_F(Check, ObjectsOfADeletedDeliveryStreamProveEachOther) {
  facts_.objects.push_back(object_of(plan(1, shard_1, ordinals(1, 4))));
  facts_.objects.back().proof->incarnation = 0xdead;
  facts_.objects.back().key = "older";
  const Verdict verdict = check(facts_);
  EXPECT_TRUE(verdict.findings.empty());
  EXPECT_EQ(verdict.examined.size(), 2U);
}

TEST_F(Check, AParkedObjectWhoseSpoolFileIsGoneIsStuck) {
  delivery::ParkedObject parked;
  parked.draft.bucket = "landing";
  parked.draft.key = "k6";
  parked.draft.spool_name = "a-uuid";
  parked.draft.positions = {{shard_1, ordinals(5, 9)}};
  for (auto* ledgers : {&facts_.before, &facts_.after}) {
    ledgers->front().parked = {parked};
    ledgers->front().marks.back().low = Ordinal(10);
  }
  facts_.kept_parked.emplace(hr, "a-uuid");
  EXPECT_TRUE(check(facts_).findings.empty());
  facts_.kept_parked.clear();
  const Verdict verdict = check(facts_);
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.findings.front().flaw, Flaw::plan_stuck);
  EXPECT_EQ(verdict.findings.front().key, "k6");
  EXPECT_EQ(verdict.findings.front().records.front().count, 5U);
  facts_.after.front().parked.clear();
  facts_.after.front().marks.back().low = Ordinal(10);
  EXPECT_TRUE(check(facts_).findings.empty()) << "it was put meanwhile";
}

TEST_F(Check, WhatAReplayLeavesOutIsNotMissed) {
  for (const bool is_replay : {false, true}) {
    forget_ledger();
    facts_.objects.clear();
    for (const ObjectPlan& one :
         {plan(1, shard_0, ordinals(3, 4)), plan(2, shard_0, ordinals(9, 9))}) {
      facts_.objects.push_back(object_of(one));
      facts_.objects.back().proof->delivery_stream = is_replay ? "hr_firehose/replay" : hr.name;
    }
    EXPECT_EQ(flaws(), is_replay ? std::vector<Flaw>() : std::vector{Flaw::records_missing});
  }
}

}  // namespace
}  // namespace sluice::proof
