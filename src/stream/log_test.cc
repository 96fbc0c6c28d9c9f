// The writer's side, and the log as a whole against a naive model.
#include "stream/log.h"

#include "base/digest.h"
#include "stream/log_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(StreamLog, GivesDenseOrdinalsPerShardInRequestOrder) {
  TestLog test(1, 2);
  const auto receipt = test.append({{0, "a"}, {1, "b"}, {0, "c"}});
  ASSERT_TRUE(receipt.has_value());
  ASSERT_THAT(receipt->records, SizeIs(3));
  EXPECT_EQ(receipt->records[0].ordinal, Ordinal(1));
  EXPECT_EQ(receipt->records[1].ordinal, Ordinal(1));
  EXPECT_EQ(receipt->records[1].shard, ShardIndex(1));
  EXPECT_EQ(receipt->records[2].ordinal, Ordinal(2));
  EXPECT_THAT(test.read_all(0), ElementsAre(Got{1, "a"}, Got{2, "c"}));
  EXPECT_THAT(test.read_all(1), ElementsAre(Got{1, "b"}));
}

TEST(StreamLog, KnowsHowManyShardsItHasHadThoughNobodySaysSo) {
  TestLog test(1, 3);
  test.must_append({{0, "a"}, {2, "c"}});
  test.noted.reset();
  test.floors.clear();
  test.reopen();
  EXPECT_EQ(test.log->shards(), 3U);
}

TEST(StreamLog, ShowsNothingBeforeItIsDurable) {
  TestLog test;
  ASSERT_TRUE(test.log->prepare(test.clock.now()));
  test.stage({{0, "a"}});
  EXPECT_THAT(test.read_all(), IsEmpty());
  ASSERT_TRUE(test.log->write_staged());
  EXPECT_THAT(test.read_all(), IsEmpty());
  ASSERT_TRUE(test.log->sync_staged(test.clock.now()));
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}));
}

TEST(StreamLog, ArrivalNeverGoesBackWithinAShard) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.clock.jump_to(test.clock.now() - std::chrono::hours(1));
  const auto later = test.append({{0, "b"}});
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->records[0].arrival, unix_millis(1700000000000));
}

TEST(StreamLog, SurvivesAPowerCutAfterTheAnswer) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.must_append({{0, "b"}});
  test.crash();
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}, Got{2, "b"}));
  test.must_append({{0, "c"}});
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}, Got{2, "b"}, Got{3, "c"}));
}

TEST(StreamLog, RollsIntoNewSegmentsAndReadsAcrossThem) {
  TestLog test(1, 1, {.segment_bytes = 600, .cache_bytes = 0});
  std::vector<Got> expected;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    test.must_append({{0, "record " + std::to_string(i)}});
    expected.push_back({i, "record " + std::to_string(i)});
  }
  EXPECT_GT(test.log->totals().segments, 10U);
  EXPECT_EQ(test.read_all(), expected);
  test.reopen();
  EXPECT_TRUE(test.log->recovery().torn.empty());
  EXPECT_TRUE(test.log->recovery().damages.empty());
  EXPECT_EQ(test.read_all(), expected);
  EXPECT_EQ(test.log->totals().records, 50U);
}

TEST(StreamLog, AFailedWriteIsTakenBackAndTheNextRoundIsClean) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.fail_once(Operation::write, Fault::throttled);
  const auto refused = test.append({{0, "never"}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault(), Fault::throttled);
  EXPECT_EQ(test.faults, 1);
  const auto again = test.append({{0, "b"}});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->records[0].ordinal, Ordinal(2));
  test.crash();
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}, Got{2, "b"}));
  EXPECT_EQ(test.log->totals().segments, 1U);
}

TEST(StreamLog, AWriteThatCannotBeTakenBackEndsItsSegment) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.files.set_fault_hook(
      [failures = 2](Operation operation, const std::string&) mutable -> Result<void> {
        const bool is_hit = operation == Operation::write || operation == Operation::truncate;
        return is_hit && failures-- > 0 ? fail(Fault::io, "injected") : Result<void>();
      });
  EXPECT_FALSE(test.append({{0, "never"}}).has_value());
  test.files.set_fault_hook({});
  EXPECT_EQ(test.log->totals().segments, 2U);
  test.must_append({{0, "b"}});
  test.reopen();
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}, Got{2, "b"}));
}

