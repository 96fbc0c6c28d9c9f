#include "delivery/partition_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

TEST(PartitionLimits, TagsSayHowManyPartitionsMayBeOpen) {
  EXPECT_EQ(partition_limits_of({}), PartitionLimits());
  EXPECT_EQ(partition_limits_of({{"team", "x"}, {"sluice:object-name", "part"}}),
            PartitionLimits());
  EXPECT_EQ(partition_limits_of({{"sluice:partitions-max", "1"}})->partitions_max, 1U);
  const PartitionLimits most = {10'000, PartitionOverflow::close_least_recently_used};
  EXPECT_EQ(partition_limits_of({{"sluice:partition-overflow", "close-least-recently-used"},
                                 {"sluice:partitions-max", "10000"}}),
            most);
  EXPECT_EQ(partition_limits_of({{"sluice:partition-overflow", "refuse"}}), PartitionLimits());
}

TEST(PartitionLimits, OtherValuesAreRefused) {
  for (const std::string value :
       {"", "0", "10001", "-1", "+5", "5x", " 5", "1e3", "99999999999999999999"}) {
    const auto limits = partition_limits_of({{"sluice:partitions-max", value}});
    ASSERT_FALSE(limits) << value;
    EXPECT_THAT(limits.error().message(),
                HasSubstr("sluice:partitions-max must be a number from 1 to 10000, not '" + value));
  }
  for (const std::string value : {"", "Refuse", "lru"}) {
    EXPECT_FALSE(partition_limits_of({{"sluice:partition-overflow", value}})) << value;
  }
}

}  // namespace
}  // namespace sluice::delivery
