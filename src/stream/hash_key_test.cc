#include "stream/hash_key.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

TEST(HashKey, IsTheMd5OfThePartitionKeyBigEndian) {
  EXPECT_EQ(to_decimal(hash_of_partition_key("a")), "16955237001963240173058271559858726497");
  EXPECT_EQ(to_decimal(hash_of_partition_key("b")), "195289424170611159128911017612795795343");
  EXPECT_EQ(to_decimal(hash_of_partition_key("key-1")), "44775357070821016797045618461742138278");
}

TEST(HashKey, ManyKeysHashAsEachAlone) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 100; ++i) {
    texts.push_back(std::string(i, 'k') + std::to_string(i));
  }
  const std::vector<std::string_view> keys(texts.begin(), texts.end());
  std::vector<HashKey> hashes(keys.size());
  hash_partition_keys(keys, hashes);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(hashes[i], hash_of_partition_key(keys[i])) << keys[i];
  }
}

TEST(HashKey, ExplicitKeysAreStrictDecimals) {
  EXPECT_EQ(parse_explicit_hash_key("0"), HashKey{0});
  EXPECT_EQ(parse_explicit_hash_key("340282366920938463463374607431768211455"), uint128_max);
  for (const char* bad :
       {"", "01", "-1", "+1", " 1", "1 ", "x", "340282366920938463463374607431768211456"}) {
    EXPECT_FALSE(parse_explicit_hash_key(bad).has_value()) << bad;
  }
}

TEST(HashKey, EvenSplitsHaveTheServicesWidths) {
  EXPECT_EQ(to_decimal(split_evenly(4)[1].first), "85070591730234615865843651857942052864");
  EXPECT_EQ(to_decimal(split_evenly(3)[1].first), "113427455640312821154458202477256070485");
  EXPECT_EQ(split_evenly(1), std::vector<HashRange>{HashRange{}});
}

TEST(HashKey, EvenSplitsTileTheSpaceForEveryCount) {
  for (std::uint32_t shards = 1; shards <= 1000; ++shards) {
    const auto ranges = split_evenly(shards);
    ASSERT_EQ(ranges.size(), shards);
    ASSERT_EQ(ranges.front().first, 0U);
    ASSERT_EQ(ranges.back().last, uint128_max);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      ASSERT_EQ(ranges[i].first, ranges[i - 1].last + 1);
    }
  }
}

TEST(ShardRouter, FindsTheShardAtBothEndsOfEachRange) {
  const auto ranges = split_evenly(5);
  std::vector<ShardRouter::Entry> entries;
  for (std::uint32_t i = 0; i < 5; ++i) {
    entries.insert(entries.begin(), {.range = ranges[i], .shard = ShardIndex(i + 10)});
  }
  const auto router = ShardRouter::over(entries);
  ASSERT_TRUE(router.has_value());
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(router->route(ranges[i].first), ShardIndex(i + 10));
    EXPECT_EQ(router->route(ranges[i].last), ShardIndex(i + 10));
  }
}

TEST(ShardRouter, RefusesHolesAndOverlaps) {
  const auto ranges = split_evenly(3);
  const auto entry = [&](std::size_t i) {
    return ShardRouter::Entry{.range = ranges[i],
                              .shard = ShardIndex(static_cast<std::uint32_t>(i))};
  };
  EXPECT_FALSE(ShardRouter::over({}).has_value());
  EXPECT_FALSE(ShardRouter::over({entry(0), entry(2)}).has_value());
  EXPECT_FALSE(ShardRouter::over({entry(0), entry(1)}).has_value());
  EXPECT_FALSE(ShardRouter::over({entry(0), entry(1), entry(1), entry(2)}).has_value());
  EXPECT_TRUE(ShardRouter::over({entry(2), entry(0), entry(1)}).has_value());
}

}  // namespace
}  // namespace sluice::stream
