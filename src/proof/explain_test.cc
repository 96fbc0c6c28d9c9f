// Every state that a record can be in, and what is said of it.
#include "proof/explain.h"

#include "source/embedded_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using testing::Test;

constexpr std::int64_t created_ms = 1'783'958'000'000;
constexpr std::int64_t start_ms = created_ms + 100'000;

delivery::OrdinalSet ordinals(std::uint64_t first, std::uint64_t last) {
  delivery::OrdinalSet set;
  set.add(Ordinal(first), Ordinal(last));
  return set;
}

// Shard 0 was split into 1 and 2 at record 100.  Of shard 0 records 1 to 10 came before the start,
// 11 to 20 are delivered but for 15, which was refused, 21 to 30 are planned, 31 and 32 lost.
class Explain : public Test {
 protected:
  Explain() {
    stream::StreamDefinition beats;
    beats.name = "beats";
    beats.incarnation = {created_ms, 7};
    for (std::uint32_t index = 0; index < 3; ++index) {
      stream::ShardDefinition shard{stream::ShardIndex(index)};
      shard.created = unix_millis(created_ms);
      if (index > 0) {
        shard.parent = stream::ShardIndex(0);
      }
      beats.shards.push_back(shard);
    }
    beats.shards[0].closed = {unix_millis(start_ms), stream::Ordinal(101)};
    situation_.streams = {beats};
    delivery::DeliveryStream hr;
    hr.name = "hr";
    hr.incarnation = 0xabc;
    hr.source_type = delivery::SourceType::kinesis_stream;
    hr.source_stream_arn = "arn:aws:kinesis:ap-south-1:000000000000:stream/beats";
    hr.delivery_start = unix_millis(start_ms);
    hr.s3.bucket_arn = "arn:aws:s3:::landing";
    hr.s3.buffer_size_mib = 64;
    hr.s3.buffer_interval_s = 60;
    situation_.deliveries = {hr};
    situation_.buckets = {"landing"};
    situation_.look_at = [this](const std::string& bucket,
                                const std::string& key,
                                std::optional<std::uint64_t>) -> Result<SeenObject> {
      const auto found = objects_.find("s3://" + bucket + "/" + key);
      return found == objects_.end() ? Result<SeenObject>(fail(Fault::missing, "nothing there"))
                                     : found->second;
    };
    situation_.noted[beats.incarnation].shards = {{stream::Ordinal(101)}, {stream::Ordinal(6)}};
    store::AuditedLedger ledger;
    ledger.delivery = {hr.name, hr.incarnation};
    delivery::ShardMark mark{shard_0, Ordinal(21), ordinals(31, 32)};
    ledger.marks = {mark};
    delivery::OrdinalSet data = ordinals(11, 14);
    data.add(Ordinal(16), Ordinal(20));
    add(ledger, 1, delivery::ObjectKind::data, data, true);
    add(ledger, 2, delivery::ObjectKind::format_conversion_failed, ordinals(15, 15), true);
    add(ledger, 3, delivery::ObjectKind::data, ordinals(21, 30), false);
    situation_.ledgers = {ledger};
    LiveDelivery running;
    running.state = "running";
    running.backlog_records = 70;
    running.objects_planned = 1;
    situation_.live = Live{{{hr.incarnation, running}}, LiveRecord{101, 1, {}, ""}};
    situation_.live->record->arrival = unix_millis(start_ms + 5'000);
    situation_.find_refusal = [](const delivery::ObjectPlan& plan, const std::string&) {
      return std::optional(Refusal{"DataFormatConversion.ParseError", plan.key + ": bad id"});
    };
  }

  void add(store::AuditedLedger& ledger,
           std::uint64_t number,
           delivery::ObjectKind kind,
           const delivery::OrdinalSet& held,
           bool is_committed) {
    delivery::ObjectPlan plan;
    plan.number = PlanNumber(number);
    plan.kind = kind;
    plan.bucket = "landing";
    plan.key = "k" + std::to_string(number);
    plan.positions = {{shard_0, held}};
    plan.records = held.count();
    plan.rows = held.count();
    plan.bytes = 1000 + number;
    plan.sha256 = sha256(plan.key);
    if (is_committed) {
      objects_["s3://landing/" + plan.key] = {plan.bytes, plan.sha256};
    }
    ledger.plans.push_back(
        {plan, is_committed ? std::optional(unix_millis(start_ms + 60'000)) : std::nullopt});
  }

  static std::string number(std::uint64_t ordinal, std::uint32_t shard = 0) {
    return stream::sequence_text(stream::record_sequence(stream::ShardIndex(shard),
                                                         unix_millis(created_ms),
                                                         stream::Ordinal(ordinal),
                                                         unix_millis(start_ms + 5'000)));
  }

  Explanation of(std::uint64_t ordinal, std::uint32_t shard = 0) {
    const auto all = explain_record(situation_, "beats", number(ordinal, shard));
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Explanation() : all.front();
  }

  static bool says(const Explanation& explanation, std::string_view part) {
    return std::any_of(
        explanation.sentences.begin(),
        explanation.sentences.end(),
        [&](const std::string& sentence) { return sentence.find(part) != std::string::npos; });
  }

  const ShardKey shard_0{source::delivery_incarnation({created_ms, 7}), 0};
  std::map<std::string, SeenObject> objects_;  // in the bucket
  Situation situation_;
};

TEST_F(Explain, ARecordThatAProcessorDroppedIsSaidToBe) {
  add(situation_.ledgers[0], 4, delivery::ObjectKind::dropped, ordinals(40, 40), true);
  situation_.ledgers[0].plans.back().plan.bucket.clear();
  situation_.ledgers[0].plans.back().plan.key.clear();
  const Explanation told = of(40);
  EXPECT_EQ(told.state, "dropped");
  EXPECT_EQ(told.outlook, Outlook::gone);
  EXPECT_FALSE(told.object);
  EXPECT_TRUE(says(told, "a processor of the delivery stream left it out, plan 4, committed at"));
}

// Of record 40, which was split into three, plan 4 holds the first part and plan 5 the second.
TEST_F(Explain, ARecordThatWasSplitIsWhereItsPartsAre) {
  const auto hold = [&](std::uint64_t plan, delivery::ObjectKind kind, std::uint64_t part) {
    add(situation_.ledgers[0], plan, kind, {}, true);
    situation_.ledgers[0].plans.back().plan.positions[0].partial.add(
        {Ordinal(40), 3, 1, ordinals(part, part)});
  };
  hold(4, delivery::ObjectKind::data, 1);
  hold(5, delivery::ObjectKind::processing_failed, 2);
  Explanation told = of(40);
  EXPECT_EQ(told.state, "buffered");
  EXPECT_EQ(told.cause, "buffering");
  EXPECT_EQ(told.sentences.front().substr(0, 44), "1 of its 3 parts: in s3://landing/k4, plan 4");
  hold(6, delivery::ObjectKind::data, 3);
  told = of(40);
  EXPECT_EQ(told.state, "refused");
  EXPECT_EQ(told.outlook, Outlook::gone);
  situation_.ledgers[0].plans[4].plan.kind = delivery::ObjectKind::data;
  told = of(40);
  EXPECT_EQ(told.state, "delivered");
  EXPECT_EQ(told.object->key, "k6");
  situation_.ledgers[0].plans[5].committed_at.reset();
  EXPECT_EQ(of(40).state, "planned");
  objects_.erase("s3://landing/k4");
  told = of(40);
  EXPECT_EQ(told.state, "object-missing");
  EXPECT_EQ(told.object->key, "k4");
  EXPECT_EQ(told.outlook, Outlook::gone);
}

TEST_F(Explain, ADeliveredRecordByObjectPlanAndRow) {
  const Explanation found = of(16);
  EXPECT_EQ(found.delivery_stream, "hr");
  EXPECT_EQ(found.state, "delivered");
  EXPECT_EQ(found.outlook, Outlook::well);
  EXPECT_TRUE(says(found, "s3://landing/k1, plan 1"));
  EXPECT_TRUE(says(found, "row 5 of 9"));
  EXPECT_TRUE(says(found, "the bucket has it, 1,001 bytes"));
  EXPECT_EQ(found.row, 5U);
  EXPECT_EQ(found.since, unix_millis(start_ms + 60'000));
  ASSERT_TRUE(found.object.has_value());
  EXPECT_EQ(found.object->key, "k1");
  EXPECT_EQ(found.object->plan, PlanNumber(1));
  EXPECT_EQ(found.object->in_bucket, InBucket::whole);
  EXPECT_EQ(found.object->shards.front().count, 9U);
}

TEST_F(Explain, AnObjectInAnotherS3IsDeliveredAndNotAskedFor) {
  objects_.clear();
  situation_.buckets.clear();
  situation_.remote_buckets = {"landing"};
  const Explanation found = of(16);
  EXPECT_EQ(found.state, "delivered");
  EXPECT_EQ(found.outlook, Outlook::well);
  EXPECT_EQ(found.object->in_bucket, std::nullopt);
  EXPECT_TRUE(says(found, "bucket landing lies in another S3, which is not asked"));
  EXPECT_FALSE(says(of(25), "does not exist"));
  EXPECT_TRUE(says(explain_object(situation_, "landing", "k9"), "which is not asked"));
}

TEST_F(Explain, ADeliveredRecordWhoseObjectWasRemovedIsNotCalledDelivered) {
  objects_.erase("s3://landing/k1");
  const Explanation found = of(16);
  EXPECT_EQ(found.state, "object-missing");
  EXPECT_EQ(found.outlook, Outlook::gone);
  EXPECT_EQ(found.cause, "removed");
  EXPECT_EQ(found.object->in_bucket, InBucket::missing);
  EXPECT_TRUE(says(found, "it was delivered in s3://landing/k1, plan 1"));
  EXPECT_TRUE(says(found, "not in the bucket any more"));
  EXPECT_EQ(explain_object(situation_, "landing", "k1").state, "object-missing");
}

TEST_F(Explain, ADeliveredRecordWhoseObjectWasCutOffOrChanged) {
  objects_["s3://landing/k1"] = {900, std::nullopt};
  Explanation found = of(16);
  EXPECT_EQ(found.state, "object-changed");
  EXPECT_EQ(found.cause, "cut-off");
  EXPECT_EQ(found.object->in_bucket, InBucket::changed);
  objects_["s3://landing/k1"] = {1001, sha256("other bytes")};
  found = explain_object(situation_, "landing", "k1");
  EXPECT_EQ(found.state, "object-changed");
  EXPECT_EQ(found.cause, "other-bytes");
  EXPECT_TRUE(says(found, "another SHA-256"));
}

TEST_F(Explain, ARefusedRecordByItsErrorLine) {
  const Explanation found = of(15);
  EXPECT_EQ(found.state, "refused");
  EXPECT_EQ(found.outlook, Outlook::gone);
  EXPECT_EQ(found.cause, "DataFormatConversion.ParseError");
  EXPECT_TRUE(says(found, "DataFormatConversion.ParseError: k2: bad id"));
  objects_.erase("s3://landing/k2");
  EXPECT_EQ(of(15).state, "object-missing");
}

TEST_F(Explain, ARefusedRecordThatAReplayHasDelivered) {
  const delivery::DeliveryStream& hr = situation_.deliveries.front();
  situation_.find_refusal = [](const delivery::ObjectPlan&, const std::string&) {
    return std::optional(Refusal{"DataFormatConversion.ParseError", "bad id", 3});
  };
  delivery::DeliveryStream leg = hr;
  leg.name = "hr/replay";
  leg.incarnation = 0xdef;
  store::AuditedLedger ledger;
  ledger.delivery = {leg.name, leg.incarnation};
  add(ledger, 7, delivery::ObjectKind::data, {}, true);
  const ShardKey shard{delivery::StreamIncarnation(hr.incarnation), 2};
  ledger.plans.back().plan.positions = {{shard, ordinals(3, 3)}};
  ledger.plans.back().plan.records = 1;
  situation_.ledgers.push_back(ledger);
  situation_.deliveries.push_back(leg);
  const auto all = explain_record(situation_, "beats", number(15));
  ASSERT_EQ(all.size(), 1U) << "the replay reads no stream";
  EXPECT_EQ(all[0].delivery_stream, "hr");
  EXPECT_EQ(all[0].state, "delivered");
  EXPECT_EQ(all[0].outlook, Outlook::well);
  EXPECT_EQ(all[0].cause, "replayed");
  ASSERT_TRUE(all[0].object);
  EXPECT_EQ(all[0].object->key, "k7");
  objects_.erase("s3://landing/k7");
  EXPECT_EQ(explain_record(situation_, "beats", number(15))[0].outlook, Outlook::gone);
  const Explanation told = explain_delivery(situation_, "hr/replay");
  EXPECT_EQ(told.state, "idle");
  EXPECT_EQ(told.outlook, Outlook::well);
}

TEST_F(Explain, APlannedRecordWithTheErrorOfItsBucket) {
  LiveDelivery& live = situation_.live->deliveries.begin()->second;
  live.last_error = "plan 3: the disk is full";
  live.last_error_at = unix_millis(start_ms);
  const Explanation found = of(25);
  EXPECT_EQ(found.state, "planned");
  EXPECT_TRUE(says(found, "s3://landing/k3 (plan 3"));
  EXPECT_TRUE(says(found, "the disk is full"));
  EXPECT_TRUE(says(found, "the next try is at 2026-07-13 15:55:30Z at the latest"));
  EXPECT_EQ(found.outlook, Outlook::held);
  EXPECT_EQ(found.cause, "failing");
  EXPECT_EQ(found.last_error, "plan 3: the disk is full");
  EXPECT_EQ(found.next_attempt, unix_millis(start_ms + 30'000));
  live.put_again_at = unix_millis(start_ms + 2'000);
  EXPECT_TRUE(says(of(25), "the next try is at 2026-07-13 15:55:02Z"));
  EXPECT_EQ(of(25).next_attempt, live.put_again_at);
}

TEST_F(Explain, APlannedRecordThatNothingHoldsIsOnItsWay) {
  const Explanation found = of(25);
  EXPECT_EQ(found.state, "planned");
  EXPECT_EQ(found.outlook, Outlook::well);
  EXPECT_EQ(found.cause, "");
  EXPECT_EQ(found.object->committed_at, std::nullopt);
  EXPECT_EQ(found.object->in_bucket, std::nullopt);
}

TEST_F(Explain, ABucketThatDoesNotExist) {
  situation_.buckets.clear();
  EXPECT_TRUE(says(of(25), "bucket landing does not exist"));
  EXPECT_EQ(of(25).cause, "bucket-missing");
  EXPECT_EQ(of(25).outlook, Outlook::held);
}

TEST_F(Explain, ATableThatDoesNotExist) {
  delivery::DeliveryStream& hr = situation_.deliveries.front();
  hr.s3.conversion.emplace();
  hr.s3.conversion->is_enabled = true;
  hr.s3.conversion->schema.emplace();
  hr.s3.conversion->schema->database = "HR";
  hr.s3.conversion->schema->table = "beats";
  EXPECT_EQ(of(50).cause, "table-missing");
  EXPECT_EQ(of(50).outlook, Outlook::held);
  EXPECT_TRUE(says(of(50), "table HR.beats does not exist"));
  EXPECT_EQ(of(25).cause, "") << "what is sealed needs no table any more";
  situation_.tables.insert(
      "hr\x1f"
      "beats");
  EXPECT_EQ(of(50).cause, "buffering");
}

TEST_F(Explain, ABufferedRecordWithTheTimeAtWhichItsObjectCloses) {
  const Explanation found = of(50);
  EXPECT_EQ(found.state, "buffered");
  EXPECT_TRUE(says(found, "closes at 64 MiB, or at 2026-07-13 15:56:05Z at the latest"));
  EXPECT_TRUE(says(found, "70 records are not delivered yet, 1 object waits for its put"));
  EXPECT_EQ(found.outlook, Outlook::well);
  EXPECT_EQ(found.cause, "buffering");
  EXPECT_EQ(found.since, unix_millis(start_ms + 5'000));
  EXPECT_EQ(found.until, unix_millis(start_ms + 65'000));
  EXPECT_EQ(found.backlog->records, 70U);
}

TEST_F(Explain, ARecordOfAParkedObjectIsStillBuffered) {
  delivery::ParkedObject parked;
  parked.draft.bucket = "landing";
  parked.draft.key = "k4";
  parked.draft.records = 2;
  parked.draft.positions = {{shard_0, ordinals(31, 32)}};
  situation_.ledgers.front().parked = {parked};
  const Explanation found = of(31);
  EXPECT_EQ(found.state, "buffered");
  EXPECT_EQ(found.outlook, Outlook::well);
  EXPECT_EQ(found.cause, "parked");
  EXPECT_TRUE(says(found, "parked in the spool with 2 records, to become s3://landing/k4"));
}

TEST_F(Explain, ABufferedRecordWithTheSizeOfTheOpenObject) {
  LiveDelivery& live = situation_.live->deliveries.begin()->second;
  live.open_records = 5;
  live.open_bytes = 1000;
  live.open_until = unix_millis(start_ms + 30'000);
  const Explanation found = of(50);
  EXPECT_TRUE(says(found, "or at 2026-07-13 15:55:30Z at the latest"));
  EXPECT_TRUE(says(found, "5 records of 1,000 bytes are in the open object"));
  EXPECT_TRUE(says(explain_delivery(situation_, "hr"), "5 records of 1,000 bytes are in the open"));
  live.open_records = 1;
  EXPECT_TRUE(says(of(50), "1 record of 1,000 bytes is in the open object"));
}

TEST_F(Explain, APausedDelivery) {
  situation_.live->deliveries.begin()->second.is_paused = true;
  EXPECT_TRUE(says(of(50), "paused: 1 object waits for the bucket, and nothing more"));
  EXPECT_EQ(of(50).cause, "paused");
  EXPECT_EQ(of(50).outlook, Outlook::held);
}

TEST_F(Explain, ARecordOfAChildWaitsForItsParent) {
  const Explanation found = of(3, 1);
  EXPECT_EQ(found.state, "waits-for-parent");
  EXPECT_EQ(found.cause, "parent-not-read");
  EXPECT_TRUE(
      says(found, "shard 0, which was closed at record 100 and is delivered up to record 20"));
}

TEST_F(Explain, ARecordFromBeforeTheStart) {
  situation_.live->record->arrival = unix_millis(start_ms - 1);
  EXPECT_EQ(of(5).state, "before-start");
}

TEST_F(Explain, ALostRecordWithFileAndOffset) {
  situation_.live->record->damage = "00000000000000000001.log, offset 4711";
  const Explanation found = of(31);
  EXPECT_EQ(found.state, "lost");
  EXPECT_TRUE(says(found, "offset 4711"));
  EXPECT_EQ(of(50).state, "lost");  // delivery has not come to it yet
  situation_.live.reset();
  EXPECT_EQ(of(31).state, "lost");
}

TEST_F(Explain, ARecordThatTheStreamHasNotAnyMoreIsTrimmedBeforeAnythingIsCommitted) {
  situation_.live->record->horizon = 60;
  EXPECT_EQ(of(50).state, "trimmed");
  EXPECT_EQ(of(50).outlook, Outlook::gone);
  situation_.live->record->arrival = unix_millis(start_ms);
  EXPECT_EQ(of(50).state, "trimmed") << "what came before the start is settled";
}

TEST_F(Explain, ATrimmedRecord) {
  situation_.live->record->horizon = 40;
  EXPECT_EQ(of(31).state, "trimmed");
}

TEST_F(Explain, ARecordBeyondTheTipOrWithoutANumberNeverExisted) {
  EXPECT_EQ(of(101).state, "never-existed");
  situation_.live.reset();
  EXPECT_EQ(of(101).state, "never-existed");
  EXPECT_EQ(explain_record(situation_, "beats", "12345").front().state, "never-existed");
}

TEST_F(Explain, ARecordOfADeletedStreamAndWhereItWent) {
  situation_.streams[0].name = "other";
  auto all = explain_record(situation_, "beats", number(16));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, "stream-unknown");
  EXPECT_EQ(all[0].outlook, Outlook::unknown);
  situation_.streams.clear();
  all = explain_record(situation_, "beats", number(16));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(says(all[1], "s3://landing/k1"));
}

TEST_F(Explain, AStreamThatNobodyReads) {
  situation_.deliveries.clear();
  EXPECT_EQ(of(16).state, "no-delivery");
}

TEST_F(Explain, WithoutAServerThatIsWhatHoldsDeliveriesBack) {
  situation_.live.reset();
  EXPECT_TRUE(says(of(50), "no server runs"));
  EXPECT_EQ(of(50).cause, "no-server");
  EXPECT_EQ(of(50).outlook, Outlook::held);
  EXPECT_EQ(explain_delivery(situation_, "hr").state, "stopped");
  EXPECT_EQ(explain_delivery(situation_, "hr").outlook, Outlook::held);
}

TEST_F(Explain, AServerThatHasTheDataAndDoesNotAnswer) {
  situation_.live.reset();
  situation_.endpoint = "http://127.0.0.1:1";
  situation_.lock_holder = LockHolder{"4711", ""};
  EXPECT_EQ(of(50).cause, "server-silent");
  EXPECT_TRUE(says(of(50), "process 4711 has the data directory"));
  EXPECT_TRUE(says(of(50), "no server answers at http://127.0.0.1:1"));
  EXPECT_EQ(explain_delivery(situation_, "hr").state, "not-answering");
}

TEST_F(Explain, AServerThatDrains) {
  situation_.live.reset();
  situation_.lock_holder = LockHolder{"4711", "draining"};
  const Explanation found = explain_delivery(situation_, "hr");
  EXPECT_EQ(found.state, "draining");
  EXPECT_EQ(found.outlook, Outlook::well);
  EXPECT_TRUE(says(found, "(process 4711) is draining"));
  EXPECT_EQ(of(50).cause, "draining");
  EXPECT_EQ(of(50).state, "buffered");
}

TEST_F(Explain, ObjectsByTheirPlans) {
  EXPECT_EQ(explain_object(situation_, "landing", "k1").state, "object-delivered");
  EXPECT_TRUE(
      says(explain_object(situation_, "landing", "k1"), "9 records of shard 0, from 11 to 20"));
  EXPECT_EQ(explain_object(situation_, "landing", "k3").state, "object-planned");
  EXPECT_EQ(explain_object(situation_, "landing", "k9").state, "object-unknown");
  EXPECT_EQ(explain_object(situation_, "landing", "k9").outlook, Outlook::unknown);
  objects_["s3://landing/k9"] = {10, std::nullopt};
  EXPECT_EQ(explain_object(situation_, "landing", "k9").state, "object-unplanned");
  EXPECT_TRUE(says(explain_object(situation_, "other", "k9"), "there is no bucket other"));
}

TEST_F(Explain, ADeliveryStreamByItsMarks) {
  const Explanation found = explain_delivery(situation_, "hr");
  EXPECT_EQ(found.state, "running");
  EXPECT_TRUE(says(found, "shard 0: settled up to record 20, and 2 beyond"));
  EXPECT_EQ(explain_delivery(situation_, "nobody").state, "delivery-unknown");
}

}  // namespace
}  // namespace sluice::proof