TEST(StreamLog, AFullDiskRefusesAndHealsWhenSpaceReturns) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.files.set_capacity(test.log->totals().file_bytes + 40);
  const auto refused = test.append({{0, std::string(100, 'x')}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault(), Fault::throttled);
  test.files.set_capacity(1 << 20);
  test.must_append({{0, "b"}});
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}, Got{2, "b"}));
}

TEST(StreamLog, AFailedSyncIsFinalForItsSegmentAndWhatItHeldNeverComesBack) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    TestLog test(seed);
    test.must_append({{0, "a"}});
    test.fail_once(Operation::sync);
    EXPECT_FALSE(test.append({{0, "never"}}).has_value());
    EXPECT_EQ(test.faults, 1);
    EXPECT_EQ(test.log->totals().segments, 2U);
    if (seed % 2 == 0) {
      test.must_append({{0, "b"}});
    }
    test.crash();
    test.must_append({{0, "c"}});
    const auto all = test.read_all();
    ASSERT_GE(all.size(), 2U);
    EXPECT_EQ(all.front(), (Got{1, "a"}));
    EXPECT_EQ(all.back().data, "c");
    EXPECT_EQ(all.size(), seed % 2 == 0 ? 3U : 2U);
  }
}

TEST(StreamLog, WritesAMarkerAfterASecondOfIdleness) {
  TestLog test;
  test.must_append({{0, "a"}});
  const std::uint64_t before = test.log->totals().file_bytes;
  ASSERT_TRUE(test.mark_idle());
  EXPECT_EQ(test.log->totals().file_bytes, before);
  test.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(test.mark_idle());
  const std::uint64_t after = test.log->totals().file_bytes;
  EXPECT_GT(after, before);
  test.clock.advance(std::chrono::seconds(5));
  ASSERT_TRUE(test.mark_idle(true));
  EXPECT_EQ(test.log->totals().file_bytes, after) << "one marker is enough";
  test.reopen();
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}));
}

TEST(StreamLog, NewOrdinalsStartAboveTheFloorsItIsGiven) {
  TestLog test(1, 2);
  test.must_append({{0, "a"}});
  test.floors = {Ordinal(10), Ordinal(5)};
  test.reopen();
  test.must_append({{0, "b"}, {1, "c"}});
  EXPECT_THAT(test.read_all(0), ElementsAre(Got{1, "a"}, Got{10, "b"}));
  EXPECT_THAT(test.read_all(1), ElementsAre(Got{5, "c"}));
  test.floors = {first_ordinal, first_ordinal};
  test.reopen();
  EXPECT_EQ(test.log->tip(ShardIndex(0)), Ordinal(11));
  EXPECT_TRUE(test.log->recovery().damages.empty());
}

TEST(StreamLog, TrimsWholeSegmentsThatAreExpiredAndNeededByNobody) {
  TestLog test(1, 2, {.segment_bytes = 500});
  for (int i = 0; i < 12; ++i) {
    test.must_append({{0, std::string(100, 'a')}});
    test.clock.advance(std::chrono::hours(1));
  }
  const UnixMillis all_expired = test.clock.now() + std::chrono::hours(1);
  const LowMarks holder{{ShardIndex(0), Ordinal(4)}};

  const auto none = test.log->trim(unix_millis(0), {});
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(*none, 0U);

  ASSERT_TRUE(test.log->trim(all_expired, std::span(&holder, 1)).has_value());
  EXPECT_GT(test.log->horizon(ShardIndex(0)), Ordinal(1));
  EXPECT_LE(test.log->horizon(ShardIndex(0)), Ordinal(4));
  EXPECT_EQ(test.read_all(0, 1).front().ordinal, test.log->horizon(ShardIndex(0)).value)
      << "a reader before the horizon moves there";

  ASSERT_TRUE(test.log->trim(all_expired, {}).has_value());
  EXPECT_EQ(test.log->totals().segments, 1U) << "the last one stays";
  test.crash();
  EXPECT_EQ(test.log->tip(ShardIndex(0)), Ordinal(13));
  EXPECT_TRUE(test.log->recovery().damages.empty());
}

