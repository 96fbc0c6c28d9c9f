#include "stream/shard_id.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

TEST(ShardId, HasTwelveDigits) {
  EXPECT_EQ(shard_id(ShardIndex(0)), "shardId-000000000000");
  EXPECT_EQ(shard_id(ShardIndex(2147483647)), "shardId-002147483647");
}

TEST(ShardId, ShorterFormsAreUnderstood) {
  for (const char* text :
       {"shardId-000000000003", "shardId-3", "shardId-03", "3", "000000000003"}) {
    EXPECT_EQ(parse_shard_id(text), ShardIndex(3)) << text;
  }
  EXPECT_EQ(parse_shard_id("shardId-2147483647"), ShardIndex(2147483647));
}

TEST(ShardId, OtherFormsAreNot) {
  for (const char* text : {"",
                           "shardId-",
                           "shardId-x",
                           "shardid-1",
                           "shardId--1",
                           "-1",
                           "shard-1",
                           "shardId-2147483648",
                           "shardId-0000000000003",
                           "shardId-1 "}) {
    EXPECT_FALSE(parse_shard_id(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sluice::stream
