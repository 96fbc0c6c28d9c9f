#include "delivery/open_buffers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ShardKey shard{StreamIncarnation{1}, 0};

std::vector<SourceRecord> records(std::initializer_list<std::uint64_t> ordinals,
                                  std::int64_t arrival_ms) {
  std::vector<SourceRecord> all;
  for (const std::uint64_t ordinal : ordinals) {
    all.push_back({Ordinal{ordinal}, unix_millis(arrival_ms), "12345", "key"});
  }
  return all;
}

TEST(OpenBuffers, APartitionHasOneBufferUntilItIsTaken) {
  OpenBuffers open;
  const BufferId first = open.of(PartitionId{7}).id;
  EXPECT_EQ(open.of(PartitionId{7}).id, first);
  EXPECT_NE(open.of(PartitionId{8}).id, first);
  EXPECT_EQ(open.size(), 2U);
  EXPECT_EQ(open.take(first).partition, PartitionId{7});
  EXPECT_FALSE(open.contains(PartitionId{7}));
  EXPECT_NE(open.of(PartitionId{7}).id, first);
}

TEST(OpenBuffers, CountsWhatTheyHold) {
  OpenBuffers open;
  const BufferId one = open.of(PartitionId{1}).id;
  const BufferId two = open.of(PartitionId{2}).id;
  EXPECT_FALSE(open.has_records());
  open.account(one, ObjectKind::data, shard, records({1, 2, 5}, 100));
  open.account(one, ObjectKind::processing_failed, shard, records({3}, 90));
  open.account(two, ObjectKind::data, shard, records({4}, 110));
  EXPECT_EQ(open.records(), 5U);
  EXPECT_EQ(open.source_bytes(), 25U);
  EXPECT_EQ(open.filled(), 2U);
  const Buffer buffer = open.take(one);
  EXPECT_EQ(buffer.records, 4U);
  EXPECT_EQ(buffer.oldest_arrival, unix_millis(90));
  const ObjectFacts& data = buffer.parts[static_cast<std::size_t>(ObjectKind::data)];
  EXPECT_EQ(data.records, 3U);
  EXPECT_EQ(data.oldest_arrival, unix_millis(100));
  EXPECT_THAT(data.positions.front().ordinals.runs(),
              ElementsAre(OrdinalSet::Run{Ordinal{1}, Ordinal{2}},
                          OrdinalSet::Run{Ordinal{5}, Ordinal{5}}));
  EXPECT_EQ(open.records(), 1U);
  EXPECT_EQ(open.source_bytes(), 5U);
}

TEST(OpenBuffers, TheFirstDueIsTheOneThatWasSilentForLongest) {
  OpenBuffers open = OpenBuffers::by_silence_but(PartitionId{9});
  const BufferId one = open.of(PartitionId{1}).id;
  const BufferId two = open.of(PartitionId{2}).id;
  const BufferId aged = open.of(PartitionId{9}).id;
  EXPECT_EQ(open.due_since(), UnixMillis::max());
  open.account(one, ObjectKind::data, shard, records({1}, 100));
  open.account(two, ObjectKind::data, shard, records({2}, 200));
  EXPECT_EQ(open.first_due(), one);
  open.account(one, ObjectKind::data, shard, records({3}, 300));
  EXPECT_EQ(open.first_due(), two);
  EXPECT_EQ(open.due_since(), unix_millis(200));
  EXPECT_EQ(open.oldest_arrival(), unix_millis(100));
  open.account(aged, ObjectKind::processing_failed, shard, records({4}, 150));
  open.account(aged, ObjectKind::processing_failed, shard, records({5}, 900));
  EXPECT_EQ(open.first_due(), aged) << "by age";
  open.take(aged);
  open.take(two);
  EXPECT_EQ(open.due_since(), unix_millis(300));
  const Buffer taken = open.take(one);
  EXPECT_EQ(taken.newest_arrival, unix_millis(300));
  EXPECT_EQ(open.due_since(), UnixMillis::max());
}

TEST(OpenBuffers, AnIntervalBeginsAnewUnlessItCountsFromTheOldest) {
  using std::chrono::nanoseconds;
  OpenBuffers open = OpenBuffers::by_silence_but(PartitionId{9});
  const BufferId one = open.of(PartitionId{1}).id;
  const BufferId aged = open.of(PartitionId{9}).id;
  open.account(one, ObjectKind::data, shard, records({1}, 100));
  open.account(aged, ObjectKind::processing_failed, shard, records({2}, 100));
  open.restart_interval(one, nanoseconds(5));
  open.restart_interval(aged, nanoseconds(5));
  EXPECT_EQ(open.at(one).opened, nanoseconds(5));
  EXPECT_EQ(open.at(aged).opened, nanoseconds(0));
  EXPECT_EQ(open.first_filled().id, aged);
}