TEST(StreamLog, AnOldSegmentEndsSoThatItCanExpire) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.clock.advance(std::chrono::minutes(30));
  ASSERT_TRUE(test.log->roll_if_older(std::chrono::hours(1), test.clock.now()));
  EXPECT_EQ(test.log->totals().segments, 1U);
  test.clock.advance(std::chrono::minutes(30));
  ASSERT_TRUE(test.log->roll_if_older(std::chrono::hours(1), test.clock.now()));
  EXPECT_EQ(test.log->totals().segments, 2U);
  ASSERT_TRUE(
      test.log->roll_if_older(std::chrono::hours(1), test.clock.now() + std::chrono::hours(9)));
  EXPECT_EQ(test.log->totals().segments, 2U) << "an empty segment stays";
  ASSERT_TRUE(test.log->trim(test.clock.now() + std::chrono::hours(1), {}).has_value());
  test.reopen();
  EXPECT_EQ(test.log->tip(ShardIndex(0)), Ordinal(2));
  EXPECT_THAT(test.read_all(), IsEmpty());
  test.must_append({{0, "b"}});
  EXPECT_THAT(test.read_all(), ElementsAre(Got{2, "b"}));
}

TEST(StreamLog, AtRestItHoldsNoFileAndOpensItAgainWhenItIsUsed) {
  TestLog test;
  int opened = 0;
  test.files.set_fault_hook([&](Operation operation, const std::string&) -> Result<void> {
    opened += operation == Operation::open ? 1 : 0;
    return {};
  });
  test.must_append({{0, "a"}});
  EXPECT_EQ(opened, 1) << "an empty log holds none";
  test.log->rest(test.clock.now());
  test.must_append({{0, "b"}});
  EXPECT_EQ(opened, 1) << "no rest within a second";
  test.clock.advance(std::chrono::seconds(1));
  test.log->rest(test.clock.now());
  test.must_append({{0, "c"}});
  EXPECT_EQ(opened, 1) << "no rest without a marker";

  test.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(test.mark_idle());
  test.clock.advance(std::chrono::seconds(1));
  EXPECT_THAT(test.read_all(), SizeIs(3));
  test.log->rest(test.clock.now());
  EXPECT_THAT(test.read_all(), SizeIs(3));
  EXPECT_EQ(opened, 1) << "no rest while it is read";
  test.log->rest(test.clock.now());
  test.log->rest(test.clock.now());
  EXPECT_THAT(test.read_all(), SizeIs(3));
  EXPECT_EQ(opened, 2);
  test.log->rest(test.clock.now());
  test.log->rest(test.clock.now());
  test.must_append({{0, "d"}});
  EXPECT_EQ(opened, 3);
  EXPECT_THAT(test.read_all(), SizeIs(4));
}

TEST(StreamLog, ALargeSegmentEndsSoThatItCanBeTrimmed) {
  TestLog test;
  test.must_append({{0, std::string(1000, 'a')}});
  ASSERT_TRUE(test.log->roll_if_larger(2000, test.clock.now()));
  EXPECT_EQ(test.log->totals().segments, 1U);
  EXPECT_EQ(test.log->trimmable({}), std::nullopt);
  test.must_append({{0, std::string(1000, 'b')}});
  const UnixMillis last = test.clock.now();
  test.clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(test.log->roll_if_larger(2000, test.clock.now()));
  ASSERT_TRUE(test.log->roll_if_larger(0, test.clock.now()));
  EXPECT_EQ(test.log->totals().segments, 2U) << "an empty segment stays";
  EXPECT_EQ(test.log->trimmable({}), last);
  const LowMarks holder{{ShardIndex(0), Ordinal(2)}};
  EXPECT_EQ(test.log->trimmable(std::span(&holder, 1)), std::nullopt);
  EXPECT_EQ(test.log->trim(UnixMillis::max(), {}, 0).value(), 0U);
  EXPECT_EQ(test.log->trim(UnixMillis::max(), {}, 1).value(), 1U);
  EXPECT_EQ(test.log->horizon(ShardIndex(0)), Ordinal(3));
}

TEST(StreamLog, ALogAtRestWhoseFileCannotBeOpenedRefusesAndHeals) {
  TestLog test;
  test.fail_once(Operation::open);
  EXPECT_EQ(test.append({{0, "a"}}).error().fault(), Fault::io);
  test.must_append({{0, "a"}});
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "a"}));
}

