#include "stream/reshard.h"

#include "base/random.h"
#include "stream/sequence_number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace sluice::stream {
namespace {

using testing::ElementsAre;

constexpr HashKey half = HashKey{1} << 127;
const UnixMillis birth = unix_millis(1'700'000'000'000);
const UnixMillis later = unix_millis(1'700'000'100'000);

StreamDefinition stream_of(std::uint32_t shards) {
  StreamDefinition stream{.name = "beats", .created = birth};
  for (const HashRange& range : split_evenly(shards)) {
    stream.shards.push_back({.index = ShardIndex(static_cast<std::uint32_t>(stream.shards.size())),
                             .range = range,
                             .created = birth});
  }
  return stream;
}

// Every open shard ends before record 10 + its index.
const ReshardMoment moment{.at = later,
                           .tip = [](ShardIndex shard) { return Ordinal(10 + shard.value); }};

std::vector<HashRange> open_ranges(const StreamDefinition& stream) {
  std::vector<HashRange> ranges;
  for (const ShardDefinition& shard : stream.shards) {
    if (!shard.closed) {
      ranges.push_back(shard.range);
    }
  }
  std::ranges::sort(ranges, {}, &HashRange::first);
  return ranges;
}

// What clients build on: open shards tile the hash space; a child owns nothing but what its parents
// owned, is there from the moment they are closed, and its numbers lie above all of theirs.
void expect_sound(const StreamDefinition& stream) {
  EXPECT_TRUE(make_router(stream).has_value());
  for (const ShardDefinition& shard : stream.shards) {
    EXPECT_EQ(shard.index.value, &shard - stream.shards.data());
    HashRange owned{.first = uint128_max, .last = 0};
    for (const auto& index : {shard.parent, shard.adjacent_parent}) {
      if (!index) {
        continue;
      }
      const ShardDefinition& parent = stream.shards[index->value];
      ASSERT_TRUE(parent.closed.has_value());
      EXPECT_EQ(parent.closed->at, shard.created);
      EXPECT_GT(encode_sequence(starting_sequence(shard.index, shard.created)),
                encode_sequence(ending_sequence(parent.index, parent.created, parent.closed->at)));
      owned.first = std::min(owned.first, parent.range.first);
      owned.last = std::max(owned.last, parent.range.last);
    }
    if (shard.parent) {
      EXPECT_GE(shard.range.first, owned.first);
      EXPECT_LE(shard.range.last, owned.last);
    }
  }
}

TEST(SplitShard, ClosesTheParentWhereItEndsAndSharesItsHashKeys) {
  const auto after = split_shard(stream_of(2), ShardIndex(1), half + 100, moment);
  ASSERT_TRUE(after.has_value());
  expect_sound(*after);
  ASSERT_EQ(after->shards.size(), 4U);
  EXPECT_EQ(after->shards[1].closed, (ShardDefinition::Closed{.at = later, .end = Ordinal(11)}));
  EXPECT_EQ(after->shards[2].range, (HashRange{half, half + 99}));
  EXPECT_EQ(after->shards[3].range, (HashRange{half + 100, uint128_max}));
  EXPECT_EQ(after->shards[3].parent, ShardIndex(1));
  EXPECT_FALSE(after->shards[3].adjacent_parent.has_value());
  EXPECT_FALSE(after->shards[0].closed.has_value());
}

TEST(SplitShard, RefusesUnknownAndClosedShardsAndKeysThatDoNotDivide) {
  const StreamDefinition stream = stream_of(2);
  const auto fault = [&](std::uint32_t shard, HashKey key) {
    const auto after = split_shard(stream, ShardIndex(shard), key, moment);
    return after ? std::optional<Fault>() : after.error().fault();
  };
  EXPECT_EQ(fault(2, 5), Fault::missing);
  for (const HashKey key : {HashKey{0}, HashKey{1}, half - 1, half, uint128_max}) {
    EXPECT_EQ(fault(0, key), Fault::invalid) << to_decimal(key);
  }
  EXPECT_EQ(fault(0, 2), std::nullopt);
  EXPECT_EQ(fault(0, half - 2), std::nullopt);
  const auto once = split_shard(stream, ShardIndex(0), 100, moment);
  ASSERT_TRUE(once.has_value());
  EXPECT_EQ(split_shard(*once, ShardIndex(0), 50, moment).error().fault(), Fault::conflict);
}

TEST(MergeShards, MakesOneChildOfNeighbours) {
  const auto after = merge_shards(stream_of(3), ShardIndex(1), ShardIndex(2), moment);
  ASSERT_TRUE(after.has_value());
  expect_sound(*after);
  ASSERT_EQ(after->shards.size(), 4U);
  EXPECT_EQ(after->shards[3].parent, ShardIndex(1));
  EXPECT_EQ(after->shards[3].adjacent_parent, ShardIndex(2));
  EXPECT_EQ(after->shards[2].closed->end, Ordinal(12));
  EXPECT_EQ(merge_shards(stream_of(3), ShardIndex(0), ShardIndex(2), moment).error().fault(),
            Fault::invalid);
  EXPECT_EQ(merge_shards(stream_of(3), ShardIndex(1), ShardIndex(0), moment).error().fault(),
            Fault::invalid);
  EXPECT_EQ(merge_shards(stream_of(3), ShardIndex(2), ShardIndex(0), moment).error().fault(),
            Fault::invalid);
  EXPECT_EQ(merge_shards(stream_of(3), ShardIndex(2), ShardIndex(3), moment).error().fault(),
            Fault::missing);
}

TEST(ScaleShards, DoublesBySplitsAndHalvesByMergesAlone) {
  // 2^128 is no multiple of three: the wanted ends differ from those there by their rounding.
  const auto doubled = scale_shards(stream_of(3), 6, moment);
  ASSERT_TRUE(doubled.has_value());
  expect_sound(*doubled);
  EXPECT_EQ(doubled->shards.size(), 3U + 6U);
  EXPECT_EQ(doubled->open_shards(), 6U);
  const ReshardMoment next{.at = later + std::chrono::seconds(1), .tip = moment.tip};
  const auto halved = scale_shards(*doubled, 3, next);
  ASSERT_TRUE(halved.has_value());
  expect_sound(*halved);
  EXPECT_EQ(halved->shards.size(), 3U + 6U + 3U);
  EXPECT_EQ(open_ranges(*halved), split_evenly(3));
  EXPECT_EQ(*scale_shards(*halved, 3, next), *halved) << "nothing to do";
}

TEST(ScaleShards, PassesThroughShardsThatAreClosedAtOnceAndEmpty) {
  const auto after = scale_shards(stream_of(2), 3, moment);
  ASSERT_TRUE(after.has_value());
  expect_sound(*after);
  EXPECT_EQ(open_ranges(*after), split_evenly(3));
  for (const ShardDefinition& shard : after->shards) {
    if (shard.closed && shard.parent) {
      EXPECT_EQ(shard.closed->end, first_ordinal);
    }
  }
}

TEST(ScaleShards, ReachesAnyNumberFromAnyOddShape) {
  SeededRandom random(7);
  StreamDefinition stream = stream_of(3);
  for (int turn = 0; turn < 300; ++turn) {
    SCOPED_TRACE(turn);
    UnixMillis newest{};
    for (const ShardDefinition& shard : stream.shards) {
      newest = std::max(newest, shard.created);
    }
    const ReshardMoment now{.at = newest + std::chrono::seconds(1), .tip = moment.tip};
    const auto ranges = open_ranges(stream);
    const auto target = static_cast<std::uint32_t>(1 + random.next() % 8);
    Result<StreamDefinition> after = stream;
    if (random.next() % 2 == 0) {
      const HashRange range = ranges[random.next() % ranges.size()];
      const auto shard = std::ranges::find_if(stream.shards, [&](const ShardDefinition& one) {
        return !one.closed && one.range == range;
      });
      after = split_shard(stream, shard->index, range.first + 2 + random.next() % 1'000'000, now);
    } else {
      after = scale_shards(stream, target, now);
      ASSERT_TRUE(after.has_value());
      EXPECT_EQ(after->open_shards(), target);
    }
    if (after) {
      stream = *after;
      expect_sound(stream);
    }
  }
}

TEST(ReshardedStream, HasABoundedNumberOfShardsInItsLife) {
  StreamDefinition stream = stream_of(1);
  stream.shards.resize(shards_max);
  for (std::uint32_t i = 0; i < shards_max; ++i) {
    stream.shards[i].index = ShardIndex(i);
  }
  EXPECT_EQ(split_shard(stream, ShardIndex(0), 1000, moment).error().fault(), Fault::too_large);
}

}  // namespace
}  // namespace sluice::stream
