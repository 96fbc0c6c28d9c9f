#include "stream/recent_requests.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

RequestKey key_of(std::uint8_t invocation, std::uint8_t digest = 1) {
  RequestKey key;
  key.invocation[0] = invocation;
  key.body_digest[15] = digest;
  return key;
}

std::vector<RecentRequests::Block> blocks_at(std::uint64_t first) {
  return {{.shard = ShardIndex(0), .records = 1, .first = Ordinal(first), .arrival = {}}};
}

TEST(RecentRequests, AStagedRequestIsFoundButNotDurableBeforeItsRoundIs) {
  RecentRequests recent(10);
  recent.stage(key_of(1), blocks_at(5));
  ASSERT_TRUE(recent.find(key_of(1)));
  EXPECT_FALSE(recent.find(key_of(1))->is_durable);
  recent.keep_staged();
  EXPECT_TRUE(recent.find(key_of(1))->is_durable);
  EXPECT_EQ(recent.find(key_of(1))->blocks.front().first, Ordinal(5));
}

TEST(RecentRequests, WhatWasDroppedHasNeverBeen) {
  RecentRequests recent(10);
  recent.stage(key_of(1), blocks_at(1));
  recent.keep_staged();
  recent.stage(key_of(2), blocks_at(2));
  recent.stage(key_of(3), blocks_at(3));
  recent.drop_staged();
  EXPECT_TRUE(recent.find(key_of(1)));
  EXPECT_FALSE(recent.find(key_of(2)));
  EXPECT_FALSE(recent.find(key_of(3)));
  EXPECT_EQ(recent.size(), 1U);
}

TEST(RecentRequests, IdAndBodyMustBothBeTheSame) {
  RecentRequests recent(10);
  recent.stage(key_of(1, 1), blocks_at(1));
  recent.keep_staged();
  EXPECT_FALSE(recent.find(key_of(1, 2)));
  EXPECT_FALSE(recent.find(key_of(2, 1)));
}

TEST(RecentRequests, ARequestWithoutAnIdIsNeverARepetition) {
  RecentRequests recent(10);
  recent.stage({}, blocks_at(1));
  recent.keep_staged();
  EXPECT_FALSE(recent.find({}));
  EXPECT_EQ(recent.size(), 0U);
}

TEST(RecentRequests, TheOldestAreForgottenBeyondTheBound) {
  RecentRequests recent(3);
  for (std::uint8_t i = 1; i <= 5; ++i) {
    recent.stage(key_of(i), blocks_at(i));
    recent.keep_staged();
  }
  EXPECT_EQ(recent.size(), 3U);
  EXPECT_FALSE(recent.find(key_of(2)));
  EXPECT_TRUE(recent.find(key_of(3)));
  EXPECT_TRUE(recent.find(key_of(5)));
}

TEST(RecentRequests, AKnownKeyStaysAsItWas) {
  RecentRequests recent(10);
  recent.stage(key_of(1), blocks_at(1));
  recent.keep_staged();
  recent.stage(key_of(1), blocks_at(9));
  recent.drop_staged();
  ASSERT_TRUE(recent.find(key_of(1)));
  EXPECT_EQ(recent.find(key_of(1))->blocks.front().first, Ordinal(1));
}

}  // namespace
}  // namespace sluice::stream
