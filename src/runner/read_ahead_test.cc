#include "runner/read_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace sluice::runner {
namespace {

using delivery::Ordinal;
using delivery::ShardKey;
using testing::ElementsAre;

constexpr ShardKey first{delivery::StreamIncarnation{5}, 0};
constexpr ShardKey second{delivery::StreamIncarnation{5}, 1};

// Shards of numbered records, ten to a read, and who read them.
class NumberedSource final : public delivery::Source {
 public:
  struct Call {
    ShardKey shard;
    Ordinal from;
    std::thread::id thread;
  };

  Result<std::vector<Shard>> shards() override { return std::vector<Shard>{}; }

  Result<delivery::SourceBatch> read(ShardKey shard, Ordinal from, std::size_t) override {
    const std::lock_guard lock(mutex_);
    calls_.push_back({shard, from, std::this_thread::get_id()});
    if (damaged_ == from) {
      return fail(Fault::corrupt, "damaged");
    }
    delivery::SourceBatch batch;
    for (Ordinal at = from; at < tips_[shard] && batch.records.size() < 10; at = at + 1) {
      batch.records.push_back({at, UnixMillis{}, "x", "k"});
    }
    return batch;
  }

  Result<Ordinal> end_of_damage(ShardKey, Ordinal from) override { return from + 1; }

  Result<Ordinal> tip(ShardKey shard) override {
    const std::lock_guard lock(mutex_);
    return tips_[shard];
  }

  Result<Ordinal> first_at(ShardKey, UnixMillis) override { return Ordinal{1}; }

  void hold(ShardKey, Ordinal) override {}

  std::string sequence_number(ShardKey, Ordinal, UnixMillis) override { return {}; }

  void on_records(std::function<void()>) override {}

  void set_tip(ShardKey shard, Ordinal tip) {
    const std::lock_guard lock(mutex_);
    tips_[shard] = tip;
  }

  void set_damaged(Ordinal at) {
    const std::lock_guard lock(mutex_);
    damaged_ = at;
  }

  std::vector<Call> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::map<ShardKey, Ordinal> tips_;
  std::vector<Call> calls_;
  Ordinal damaged_{0};
};

// Gives every record a partition of its own, the number of its ordinal, and notes what it is asked.
class NumberingRouter final : public delivery::Router {
 public:
  Result<delivery::Routed> route(const delivery::Route& route) override {
    const std::lock_guard lock(mutex_);
    routed_.push_back(route.records.front().ordinal.value);
    if (fails_) {
      return fail(Fault::unavailable, "no answer");
    }
    delivery::Routed routed;
    for (const delivery::SourceRecord& record : route.records) {
      routed.batch.records.push_back(record);
      routed.routes.push_back({delivery::PartitionId{record.ordinal.value}});
    }
    routed.batch.owner = route.owner;
    return routed;
  }

  std::optional<delivery::PartitionId> partition_of(const delivery::PartitionValues&) override {
    return std::nullopt;
  }

  const delivery::PartitionValues& values(delivery::PartitionId) const override { return none_; }

  std::size_t partitions() const override { return 0; }

  void keep_only(const std::set<delivery::PartitionId>&) override {}

  // The first ordinals of what was routed.
  std::vector<std::uint64_t> routed() {
    const std::lock_guard lock(mutex_);
    return routed_;
  }

  void fail_from_now_on() {
    const std::lock_guard lock(mutex_);
    fails_ = true;
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> routed_;
  bool fails_ = false;
  const delivery::PartitionValues none_;
};

class ReadAheadTest : public testing::Test {
 protected:
  // First and last ordinal that a read brings; 0 and 0 at the tip.
  std::pair<std::uint64_t, std::uint64_t> read(ShardKey shard, std::uint64_t from) {
    const auto batch = ahead_.read(shard, Ordinal{from}, 1000);
    EXPECT_TRUE(batch);
    if (!batch || batch->records.empty()) {
      return {0, 0};
    }
    return {batch->records.front().ordinal.value, batch->records.back().ordinal.value};
  }

  // Waits until a read from there has been begun.
  bool is_read(std::uint64_t from) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < give_up) {
      for (const NumberedSource::Call& call : source_.calls()) {
        if (call.from.value == from) {
          return true;
        }
      }
      std::this_thread::yield();
    }
    return false;
  }

  // What was said ahead of the records of a read.
  std::optional<RoutedAhead> said_of(std::uint64_t from, std::size_t drop = 0) {
    auto batch = ahead_.read(first, Ordinal{from}, 1000);
    EXPECT_TRUE(batch);
    const auto records = std::span(batch->records).subspan(drop);
    return ahead_.take_routed({first, records, batch->owner, &no_parts_});
  }

  const delivery::PartialRecords no_parts_;
  SystemClock clock_;
  NumberedSource source_;
  NumberingRouter router_;
  Helpers helpers_{1, "helper"};
  ReadAhead ahead_{source_, &helpers_, &router_, clock_};
};

using Range = std::pair<std::uint64_t, std::uint64_t>;

TEST_F(ReadAheadTest, ABacklogIsReadByAHelperMeanwhile) {
  source_.set_tip(first, Ordinal{36});
  EXPECT_EQ(read(first, 1), Range(1, 10));
  ASSERT_TRUE(is_read(11));
  EXPECT_EQ(read(first, 11), Range(11, 20));
  EXPECT_EQ(read(first, 21), Range(21, 30));
  EXPECT_EQ(read(first, 31), Range(31, 35));
  EXPECT_EQ(read(first, 36), Range(0, 0));
  const auto calls = source_.calls();
  ASSERT_EQ(calls.size(), 5u);  // nothing twice
  EXPECT_EQ(calls[0].thread, std::this_thread::get_id());
  EXPECT_NE(calls[1].thread, std::this_thread::get_id());
}

