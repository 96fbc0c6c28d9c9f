#include "stream/tail_cache.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

SharedBytes bytes(std::size_t count) {
  return std::make_shared<const Bytes>(count, 'x');
}

TEST(TailCache, FindsTheChunkThatHoldsAByte) {
  TailCache cache(100);
  cache.add(1, 10, bytes(20));
  cache.add(1, 30, bytes(20));
  cache.add(2, 5, bytes(20));
  EXPECT_FALSE(cache.find(1, 9).chunk);
  EXPECT_EQ(cache.find(1, 10).position, 0U);
  EXPECT_EQ(cache.find(1, 29).position, 19U);
  EXPECT_EQ(cache.find(1, 30).position, 0U);
  EXPECT_FALSE(cache.find(1, 50).chunk);
  EXPECT_FALSE(cache.find(2, 4).chunk);
  EXPECT_TRUE(cache.find(2, 24).chunk);
  EXPECT_FALSE(cache.find(3, 0).chunk);
}

TEST(TailCache, ForgetsTheOldestAboveItsBound) {
  TailCache cache(50);
  cache.add(1, 0, bytes(20));
  cache.add(1, 20, bytes(20));
  cache.add(1, 40, bytes(20));
  EXPECT_FALSE(cache.find(1, 0).chunk);
  EXPECT_TRUE(cache.find(1, 20).chunk);
  EXPECT_EQ(cache.bytes(), 40U);
  cache.add(1, 60, bytes(51));
  EXPECT_FALSE(cache.find(1, 60).chunk) << "too large to keep";
  EXPECT_TRUE(cache.find(1, 40).chunk);
  cache.limit(30);
  EXPECT_EQ(cache.bytes(), 20U);
  EXPECT_TRUE(cache.find(1, 40).chunk);
  cache.add(1, 120, bytes(20));
  EXPECT_EQ(cache.bytes(), 20U) << "the bound holds for what comes";
  cache.limit(50);
  cache.add(1, 140, bytes(20));
  EXPECT_EQ(cache.bytes(), 40U);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_FALSE(cache.find(1, 140).chunk);
}

}  // namespace
}  // namespace sluice::stream
