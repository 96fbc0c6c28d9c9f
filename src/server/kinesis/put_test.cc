#include "server/kinesis/put.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::server {
namespace {

constexpr std::string_view invocation = "0F8fad5b-d9cb-469f-a165-70867728950e";

TEST(RequestKey, IsMadeOfInvocationAndBody) {
  const stream::RequestKey key = request_key(invocation, "body");
  EXPECT_EQ(key, request_key("0f8fad5bd9cb469fa16570867728950e", "body"));
  EXPECT_NE(key, request_key(invocation, "bodY"));
  EXPECT_NE(key, request_key("0f8fad5b-d9cb-469f-a165-70867728950f", "body"));
  EXPECT_EQ(key.invocation[0], 0x0f);
  EXPECT_EQ(key.invocation[15], 0x0e);
}

TEST(RequestKey, IsUnknownWithoutAWholeInvocationId) {
  for (const std::string_view id : {"",
                                    "0f8fad5b",
                                    "0f8fad5b-d9cb-469f-a165-70867728950e0",
                                    "0f8fad5b-d9cb-469f-a165-70867728950g"}) {
    EXPECT_EQ(request_key(id, "body"), stream::RequestKey{}) << id;
  }
}

stream::StreamDefinition two_shards() {
  stream::StreamDefinition definition;
  for (std::uint32_t shard = 0; shard < 2; ++shard) {
    definition.shards.push_back(
        {.index = stream::ShardIndex(shard), .created = unix_millis(1700000000000)});
  }
  return definition;
}

TEST(PlacedTexts, SayTheSameAsEachRecordAlone) {
  const stream::StreamDefinition definition = two_shards();
  PlacedTexts texts(definition);
  PlacedTexts numbers(definition);
  // Neighbours, a gap, a way back and a later arrival.
  for (const auto& [shard, ordinal, arrival] : {std::tuple(0U, 7U, 1),
                                                {1U, 9U, 1},
                                                {0U, 8U, 1},
                                                {0U, 9U, 1},
                                                {0U, 12U, 1},
                                                {1U, 9U, 1},
                                                {0U, 13U, 5000}}) {
    const stream::Placed placed{.shard = stream::ShardIndex(shard),
                                .ordinal = stream::Ordinal(ordinal),
                                .arrival = unix_millis(1700000000000 + arrival)};
    std::string alone;
    append_placed(alone, definition, placed);
    std::string text;
    texts.append(text, placed);
    EXPECT_EQ(text, alone);
    std::string number;
    numbers.append_number(number, placed);
    EXPECT_EQ(alone.find(number), alone.size() - number.size() - 1) << number;
  }
}

}  // namespace
}  // namespace sluice::server
