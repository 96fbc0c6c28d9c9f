#include "server/config_drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using testing::HasSubstr;

constexpr std::string_view file = R"(
[[stream]]
name = "s"
shards = 4
[[table]]
database = "db"
name = "t"
columns = "a string, b int"
[[delivery_stream]]
name = "d"
source = "s"
bucket = "landing"
)";

TEST(ConfigDrift, AStreamOfOtherShards) {
  stream::StreamDefinition found;
  found.name = "s";
  found.shards.resize(1);
  const StreamSetting wanted{.name = "s", .shards = 4};
  EXPECT_THAT(drift_of(wanted, found).value_or(""), HasSubstr("has 1 shard, the configuration"));
  found.shards.resize(4);
  EXPECT_EQ(drift_of(wanted, found), std::nullopt);
}

TEST(ConfigDrift, ATableOfOtherColumns) {
  catalog::Table found;
  found.columns = {{"a", "string", ""}, {"b", "int", ""}};
  TableSetting wanted{.database = "db", .name = "t", .columns = "A string, b int"};
  EXPECT_EQ(drift_of(wanted, found), std::nullopt);
  wanted.columns = "a string";
  EXPECT_THAT(
      drift_of(wanted, found).value_or(""),
      HasSubstr("has the columns \"a string, b int\", the configuration file says \"a string\""));
}

TEST(ConfigDrift, ADeliveryStreamNamesEverySettingThatDiffers) {
  const auto config = parse_config(file, "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  const delivery::DeliveryStream& wanted = config->delivery_streams.at(0);
  delivery::DeliveryStream found = wanted;
  found.incarnation = 7;
  found.s3.buffer_size_mib = 5;  // the default, given
  found.s3.buffer_interval_s = 300;
  EXPECT_EQ(drift_of(wanted, found), std::nullopt);
  found.s3.prefix = "old/";
  found.source_stream_arn.clear();
  EXPECT_THAT(drift_of(wanted, found).value_or(""),
              HasSubstr("differs from the configuration file in source, prefix:"));
  found = wanted;
  found.s3.compression_format = "GZIP";
  found.s3.processing = delivery::Processing{true, {{"AppendDelimiterToRecord", {}}}};
  EXPECT_THAT(drift_of(wanted, found).value_or(""), HasSubstr("in compression, processing:"));
}

TEST(ConfigDrift, ADeliveryStreamOfAnotherRegion) {
  const auto config = parse_config(file, "c.toml");
  ASSERT_TRUE(config);
  const delivery::DeliveryStream& found = config->delivery_streams.at(0);
  EXPECT_EQ(moved_from(found, config->delivery_account()), std::nullopt);
  EXPECT_THAT(moved_from(found, {"eu-west-1", "000000000000"}).value_or(""),
              HasSubstr("now eu-west-1 and 000000000000"));
}

}  // namespace
}  // namespace sluice::server
