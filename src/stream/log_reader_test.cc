// The readers' side: bounds, seeks by time, what is read from where.  It is reached through
// StreamLog::read and its kin.
#include "stream/log_fixture.h"
#include "stream/log_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LogReader, GivesDataKeyOrdinalAndArrival) {
  TestLog test;
  test.must_append({{0, "data", "key"}, {0, "", ""}});
  const auto batch = test.log->read(ShardIndex(0), first_ordinal, 1000, 10);
  ASSERT_TRUE(batch.has_value());
  std::vector<RecordView> records;
  batch->for_each([&](const RecordView& record) { records.push_back(record); });
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].data, "data");
  EXPECT_EQ(records[0].partition_key, "key");
  EXPECT_EQ(records[0].arrival, test.clock.now());
  EXPECT_EQ(records[1].data, "");
  EXPECT_EQ(records[1].ordinal, Ordinal(2));
  EXPECT_TRUE(batch->at_tip);
  EXPECT_EQ(batch->next, Ordinal(3));
  EXPECT_EQ(batch->bytes, 7U);
  EXPECT_EQ(batch->tip_arrival, test.clock.now());
}

TEST(LogReader, KeepsToItsBoundsButGivesAtLeastOneRecord) {
  TestLog test;
  test.must_append({{0, std::string(100, 'a')}, {0, std::string(100, 'b')}});
  test.must_append({{0, std::string(100, 'c')}});
  const auto one = test.log->read(ShardIndex(0), Ordinal(1), 10, 10);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->records, 1U);
  EXPECT_FALSE(one->at_tip);
  const auto two = test.log->read(ShardIndex(0), Ordinal(1), 202, 10);
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(two->records, 2U);
  const auto middle = test.log->read(ShardIndex(0), Ordinal(2), 1000, 1);
  ASSERT_TRUE(middle.has_value());
  EXPECT_EQ(middle->records, 1U);
  EXPECT_EQ(middle->next, Ordinal(3));
}

TEST(LogReader, AtAndBehindTheTipTheBatchIsEmpty) {
  TestLog test;
  test.must_append({{0, "a"}});
  for (const std::uint64_t from : {2U, 3U, 1000U}) {
    const auto batch = test.log->read(ShardIndex(0), Ordinal(from), 1000, 10);
    ASSERT_TRUE(batch.has_value());
    EXPECT_EQ(batch->records, 0U);
    EXPECT_TRUE(batch->at_tip);
    EXPECT_EQ(batch->next, Ordinal(from));
  }
  EXPECT_THAT(test.read_all(7), IsEmpty()) << "a shard without records";
}

TEST(LogReader, TheTailIsReadFromMemory) {
  TestLog test;
  test.must_append({{0, "a"}});
  int reads = 0;
  test.files.set_fault_hook([&](Operation operation, const std::string&) -> Result<void> {
    reads += operation == Operation::read ? 1 : 0;
    return {};
  });
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}));
  EXPECT_EQ(reads, 0);
}

// Records of a batch stay what they are while the log goes on, forgets and removes files.
TEST(LogReader, ABatchOutlivesTrimmingAndTheCache) {
  TestLog test(1, 1, {.segment_bytes = 300, .cache_bytes = 300});
  test.must_append({{0, "first"}});
  const auto batch = test.log->read(ShardIndex(0), Ordinal(1), 1000, 10);
  ASSERT_TRUE(batch.has_value());
  for (int i = 0; i < 20; ++i) {
    test.must_append({{0, "more"}});
  }
  ASSERT_TRUE(test.log->trim(test.clock.now() + std::chrono::hours(1), {}).has_value());
  test.log.reset();
  batch->for_each([](const RecordView& record) { EXPECT_EQ(record.data, "first"); });
}

TEST(LogReader, ASegmentThatIsTrimmedBeforeItsFileIsOpenedIsPassedOver) {
  TestLog test(1, 1, {.segment_bytes = 300});
  for (int i = 0; i < 6; ++i) {
    test.must_append({{0, std::string(100, 'a')}});
  }
  test.reopen();
  test.files.set_fault_hook(
      [&, is_trimmed = false](Operation operation, const std::string&) mutable -> Result<void> {
        if (operation == Operation::open && !std::exchange(is_trimmed, true)) {
          EXPECT_TRUE(test.log->trim(test.clock.now() + std::chrono::hours(1), {}).has_value());
        }
        return {};
      });
  const auto all = test.read_all();
  ASSERT_EQ(all.size(), test.log->totals().records) << test.last_failure;
  EXPECT_EQ(all.front().ordinal, test.log->horizon(ShardIndex(0)).value);
}