TEST_F(ReadAheadTest, NothingIsReadAheadWhereLittleIsLeft) {
  source_.set_tip(first, Ordinal{15});
  EXPECT_EQ(read(first, 1), Range(1, 10));
  source_.set_tip(first, Ordinal{19});
  EXPECT_EQ(read(first, 11), Range(11, 18));  // also what came since
  EXPECT_EQ(source_.calls().size(), 2u);
}

TEST_F(ReadAheadTest, EachShardIsReadAheadOnItsOwn) {
  source_.set_tip(first, Ordinal{100});
  source_.set_tip(second, Ordinal{100});
  for (std::uint64_t from = 1; from < 80; from += 10) {
    EXPECT_EQ(read(first, from), Range(from, from + 9));
    EXPECT_EQ(read(second, from), Range(from, from + 9));
  }
  ahead_.forget();
  std::map<std::tuple<std::uint32_t, std::uint64_t>, int> times;
  for (const NumberedSource::Call& call : source_.calls()) {
    EXPECT_EQ((++times[{call.shard.shard, call.from.value}]), 1);
  }
}

TEST_F(ReadAheadTest, WhatIsAskedForIsWhatComes) {
  source_.set_tip(first, Ordinal{100});
  EXPECT_EQ(read(first, 1), Range(1, 10));
  EXPECT_EQ(read(first, 5), Range(5, 14));  // again, from elsewhere
  EXPECT_EQ(read(first, 15), Range(15, 24));
}

TEST_F(ReadAheadTest, AFailureIsThatOfTheReadWhenItIsAskedFor) {
  source_.set_tip(first, Ordinal{100});
  source_.set_damaged(Ordinal{11});
  EXPECT_EQ(read(first, 1), Range(1, 10));
  ASSERT_TRUE(is_read(11));
  const auto failed = ahead_.read(first, Ordinal{11}, 1000);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().fault(), Fault::corrupt);
  EXPECT_EQ(read(first, 1), Range(1, 10));
  source_.set_damaged(Ordinal{0});
  EXPECT_EQ(read(first, 11), Range(11, 20));
}

TEST_F(ReadAheadTest, ManyShardsAreReadAheadAFewAtATime) {
  for (std::uint32_t shard = 0; shard < 20; ++shard) {
    source_.set_tip({first.stream, shard}, Ordinal{1000});
  }
  for (std::uint64_t from = 1; from < 300; from += 10) {
    for (std::uint32_t shard = 0; shard < 20; ++shard) {
      ASSERT_EQ(read({first.stream, shard}, from), Range(from, from + 9));
    }
  }
}

TEST_F(ReadAheadTest, WhatIsReadAheadIsRoutedAheadAndOnce) {
  source_.set_tip(first, Ordinal{41});
  EXPECT_FALSE(said_of(1));  // not ahead
  for (std::uint64_t from = 11; from < 41; from += 10) {
    const auto said = said_of(from);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->routed.routes.front().partition.value, from);
    EXPECT_EQ(said->routed.batch.records.size(), 10u);
  }
  EXPECT_THAT(router_.routed(), ElementsAre(11, 21, 31));
}

TEST_F(ReadAheadTest, WhatWasSaidIsOfThoseRecordsAlone) {
  source_.set_tip(first, Ordinal{100});
  EXPECT_FALSE(said_of(1));
  EXPECT_FALSE(said_of(11, 1));  // its first record is passed over
  EXPECT_TRUE(said_of(21));
  EXPECT_EQ(read(first, 31), Range(31, 40));
  EXPECT_FALSE(said_of(35));  // again, from elsewhere
}

TEST_F(ReadAheadTest, RecordsWithPartsAreNotRoutedAhead) {
  source_.set_tip(first, Ordinal{100});
  EXPECT_FALSE(said_of(1));
  auto batch = ahead_.read(first, Ordinal{11}, 1000);
  ASSERT_TRUE(batch);
  delivery::PartialRecords parts;
  delivery::PartialRecord one{Ordinal{11}, 2, 1, {}};
  one.held.add(Ordinal{1});
  parts.add(one);
  EXPECT_FALSE(ahead_.take_routed({first, batch->records, batch->owner, &parts}));
}

TEST_F(ReadAheadTest, WhereTheRouterFailsItIsAskedAgain) {
  source_.set_tip(first, Ordinal{100});
  router_.fail_from_now_on();
  EXPECT_FALSE(said_of(1));
  EXPECT_FALSE(said_of(11));
  EXPECT_FALSE(said_of(21));
}

TEST_F(ReadAheadTest, PartitionsOfWhatIsRoutedAheadAreInUse) {
  source_.set_tip(first, Ordinal{100});
  EXPECT_EQ(read(first, 1), Range(1, 10));
  EXPECT_EQ(read(first, 11), Range(11, 20));  // said, not taken; and the next ones are under way
  std::set<delivery::PartitionId> in_use{delivery::PartitionId{5}};
  ahead_.add_partitions(in_use);
  ASSERT_EQ(in_use.size(), 21u);
  EXPECT_EQ(in_use.begin()->value, 5u);
  EXPECT_EQ(std::next(in_use.begin())->value, 11u);
  EXPECT_EQ(in_use.rbegin()->value, 30u);
}

TEST(ReadAhead, WithoutHelpersNothingIsReadAhead) {
  NumberedSource source;
  source.set_tip(first, Ordinal{100});
  const SystemClock clock;
  ReadAhead ahead(source, nullptr, nullptr, clock);
  ASSERT_TRUE(ahead.read(first, Ordinal{1}, 1000));
  EXPECT_EQ(source.calls().size(), 1u);
}

}  // namespace
}  // namespace sluice::runner
