// Every state that a record can be in, and what is said of it.
#include "proof/explain.h"

#include "source/embedded_source.h"

#include <gtest/gtest.h>

#include <algorithm>

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
           bool is_committed) const {
    delivery::ObjectPlan plan;
    plan.number = PlanNumber(number);
    plan.kind = kind;
    plan.bucket = "landing";
    plan.key = "k" + std::to_string(number);
    plan.positions = {{shard_0, held}};
    plan.records = held.count();
    plan.rows = held.count();
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
  Situation situation_;
};

TEST_F(Explain, ADeliveredRecordByObjectPlanAndRow) {
  const Explanation found = of(16);
  EXPECT_EQ(found.delivery_stream, "hr");
  EXPECT_EQ(found.state, "delivered");
  EXPECT_TRUE(says(found, "s3://landing/k1, plan 1"));
  EXPECT_TRUE(says(found, "row 5 of 9"));
}

TEST_F(Explain, ARefusedRecordByItsErrorLine) {
  const Explanation found = of(15);
  EXPECT_EQ(found.state, "refused");
  EXPECT_TRUE(says(found, "DataFormatConversion.ParseError: k2: bad id"));
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
  live.put_again_at = unix_millis(start_ms + 2'000);
  EXPECT_TRUE(says(of(25), "the next try is at 2026-07-13 15:55:02Z"));
}

TEST_F(Explain, ABucketThatDoesNotExist) {
  situation_.buckets.clear();
  EXPECT_TRUE(says(of(25), "bucket landing does not exist"));
}

TEST_F(Explain, ABufferedRecordWithTheTimeAtWhichItsObjectCloses) {
  const Explanation found = of(50);
  EXPECT_EQ(found.state, "buffered");
  EXPECT_TRUE(says(found, "closes at 64 MiB, or at 2026-07-13 15:56:05Z at the latest"));
  EXPECT_TRUE(says(found, "70 records are not delivered yet, 1 objects wait"));
}

TEST_F(Explain, ABufferedRecordWithTheSizeOfTheOpenObject) {
  LiveDelivery& live = situation_.live->deliveries.begin()->second;
  live.open_records = 5;
  live.open_bytes = 1000;
  live.open_until = unix_millis(start_ms + 30'000);
  const Explanation found = of(50);
  EXPECT_TRUE(says(found, "or at 2026-07-13 15:55:30Z at the latest"));
  EXPECT_TRUE(says(found, "5 records of 1000 bytes are in the open object"));
  EXPECT_TRUE(says(explain_delivery(situation_, "hr"), "5 records of 1000 bytes are in the open"));
}

TEST_F(Explain, APausedDelivery) {
  situation_.live->deliveries.begin()->second.is_paused = true;
  EXPECT_TRUE(says(of(50), "paused: 1 objects wait for the bucket"));
}

TEST_F(Explain, ARecordOfAChildWaitsForItsParent) {
  const Explanation found = of(3, 1);
  EXPECT_EQ(found.state, "waits-for-parent");
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
  EXPECT_EQ(all[0].state, "stream-deleted");
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
  EXPECT_TRUE(says(of(50), "no server answers"));
  EXPECT_EQ(explain_delivery(situation_, "hr").state, "stopped");
}

TEST_F(Explain, ObjectsByTheirPlans) {
  EXPECT_EQ(explain_object(situation_, "landing", "k1").state, "object-delivered");
  EXPECT_TRUE(
      says(explain_object(situation_, "landing", "k1"), "9 records of shard 0, from 11 to 20"));
  EXPECT_EQ(explain_object(situation_, "landing", "k3").state, "object-planned");
  EXPECT_EQ(explain_object(situation_, "landing", "k9").state, "object-unknown");
}

TEST_F(Explain, ADeliveryStreamByItsMarks) {
  const Explanation found = explain_delivery(situation_, "hr");
  EXPECT_EQ(found.state, "running");
  EXPECT_TRUE(says(found, "shard 0: settled up to record 20, and 2 beyond"));
  EXPECT_EQ(explain_delivery(situation_, "nobody").state, "unknown");
}

TEST(ExplainLive, IsReadFromTheServersPage) {
  const auto live = parse_live(
      R"({"delivery_streams":[{"name":"hr","incarnation":"00000000000000ff","state":"running",)"
      R"("backlog_records":3,"objects_planned":2,"put_failures":1,"last_error":"full",)"
      R"("last_error_at_ms":5,"paused":true,"open_records":4,)"
      R"("open_bytes":8,"open_until_ms":6}],"record":{"tip":9,"horizon":1,"arrival_ms":7}})");
  ASSERT_TRUE(live.has_value());
  const LiveDelivery& delivery = live->deliveries.at(0xff);
  EXPECT_EQ(delivery.backlog_records, 3U);
  EXPECT_EQ(delivery.last_error, "full");
  EXPECT_EQ(delivery.last_error_at, unix_millis(5));
  EXPECT_EQ(delivery.oldest_undelivered, std::nullopt);
  EXPECT_TRUE(delivery.is_paused);
  EXPECT_EQ(delivery.open_records, 4U);
  EXPECT_EQ(delivery.open_until, unix_millis(6));
  EXPECT_EQ(live->record->tip, 9U);
  EXPECT_EQ(live->record->arrival, unix_millis(7));
  EXPECT_FALSE(parse_live("nothing").has_value());
  EXPECT_FALSE(parse_live("{}").has_value());
}

}  // namespace
}  // namespace sluice::proof
