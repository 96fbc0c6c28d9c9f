#include "stream/definition.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

StreamDefinition two_shards() {
  StreamDefinition definition{.name = "beats", .incarnation = {.created_ms = 1, .random = 2}};
  const auto ranges = split_evenly(2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    definition.shards.push_back({.index = ShardIndex(i),
                                 .range = ranges[i],
                                 .parent = std::nullopt,
                                 .adjacent_parent = std::nullopt,
                                 .closed = std::nullopt});
  }
  return definition;
}

TEST(StreamName, FollowsTheApisPattern) {
  for (const std::string& good :
       {std::string("a"), std::string("hr-kinesis_stream.1"), std::string(128, 'x')}) {
    EXPECT_TRUE(is_stream_name(good)) << good;
  }
  for (const std::string& bad : {std::string(),
                                 std::string("a b"),
                                 std::string("a/b"),
                                 std::string("é"),
                                 std::string(129, 'x')}) {
    EXPECT_FALSE(is_stream_name(bad)) << bad;
  }
}

TEST(StreamDefinition, RoutesOverOpenShardsOnly) {
  StreamDefinition definition = two_shards();
  EXPECT_EQ(definition.open_shards(), 2U);
  ASSERT_TRUE(make_router(definition).has_value());
  EXPECT_EQ(make_router(definition)->route(uint128_max), ShardIndex(1));

  definition.shards[1].closed = ShardDefinition::Closed{.at = unix_millis(5), .end = Ordinal(3)};
  EXPECT_EQ(definition.open_shards(), 1U);
  EXPECT_EQ(make_router(definition).error().fault(), Fault::corrupt);

  definition.shards.push_back({.index = ShardIndex(2),
                               .range = definition.shards[1].range,
                               .parent = ShardIndex(1),
                               .adjacent_parent = std::nullopt,
                               .closed = std::nullopt});
  ASSERT_TRUE(make_router(definition).has_value());
  EXPECT_EQ(make_router(definition)->route(uint128_max), ShardIndex(2));
}

TEST(StreamDefinition, AClosedShardExpiresWithItsLastRecord) {
  StreamDefinition definition = two_shards();
  const UnixMillis closed = unix_millis(5);
  const UnixMillis end = closed + std::chrono::hours(24);
  EXPECT_FALSE(is_expired(definition, definition.shards[0], unix_millis(1LL << 45)));
  definition.shards[0].closed = {.at = closed, .end = Ordinal(3)};
  EXPECT_FALSE(is_expired(definition, definition.shards[0], end));
  EXPECT_TRUE(is_expired(definition, definition.shards[0], end + std::chrono::milliseconds(1)));
  definition.retention_hours = 48;
  EXPECT_FALSE(is_expired(definition, definition.shards[0], end + std::chrono::milliseconds(1)));
}

TEST(StreamDefinition, FindsConsumersByName) {
  StreamDefinition definition = two_shards();
  EXPECT_EQ(definition.find_consumer("one"), nullptr);
  definition.consumers.push_back({.name = "one", .created = unix_millis(5)});
  ASSERT_NE(definition.find_consumer("one"), nullptr);
  EXPECT_EQ(definition.find_consumer("one")->created, unix_millis(5));
}

TEST(MemoryDefinitionStore, KeepsReplacesAndForgets) {
  MemoryDefinitionStore store;
  StreamDefinition definition = two_shards();
  ASSERT_TRUE(store.save(definition));
  definition.retention_hours = 48;
  ASSERT_TRUE(store.save(definition));
  EXPECT_EQ(*store.load_all(), std::vector<StreamDefinition>{definition});
  ASSERT_TRUE(store.remove(definition.incarnation));
  ASSERT_TRUE(store.remove(definition.incarnation));
  EXPECT_TRUE(store.load_all()->empty());
}

}  // namespace
}  // namespace sluice::stream