TEST(OpenBuffers, TheOldestIsTheOneWhoseRecordArrivedFirst) {
  OpenBuffers open;
  const BufferId one = open.of(PartitionId{1}).id;
  const BufferId two = open.of(PartitionId{2}).id;
  EXPECT_EQ(open.oldest_arrival(), UnixMillis::max());
  open.account(one, ObjectKind::data, shard, records({1}, 100));
  open.account(two, ObjectKind::data, shard, records({2}, 150));
  EXPECT_EQ(open.oldest(), one);
  open.account(two, ObjectKind::data, shard, records({3}, 50));
  EXPECT_EQ(open.oldest(), two);
  EXPECT_EQ(open.oldest_arrival(), unix_millis(50));
  open.take(two);
  EXPECT_EQ(open.oldest_arrival(), unix_millis(100));
}

TEST(OpenBuffers, TheFirstFilledIsTheOneThatGotARecordFirst) {
  OpenBuffers open;
  open.of(PartitionId{1}).opened = std::chrono::nanoseconds(20);
  open.of(PartitionId{2}).opened = std::chrono::nanoseconds(10);
  open.account(open.of(PartitionId{1}).id, ObjectKind::data, shard, records({1}, 0));
  EXPECT_EQ(open.first_filled().partition, PartitionId{1});
  open.account(open.of(PartitionId{2}).id, ObjectKind::data, shard, records({2}, 0));
  EXPECT_EQ(open.first_filled().partition, PartitionId{2});
}

TEST(OpenBuffers, TheLeastRecentlyUsedIsNeverTheOneExcepted) {
  OpenBuffers open;
  const BufferId one = open.of(PartitionId{1}).id;
  const BufferId two = open.of(PartitionId{2}).id;
  const BufferId three = open.of(PartitionId{3}).id;
  for (const BufferId id : {one, two, three, two, one}) {
    open.use(id);
  }
  EXPECT_EQ(open.least_recently_used(PartitionId{9}), three);
  EXPECT_EQ(open.least_recently_used(PartitionId{3}), two);
  open.use(three);
  EXPECT_EQ(open.least_recently_used(PartitionId{9}), two);
}

TEST(OpenBuffers, WhatIsParkedIsNotCountedAsUnparked) {
  OpenBuffers open;
  const BufferId one = open.of(PartitionId{1}).id;
  const BufferId two = open.of(PartitionId{2}).id;
  EXPECT_EQ(open.first_unparked(), nullptr);
  open.account(one, ObjectKind::data, shard, records({1, 2}, 0));
  open.account(two, ObjectKind::data, shard, records({3}, 0));
  EXPECT_EQ(open.first_unparked()->id, one);
  open.note_parked(one);
  EXPECT_FALSE(open.at(one).has_unparked());
  EXPECT_EQ(open.first_unparked()->id, two);
  open.account(one, ObjectKind::data, shard, records({4}, 0));
  EXPECT_TRUE(open.at(one).has_unparked());
  EXPECT_EQ(open.at(one).unparked_from, 15U);
  EXPECT_EQ(open.at(one).parked->records, 2U);
  EXPECT_EQ(open.unparked().size(), 2U);
  open.take(two);
  EXPECT_EQ(open.first_unparked()->id, one);
}

TEST(OpenBuffers, ARestoredOneGoesOnUnderItsId) {
  OpenBuffers before;
  const BufferId id = before.of(PartitionId{4}).id;
  before.account(id, ObjectKind::data, shard, records({1, 2}, 70));
  OpenBuffers open;
  open.restore(BufferId{9}, PartitionId{4}, before.at(id), std::chrono::nanoseconds(5));
  EXPECT_EQ(open.of(PartitionId{4}).id, BufferId{9});
  EXPECT_FALSE(open.at(BufferId{9}).has_unparked());
  EXPECT_EQ(open.oldest_arrival(), unix_millis(70));
  EXPECT_EQ(open.records(), 2U);
  EXPECT_EQ(open.taken_bytes(), 0U);
  EXPECT_GT(open.of(PartitionId{5}).id, BufferId{9});
}

TEST(OpenBuffers, AllAreTakenInTheOrderOfOpening) {
  OpenBuffers open;
  open.of(PartitionId{5});
  open.of(PartitionId{3});
  const std::vector<Buffer> all = open.take_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].partition, PartitionId{5});
  EXPECT_EQ(all[1].partition, PartitionId{3});
  EXPECT_THAT(open.partitions(), IsEmpty());
}

}  // namespace
}  // namespace sluice::delivery