// One shard among many: its reader asks the disk for its own blocks, not for the whole file.
TEST(LogReader, ReadsItsOwnBlocksOnly) {
  constexpr std::uint32_t shards = 50;
  TestLog test(1, shards, {.cache_bytes = 0});
  for (int round = 0; round < 4; ++round) {
    std::vector<Given> request;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      request.push_back({shard, std::string(20000, static_cast<char>('a' + round))});
    }
    test.must_append(request);
  }
  int reads = 0;
  test.files.set_fault_hook([&](Operation operation, const std::string&) -> Result<void> {
    reads += operation == Operation::read ? 1 : 0;
    return {};
  });
  EXPECT_EQ(test.read_all(17).size(), 4U);
  EXPECT_EQ(reads, 4) << "one block each";
}

TEST(LogReader, FindsTheFirstRecordAtOrAfterATime) {
  TestLog test(1, 2, {.segment_bytes = 500, .cache_bytes = 0});
  const UnixMillis start = test.clock.now();
  for (int i = 0; i < 30; ++i) {  // ordinal i+1 arrives at start + i seconds
    test.must_append({{0, "x"}});
    test.clock.advance(std::chrono::seconds(1));
  }
  test.reopen();
  for (int i = 0; i < 30; ++i) {
    const auto exact = test.log->find_by_time(ShardIndex(0), start + std::chrono::seconds(i));
    ASSERT_TRUE(exact.has_value());
    EXPECT_EQ(exact->value, static_cast<std::uint64_t>(i + 1));
    const auto between = test.log->find_by_time(
        ShardIndex(0), start + std::chrono::seconds(i) + std::chrono::milliseconds(1));
    ASSERT_TRUE(between.has_value());
    EXPECT_EQ(between->value, static_cast<std::uint64_t>(i + 2));
  }
  EXPECT_EQ(*test.log->find_by_time(ShardIndex(0), unix_millis(0)), Ordinal(1));
  EXPECT_EQ(*test.log->find_by_time(ShardIndex(1), start), Ordinal(1)) << "an empty shard";
}

TEST(LogReader, DamageFoundWhileReadingNamesFileAndOffset) {
  TestLog test(1, 1, {.cache_bytes = 0});
  test.must_append({{0, "alpha"}});
  test.must_append({{0, "beta"}});
  test.must_append({{0, "gamma"}});
  const std::string path = test.segment_path(1);
  test.flip(path, test.contents(path).find("beta"));
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "alpha"}));
  EXPECT_THAT(test.last_failure, HasSubstr(path));
  const auto failed = test.log->read(ShardIndex(0), Ordinal(2), 100, 10);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().fault(), Fault::corrupt);
  const auto lost = test.log->skip_damaged(ShardIndex(0), Ordinal(2));
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->next, Ordinal(3));
  EXPECT_THAT(test.read_all(0, 3), ElementsAre(Got{3, "gamma"}));
  EXPECT_EQ(test.log->damages().size(), 1U);
}

TEST(LogReader, IndexesOfSealedSegmentsAreLoadedAndDroppedWithinTheirBound) {
  TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0, .index_bytes = 1});
  for (int i = 0; i < 40; ++i) {
    test.must_append({{0, "x" + std::to_string(i)}});
  }
  test.reopen();
  EXPECT_EQ(test.read_all().size(), 40U);
  EXPECT_EQ(test.read_all().size(), 40U);
}

TEST(LogReader, IndexesOfSealedSegmentsAreDroppedThoughNobodyReads) {
  TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0, .index_bytes = 2'000});
  for (int i = 0; i < 1'000; ++i) {
    test.must_append({{0, "x" + std::to_string(i)}});
  }
  const LogTotals totals = test.log->totals();
  EXPECT_GT(totals.segments, 100U);
  EXPECT_LE(totals.index_bytes, 3'000U);
  EXPECT_EQ(test.read_all().size(), 1'000U);
}

TEST(LogReader, ReadersRunBesideTheWriter) {
  TestLog test(1, 1, {.segment_bytes = 2000, .cache_bytes = 500, .index_bytes = 300});
  constexpr std::uint64_t total = 400;
  std::atomic<bool> is_wrong = false;
  const auto follow = [&] {
    Ordinal at = first_ordinal;
    while (at <= Ordinal(total) && !is_wrong) {
      const auto batch = test.log->read(ShardIndex(0), at, 300, 7);
      if (!batch) {
        is_wrong = true;
        return;
      }
      batch->for_each([&](const RecordView& record) {
        is_wrong =
            is_wrong || record.data != std::to_string(record.ordinal.value) || record.ordinal != at;
        ++at;
      });
    }
  };
  std::thread one(follow);
  std::thread other(follow);
  for (std::uint64_t i = 1; i <= total; ++i) {
    test.must_append({{0, std::to_string(i)}});
  }
  one.join();
  other.join();
  EXPECT_FALSE(is_wrong);
}

}  // namespace
}  // namespace sluice::stream