TEST(StreamLog, AClosedLogTakesNoMore) {
  TestLog test;
  test.must_append({{0, "a"}});
  test.log->close();
  EXPECT_EQ(test.log->prepare(test.clock.now()).error().fault(), Fault::missing);
  EXPECT_TRUE(test.mark_idle(true).has_value());
}

// docs/formats/log.md explains these bytes; whoever changes them changes the page and the version.
TEST(StreamLog, WritesTheWorkedExampleOfTheFormatPage) {
  TestLog test(1);
  test.must_append({{0, "72", "watch"}, {0, "75", "watch"}});
  test.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(test.mark_idle().has_value());
  EXPECT_EQ(
      sluice::to_hex(ByteView(test.contents(test.segment_path(1)))),
      "534c435345473031327ba5c2010080000068e5cf8b0100004d000000000000000100000000000000c15c0289"
      "ec2d0a9100000000000000000068e5cf8b010000000000000000000000000000000000000000000000000000"
      "0000000001000000000000000000000000000000000000000000000000000000000000000000000001000000"
      "000000000000000000000000534c4631c40e7a4c01006000010000000000000000000000c15c0289ec2d0a91"
      "00000000000000000068e5cf8b0100004e000000020000000b599b6e00000000000000000000000000000000"
      "0000000000000000000000000000000000000000534c42318dd05d9800000000020000000100000000000000"
      "0068e5cf8b0100001a00000004000000000000009d57ddb30200000004000000050000000a00000077617463"
      "68776174636837323735534c4631abca94580200600000000000ae00000000000000c15c0289ec2d0a91ae00"
      "000000000000e86be5cf8b0100001800000000000000609ad5b9000000000000000000000000000000000000"
      "000000000000000000000000000000000000010000000000000003000000000000000068e5cf8b010000");
}

// Random operations, faults, kills and power cuts against a model that is a vector per shard.
class ModelRun {
 public:
  explicit ModelRun(std::uint64_t seed)
      : dice_(seed * 7919),
        shards_(1 + static_cast<std::uint32_t>(dice_.below(3))),
        test_(seed,
              shards_,
              {.segment_bytes = 300 + dice_.below(2000),
               .cache_bytes = dice_.below(3) * 700,
               .index_bytes = dice_.below(2) * 600,
               .keys = keys_of(key_line('a'))}),
        acked_(shards_) {}

