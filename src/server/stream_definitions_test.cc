#include "server/stream_definitions.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

stream::StreamDefinition sample() {
  stream::StreamDefinition definition;
  definition.name = "hr-kinesis-stream";
  definition.incarnation = {1'752'400'000'000, 0xfeedULL};
  definition.created = unix_millis(1'752'400'000'000);
  definition.mode = stream::StreamMode::on_demand;
  definition.retention_hours = 48;
  definition.tags = {{"team", "heart \"rate\""}};
  stream::ShardDefinition parent;
  parent.range = {0, uint128_max};
  parent.created = definition.created;
  parent.closed = {unix_millis(1'752'400'100'000), stream::Ordinal(17)};
  stream::ShardDefinition child;
  child.index = stream::ShardIndex(1);
  child.range = {5, uint128_max - 1};
  child.created = unix_millis(1'752'400'101'000);
  child.parent = stream::ShardIndex(0);
  child.adjacent_parent = stream::ShardIndex(0);
  definition.shards = {parent, child};
  definition.consumers = {{.name = "analysis",
                           .created = unix_millis(1'752'400'102'000),
                           .tags = {{"a", "b"}},
                           .policy = "{}"}};
  definition.monitored_metrics = {"IncomingBytes"};
  definition.encryption_key = "alias/aws/kinesis";
  definition.policy = R"({"Version":"2012-10-17"})";
  return definition;
}

TEST(StreamDefinitions, WhatIsStoredReadsBackEqual) {
  const auto read = decode_stream_definition(encode(sample()));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, sample());
}

TEST(StreamDefinitions, PositionsReadBackEqual) {
  const stream::LogPosition position{
      .segment = 7,
      .shards = {{.next = stream::Ordinal(51),
                  .unused = {.first = stream::Ordinal(9), .next = stream::Ordinal(20)}},
                 {.next = stream::Ordinal(std::uint64_t{1} << 62), .unused = {}}}};
  const auto read = decode_log_position(encode(position));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, position);
  EXPECT_FALSE(decode_log_position(R"({"format":2,"segment":1,"shards":[]})"));
  EXPECT_FALSE(decode_log_position(
      R"({"format":1,"segment":1,"shards":[{"next":0,"unused_from":1,"unused_to":1}]})"));
}

TEST(StreamDefinitions, ANewerFormatIsRefusedWithAWordAboutIt) {
  std::string text = encode(sample());
  text.replace(text.find("\"format\":1"), 10, "\"format\":9");
  const auto read = decode_stream_definition(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fault(), Fault::unsupported);
  EXPECT_NE(read.error().message().find("newer program"), std::string::npos);
}

TEST(StreamDefinitions, EveryMissingMemberIsDamageNotACrash) {
  const std::string whole = encode(sample());
  for (const std::string_view key : {"name",
                                     "incarnation",
                                     "created_ms",
                                     "status",
                                     "retention_hours",
                                     "first_hash_key",
                                     "index"}) {
    std::string text = whole;
    const std::size_t at = text.find(key);
    ASSERT_NE(at, std::string::npos) << key;
    text[at] = 'X';
    const auto read = decode_stream_definition(text);
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().fault(), Fault::corrupt) << key;
  }
}

}  // namespace
}  // namespace sluice::server
