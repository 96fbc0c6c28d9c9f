#include "server/config_s3.h"

#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view whole = R"([server]
region = "ap-south-1"

[[bucket]]
name = "here"

[[s3]]
buckets = ["landing", "logs-*"]
endpoint = "https://store.example:9000/"
region = "eu-west-1"
addressing = "virtual-host"
access_key_id = "AKID"
secret_access_key_file = "secret.key"
ca_bundle = "ca.pem"
multipart_threshold_mb = 8
part_size_mb = 5
storage_class = "STANDARD_IA"
server_side_encryption = "aws:kms"
kms_key_id = "key-1"
tags = { team = "a b" }
if_none_match = true
connect_timeout_s = 1
stall_timeout_s = 2
timeout_s = 3

[[s3]]
buckets = ["aws"]
profile = "work"
)";

TEST(ConfigS3, ReadsEverySetting) {
  const auto config = parse_config(whole, "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_EQ(config->s3.size(), 2U);
  const S3Setting& first = config->s3[0];
  EXPECT_EQ(first.place, "c.toml:7");
  EXPECT_THAT(first.buckets, ElementsAre("landing", "logs-*"));
  EXPECT_EQ(first.client.store.endpoint, "https://store.example:9000");
  EXPECT_EQ(first.client.store.region, "eu-west-1");
  EXPECT_EQ(first.client.store.addressing, s3::Addressing::virtual_host);
  EXPECT_EQ(first.access_key_id, "AKID");
  EXPECT_EQ(first.secret_access_key_file, "secret.key");
  EXPECT_EQ(first.client.ca_bundle, "ca.pem");
  EXPECT_EQ(first.client.multipart_threshold_bytes, std::uint64_t{8} << 20);
  EXPECT_EQ(first.client.part_bytes, std::uint64_t{5} << 20);
  EXPECT_EQ(first.client.storage_class, "STANDARD_IA");
  EXPECT_EQ(first.client.server_side_encryption, "aws:kms");
  EXPECT_EQ(first.client.kms_key_id, "key-1");
  EXPECT_EQ(first.client.tags, (std::map<std::string, std::string>{{"team", "a b"}}));
  EXPECT_TRUE(first.client.if_none_match);
  EXPECT_EQ(first.client.patience.connect, std::chrono::seconds(1));
  EXPECT_EQ(first.client.patience.stall, std::chrono::seconds(2));
  EXPECT_EQ(first.client.patience.whole, std::chrono::seconds(3));
}

TEST(ConfigS3, WithoutAnEndpointItIsAwsInTheServersRegion) {
  const auto config = parse_config(whole, "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  const S3Setting& second = config->s3[1];
  EXPECT_EQ(second.client.store.endpoint, "https://s3.ap-south-1.amazonaws.com");
  EXPECT_EQ(second.client.store.region, "ap-south-1");
  EXPECT_EQ(second.client.store.addressing, s3::Addressing::virtual_host);
  EXPECT_EQ(second.profile, "work");
  EXPECT_FALSE(second.client.if_none_match);
}

TEST(ConfigS3, ABucketIsOfTheFirstTableThatMatches) {
  const auto config = parse_config(
      "[[s3]]\nbuckets = [\"logs-*\"]\n[[s3]]\nbuckets = [\"logs-a\", \"b??\"]\n", "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(setting_of(config->s3, "logs-a"), &config->s3[0]);
  EXPECT_EQ(setting_of(config->s3, "b12"), &config->s3[1]);
  EXPECT_EQ(setting_of(config->s3, "b1"), nullptr);
  EXPECT_EQ(setting_of(config->s3, "landing"), nullptr);
}

TEST(ConfigS3, RefusesNonsenseWithOneLine) {
  struct Case {
    std::string members;
    std::string what;
  };

  const std::string buckets = "buckets = [\"landing\"]\n";
  const std::vector<Case> cases = {
      {"", "[[s3]] needs buckets"},
      {"buckets = []\n", "[[s3]] needs buckets"},
      {"buckets = \"landing\"\n", "[[s3]] needs buckets"},
      {"buckets = [1]\n", "can match no bucket's name"},
      {"buckets = [\"Landing\"]\n", "\"Landing\" can match no bucket's name"},
      {"buckets = [\"a[\"]\n", "can match no bucket's name"},
      {"buckets = [\"a\", \"a\"]\n", "\"a\" is listed already, at c.toml:1"},
      {buckets + "endpoint = \"store\"\n", "c.toml:3: endpoint \"store\" is no address"},
      {buckets + "endpoint = \"http://h/path\"\n", "is no address"},
      {buckets + "region = \"EU\"\n", "a region has the characters"},
      {buckets + "region = \"\"\n", "a region has the characters"},
      {buckets + "addressing = \"host\"\n", "addressing must be"},
      {buckets + "access_key_id = \"A\"\n", "go together"},
      {buckets + "secret_access_key_file = \"f\"\n", "go together"},
      {buckets + "secret_access_key = \"s\"\n", "[[s3]] has no setting 'secret_access_key'"},
      {buckets + "profile = \"p\"\naccess_key_id = \"A\"\nsecret_access_key_file = \"f\"\n",
       "two keys"},
      {buckets + "multipart_threshold_mb = 1\n", "from 5 to 5120"},
      {buckets + "part_size_mb = 6000\n", "from 5 to 5120"},
      {buckets + "storage_class = \"ia\\r\\nx: y\"\n", "a storage class is written as"},
      {buckets + "server_side_encryption = \"yes\"\n", "server_side_encryption must be"},
      {buckets + "kms_key_id = \"k\"\n", "needs server_side_encryption"},
      {buckets + "server_side_encryption = \"aws:kms\"\nkms_key_id = \"a\\nb\"\n",
       "no id of a key"},
      {buckets + "tags = { a = 1 }\n", "a must be a text"},
      {buckets + "tags = { \"\" = \"x\" }\n", "a tag of an object"},
      {buckets + "if_none_match = 1\n", "true or false"},
      {buckets + "timeout_s = 0\n", "from 1 to 86400"},
      {buckets + "stall_timeout_s = 0\n", "from 1 to 3600"},
      {buckets + "connect_timeout_s = 301\n", "from 1 to 300"},
      {buckets + "[[bucket]]\nname = \"landing\"\n", "is one of the [[s3]] at c.toml:1"},
      {"buckets = [\"land*\"]\n[[bucket]]\nname = \"landing\"\n", "is one of the [[s3]]"},
  };
  for (const Case& one : cases) {
    const auto config = parse_config("[[s3]]\n" + one.members, "c.toml");
    ASSERT_FALSE(config.has_value()) << one.members;
    EXPECT_THAT(config.error().message(), HasSubstr(one.what)) << one.members;
    EXPECT_THAT(config.error().message(), HasSubstr("c.toml:")) << one.members;
    EXPECT_EQ(config.error().message().find('\n'), std::string::npos) << one.members;
  }
}

}  // namespace
}  // namespace sluice::server
