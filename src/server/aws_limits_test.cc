#include "server/aws_limits.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using std::chrono::milliseconds;

class AwsLimitsTest : public testing::Test {
 protected:
  int records_taken(std::uint32_t shard, std::uint64_t bytes, int most = 5000) {
    int taken = 0;
    while (taken < most && limits_.takes_record(stream_, stream::ShardIndex(shard), bytes)) {
      ++taken;
    }
    return taken;
  }

  bool read(std::uint32_t shard = 0) {
    return limits_.takes_read(stream_, stream::ShardIndex(shard));
  }

  const stream::StreamIncarnation stream_{.created_ms = 1, .random = 2};
  ManualClock clock_{unix_millis(1'700'000'000'000)};
  AwsLimits limits_{clock_};
};

TEST_F(AwsLimitsTest, AShardTakesAThousandRecordsASecond) {
  EXPECT_EQ(records_taken(0, 10), 1000);
  EXPECT_EQ(records_taken(1, 10), 1000) << "each shard its own";
  clock_.advance(milliseconds(100));
  EXPECT_EQ(records_taken(0, 10), 100);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(records_taken(0, 10), 1000) << "nothing is saved up beyond a second";
}

TEST_F(AwsLimitsTest, AShardTakesAMebibyteASecond) {
  EXPECT_EQ(records_taken(0, 100'000), 11) << "the last one begins within the mebibyte";
  clock_.advance(milliseconds(10));
  EXPECT_EQ(records_taken(0, 100'000), 0) << "it left a debt";
  clock_.advance(milliseconds(1100));
  EXPECT_GT(records_taken(0, 100'000), 8);
}

TEST_F(AwsLimitsTest, AShardIsReadFiveTimesASecondAndRestsAfterALargeAnswer) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(read());
  }
  EXPECT_FALSE(read());
  EXPECT_TRUE(read(1));
  clock_.advance(milliseconds(200));
  EXPECT_TRUE(read());
  limits_.charge_read(stream_, stream::ShardIndex(0), 10 << 20);
  clock_.advance(milliseconds(4900));
  EXPECT_FALSE(read());
  clock_.advance(milliseconds(200));
  EXPECT_TRUE(read());
}

TEST_F(AwsLimitsTest, CallsOfTheControlPlaneHaveTheirRates) {
  const auto taken = [this](std::string_view operation) {
    int calls = 0;
    while (calls < 100 && limits_.takes_call(operation)) {
      ++calls;
    }
    return calls;
  };
  EXPECT_EQ(taken("CreateStream"), 5);
  EXPECT_EQ(taken("DescribeStream"), 10);
  EXPECT_EQ(taken("DescribeStreamSummary"), 20);
  EXPECT_EQ(taken("DescribeLimits"), 1);
  EXPECT_EQ(taken("PutRecord"), 100) << "limited by its shard";
  clock_.advance(milliseconds(1000));
  EXPECT_EQ(taken("CreateStream"), 5);
}

TEST_F(AwsLimitsTest, ManyShardsAreForgottenOnceTheyAreIdle) {
  for (std::uint32_t shard = 0; shard < 30'000; ++shard) {
    EXPECT_TRUE(limits_.takes_record(stream_, stream::ShardIndex(shard), 1));
    clock_.advance(milliseconds(1));
  }
  EXPECT_EQ(records_taken(29'999, 1), 1000 - 1 + 1);
}

}  // namespace
}  // namespace sluice::server
