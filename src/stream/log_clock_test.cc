// What a clock that jumps can do to a log: nothing.  Ordinals, arrival times and sequence numbers
// of a shard only grow, through every way to end a life and begin another under an earlier clock.
#include "stream/log_fixture.h"
#include "stream/sequence_number.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

constexpr std::uint32_t shards = 2;
const UnixMillis created = unix_millis(1'700'000'000'000);

class ClockRun {
 public:
  explicit ClockRun(std::uint64_t seed)
      : dice_(seed), test_(seed, shards, {.segment_bytes = 400, .cache_bytes = 0}) {}

  void perform(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      switch (dice_.below(8)) {
        case 0:
          return_to_life();
          break;
        case 1:  // up to ten days either way
          test_.clock.jump_to(created + std::chrono::milliseconds(dice_.below(1'728'000'000)) -
                              std::chrono::milliseconds(864'000'000));
          break;
        case 2:
          test_.clock.advance(std::chrono::milliseconds(dice_.below(3000)));
          ASSERT_TRUE(test_.mark_idle().has_value());
          break;
        case 3:
          ASSERT_TRUE(
              test_.log->roll_if_older(std::chrono::minutes(1), test_.clock.now()).has_value());
          break;
        default:
          append();
      }
    }
    return_to_life();
    read_back();
  }

 private:
  void return_to_life() {
    switch (dice_.below(3)) {
      case 0:
        ASSERT_TRUE(test_.mark_idle(true).has_value());
        return test_.reopen();
      case 1:
        return test_.reopen();
      default:
        return test_.crash();
    }
  }

  void append() {
    const auto receipt =
        test_.append({{static_cast<std::uint32_t>(dice_.below(shards)), "first"},
                      {static_cast<std::uint32_t>(dice_.below(shards)), "second"}});
    ASSERT_TRUE(receipt.has_value());
    for (const Placed& placed : receipt->records) {
      std::vector<Placed>& before = placed_[placed.shard.value];
      if (!before.empty()) {
        ASSERT_EQ(placed.ordinal, before.back().ordinal + 1);
        ASSERT_GE(placed.arrival, before.back().arrival);
        ASSERT_GT(number_of(placed), number_of(before.back()));
      }
      before.push_back(placed);
    }
  }

  static SequenceNumber number_of(const Placed& placed) {
    return encode_sequence(record_sequence(placed.shard, created, placed.ordinal, placed.arrival));
  }

  // What is read bears the times that were acknowledged, and is found by them.
  void read_back() {
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      for (const Placed& placed : placed_[shard]) {
        const auto batch = test_.log->read(ShardIndex(shard), placed.ordinal, 1, 1);
        ASSERT_TRUE(batch.has_value());
        batch->for_each([&](const RecordView& record) {
          ASSERT_EQ(record.ordinal, placed.ordinal);
          ASSERT_EQ(record.arrival, placed.arrival);
        });
        const auto found = test_.log->find_by_time(ShardIndex(shard), placed.arrival);
        ASSERT_TRUE(found.has_value());
        ASSERT_LE(*found, placed.ordinal);
      }
    }
  }

  SeededRandom dice_;
  TestLog test_;
  std::vector<Placed> placed_[shards];
};

TEST(LogClock, NumbersAndArrivalsOnlyGrowThroughJumpsAndRestarts) {
  for (std::uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    ClockRun(seed).perform(60);
  }
}

TEST(LogClock, ARestartUnderAnEarlierClockRemembersTheLastArrival) {
  TestLog test;
  test.must_append({{0, "a"}});
  const UnixMillis last = test.clock.now();
  test.clock.jump_to(last - std::chrono::hours(24));
  test.crash();
  EXPECT_EQ(test.log->tip_arrival(ShardIndex(0)), last);
  const auto later = test.append({{0, "b"}});
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->records[0].arrival, last);
}

}  // namespace
}  // namespace sluice::stream
