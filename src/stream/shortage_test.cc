#include "stream/shortage.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

TEST(Shortage, BeginsOnceHoweverManyAreRefused) {
  Shortage shortage;
  EXPECT_FALSE(shortage.is_on());
  EXPECT_TRUE(shortage.refuse(10));
  EXPECT_FALSE(shortage.refuse(10));
  EXPECT_TRUE(shortage.is_on());
  EXPECT_EQ(shortage.refused(), 2U);
}

TEST(Shortage, EndsWhenASixteenthIsFreeAndTheLargestRefusedRequestFits) {
  Shortage shortage;
  EXPECT_FALSE(shortage.ends_with(1600, 1600)) << "there is none";
  shortage.refuse(150);
  shortage.refuse(20);
  EXPECT_FALSE(shortage.ends_with(99, 1600));
  EXPECT_FALSE(shortage.ends_with(149, 1600));
  EXPECT_TRUE(shortage.ends_with(150, 1600));
  EXPECT_FALSE(shortage.is_on());
  EXPECT_FALSE(shortage.ends_with(150, 1600)) << "once";
  EXPECT_TRUE(shortage.refuse(20));
  EXPECT_FALSE(shortage.ends_with(99, 1600));
  EXPECT_TRUE(shortage.ends_with(100, 1600)) << "what was refused before counts no more";
  EXPECT_EQ(shortage.refused(), 3U);
}

}  // namespace
}  // namespace sluice::stream
