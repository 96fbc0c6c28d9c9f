#include "net/frame_allowance.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FrameAllowance, GrantsABurstAndThenNoMore) {
  FrameAllowance allowance(seconds(5));
  for (std::uint32_t i = 0; i < FrameAllowance::burst; ++i) {
    EXPECT_TRUE(allowance.take(1, seconds(5)));
  }
  EXPECT_FALSE(allowance.take(1, seconds(5)));
  EXPECT_FALSE(allowance.take(1, seconds(5) + milliseconds(999)));
}

TEST(FrameAllowance, RefillsByTheSecondUpToTheBurst) {
  FrameAllowance allowance(seconds(0));
  ASSERT_TRUE(allowance.take(FrameAllowance::burst, seconds(0)));
  EXPECT_TRUE(allowance.take(FrameAllowance::per_second, milliseconds(1'500)));
  EXPECT_FALSE(allowance.take(1, milliseconds(1'999)));
  EXPECT_TRUE(allowance.take(FrameAllowance::per_second, milliseconds(2'000)));
  EXPECT_FALSE(allowance.take(FrameAllowance::burst + 1, std::chrono::hours(24)));
  EXPECT_TRUE(allowance.take(FrameAllowance::burst, std::chrono::hours(24)));
}

TEST(FrameAllowance, GrowsWithTheDataSentForThePeersWindowUpdates) {
  FrameAllowance allowance(seconds(0));
  ASSERT_TRUE(allowance.take(FrameAllowance::burst, seconds(0)));
  allowance.on_data_sent();
  EXPECT_TRUE(allowance.take(FrameAllowance::per_data_frame_sent, seconds(0)));
  EXPECT_FALSE(allowance.take(1, seconds(0)));
}

}  // namespace
}  // namespace sluice::net