  void perform(int operations) {
    for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) {
      switch (dice_.below(12)) {
        case 0:
          restart(false);
          break;
        case 1:
          restart(true);
          break;
        case 2:
          test_.clock.advance(std::chrono::seconds(2));
          maintain();
          break;
        case 3:
          check_reads();
          break;
        case 4:
          round(Ending::write_fault);
          break;
        case 5:
          round(Ending::sync_fault);
          break;
        case 6:
          round(Ending::abandoned);
          break;
        case 7:
          trim();
          break;
        default:
          round(Ending::good);
          break;
      }
    }
    restart(true);
    check_reads();
  }

 private:
  enum class Ending { good, write_fault, sync_fault, abandoned };

  std::vector<Given> random_request() {
    std::vector<Given> request;
    const std::uint64_t count = 1 + dice_.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string data = std::to_string(++serial_) + ":";
      data.append(dice_.below(8) == 0 ? dice_.below(3000) : dice_.below(40), 'x');
      request.push_back({static_cast<std::uint32_t>(dice_.below(shards_)),
                         std::move(data),
                         std::string(dice_.below(10), 'k')});
    }
    return request;
  }

  void round(Ending ending) {
    test_.clock.advance(std::chrono::milliseconds(dice_.below(50)));
    ASSERT_TRUE(test_.log->prepare(test_.clock.now()).has_value());
    std::vector<std::vector<std::string>> staged(shards_);
    for (std::uint64_t requests = 1 + dice_.below(3); requests > 0; --requests) {
      const auto request = random_request();
      test_.is_encrypting = dice_.below(3) == 0;
      const auto receipt = test_.stage(request);
      for (std::size_t i = 0; i < request.size(); ++i) {
        const std::uint32_t shard = request[i].shard;
        staged[shard].push_back(request[i].data);
        ASSERT_EQ(receipt.records[i].ordinal.value, acked_[shard].size() + staged[shard].size());
      }
    }
    if (ending == Ending::write_fault) {
      test_.fail_once(Operation::write, Fault::throttled);
    }
    const bool is_written = test_.log->write_staged().has_value();
    ASSERT_EQ(is_written, ending != Ending::write_fault);
    if (ending == Ending::sync_fault) {
      test_.fail_once(Operation::sync);
    }
    if (ending == Ending::abandoned) {
      in_flight_ = std::move(staged);
      restart(dice_.below(2) == 0);
      return;
    }
    if (is_written) {
      ASSERT_EQ(test_.log->sync_staged(test_.clock.now()).has_value(), ending == Ending::good);
    }
    test_.files.set_fault_hook({});
    if (ending == Ending::good) {
      for (std::uint32_t shard = 0; shard < shards_; ++shard) {
        acked_[shard].insert(acked_[shard].end(), staged[shard].begin(), staged[shard].end());
      }
    }
  }

  // What the maintenance does with a log that may be idle.
  void maintain() {
    ASSERT_TRUE(test_.mark_idle().has_value());
    test_.clock.advance(std::chrono::milliseconds(dice_.below(2000)));
    test_.log->rest(test_.clock.now());
    if (dice_.below(2) == 0) {
      check_reads();
    }
    test_.log->rest(test_.clock.now());
    const std::uint64_t bytes = dice_.below(6000);
    ASSERT_TRUE(test_.log->roll_if_larger(bytes, test_.clock.now()).has_value());
  }

  void trim() {
    const Ordinal needed =
        std::max(test_.log->horizon(ShardIndex(0)), Ordinal(1 + dice_.below(acked_[0].size() + 1)));
    const LowMarks holder{{ShardIndex(0), needed}};
    ASSERT_TRUE(test_.log
                    ->trim(test_.clock.now() - std::chrono::milliseconds(dice_.below(500)),
                           std::span(&holder, 1))
                    .has_value());
    ASSERT_LE(test_.log->horizon(ShardIndex(0)), needed);
  }

  // All that was acknowledged is there; of the round in flight a prefix may be.
  void restart(bool power_cut) {
    if (power_cut) {
      test_.crash();
    } else {
      test_.reopen();
    }
    ASSERT_TRUE(test_.log->recovery().damages.empty())
        << test_.log->recovery().damages[0].what << " at "
        << test_.log->recovery().damages[0].offset;
    for (std::uint32_t shard = 0; shard < shards_; ++shard) {
      const std::uint64_t held = test_.log->tip(ShardIndex(shard)).value - 1;
      ASSERT_GE(held, acked_[shard].size());
      const std::uint64_t extra = held - acked_[shard].size();
      ASSERT_LE(extra, in_flight_.empty() ? 0 : in_flight_[shard].size());
      for (std::uint64_t i = 0; i < extra; ++i) {
        acked_[shard].push_back(in_flight_[shard][i]);
      }
    }
    in_flight_.clear();
    check_reads();
  }

  void check_reads() {
    for (std::uint32_t shard = 0; shard < shards_; ++shard) {
      const std::uint64_t horizon = test_.log->horizon(ShardIndex(shard)).value;
      const std::uint64_t from = horizon + dice_.below(acked_[shard].size() + 2 - horizon);
      const auto all = test_.read_all(shard, from, 1 + dice_.below(4000), 1 + dice_.below(20));
      ASSERT_EQ(all.size(), acked_[shard].size() + 1 - from) << test_.last_failure;
      for (std::size_t i = 0; i < all.size(); ++i) {
        ASSERT_EQ(all[i].ordinal, from + i);
        ASSERT_EQ(all[i].data, acked_[shard][from + i - 1]);
      }
    }
  }

  SeededRandom dice_;
  std::uint32_t shards_;
  TestLog test_;
  std::vector<std::vector<std::string>> acked_;
  std::vector<std::vector<std::string>> in_flight_;
  std::uint64_t serial_ = 0;
};

TEST(StreamLog, AgreesWithAModelUnderRandomOperationsFaultsAndCrashes) {
  constexpr std::uint64_t seeds = 2500;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    ModelRun(seed).perform(25);
  }
}

}  // namespace
}  // namespace sluice::stream
