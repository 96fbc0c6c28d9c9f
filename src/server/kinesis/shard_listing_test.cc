#include "server/kinesis/shard_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using stream::ShardIndex;
using testing::ElementsAre;

const UnixMillis created = unix_millis(1'700'000'000'000);
const UnixMillis split = created + std::chrono::hours(1);
const UnixMillis merged = created + std::chrono::hours(2);

// Shard 0 was split into 1 and 2, which were merged into 3.
stream::StreamDefinition lineage() {
  stream::StreamDefinition definition;
  definition.name = "s";
  definition.created = created;
  definition.shards = {
      {.index = ShardIndex(0), .created = created, .closed = {{split, stream::Ordinal(5)}}},
      {.index = ShardIndex(1),
       .created = split,
       .parent = ShardIndex(0),
       .closed = {{merged, stream::Ordinal(1)}}},
      {.index = ShardIndex(2),
       .created = split,
       .parent = ShardIndex(0),
       .closed = {{merged, stream::Ordinal(1)}}},
      {.index = ShardIndex(3),
       .created = merged,
       .parent = ShardIndex(1),
       .adjacent_parent = ShardIndex(2)},
  };
  return definition;
}

ShardFilter filter_of(std::string type, std::optional<UnixMillis> timestamp = std::nullopt) {
  ShardFilter filter;
  filter.type = std::move(type);
  filter.timestamp = timestamp;
  return filter;
}

std::vector<std::uint32_t> listed(const ShardFilter& filter, UnixMillis now) {
  std::vector<std::uint32_t> indices;
  for (const auto& shard : list_page(lineage(), filter, std::nullopt, 100, now).shards) {
    indices.push_back(shard.index.value);
  }
  return indices;
}

TEST(ShardListing, ATimeSelectsTheShardsThatTileTheHashSpaceThen) {
  const UnixMillis now = created + std::chrono::hours(3);
  const auto at = [&](UnixMillis time) { return listed(filter_of("AT_TIMESTAMP", time), now); };
  EXPECT_THAT(at(unix_millis(0)), ElementsAre(0)) << "before the stream was created";
  EXPECT_THAT(at(created), ElementsAre(0));
  EXPECT_THAT(at(split - std::chrono::milliseconds(1)), ElementsAre(0));
  EXPECT_THAT(at(split), ElementsAre(1, 2)) << "the moment belongs to the children";
  EXPECT_THAT(at(merged - std::chrono::milliseconds(1)), ElementsAre(1, 2));
  EXPECT_THAT(at(merged), ElementsAre(3));
  EXPECT_THAT(at(now), ElementsAre(3));
}

TEST(ShardListing, FromATimeOnItsShardsAndAllLaterOnesAreListed) {
  const UnixMillis now = created + std::chrono::hours(3);
  const auto from = [&](UnixMillis time) { return listed(filter_of("FROM_TIMESTAMP", time), now); };
  EXPECT_THAT(from(unix_millis(0)), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(from(split), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(from(split + std::chrono::milliseconds(1)), ElementsAre(1, 2, 3));
  EXPECT_THAT(from(now), ElementsAre(3));
}

TEST(ShardListing, TheTrimHorizonMovesOverShards) {
  const auto retention = std::chrono::hours(24);
  const auto at_horizon = [&](UnixMillis horizon) {
    return listed(filter_of("AT_TRIM_HORIZON"), horizon + retention);
  };
  EXPECT_THAT(at_horizon(created - std::chrono::hours(1)), ElementsAre(0));
  EXPECT_THAT(at_horizon(created), ElementsAre(0));
  EXPECT_THAT(at_horizon(split), ElementsAre(1, 2));
  EXPECT_THAT(at_horizon(merged + std::chrono::hours(1)), ElementsAre(3));
  EXPECT_THAT(
      listed(filter_of("AT_TIMESTAMP", created), merged + std::chrono::hours(1) + retention),
      ElementsAre(3))
      << "a time before the horizon is the horizon";
}

TEST(ShardListing, OtherFiltersSelectByWhatIsOpenOrByPlace) {
  const UnixMillis now = created + std::chrono::hours(3);
  EXPECT_THAT(listed({}, now), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(listed(filter_of("AT_LATEST"), now), ElementsAre(3));
  ShardFilter after_one = filter_of("AFTER_SHARD_ID");
  after_one.after = ShardIndex(1);
  EXPECT_THAT(listed(after_one, now), ElementsAre(2, 3));
}

TEST(ShardListing, APageSaysWhetherThereIsMore) {
  const UnixMillis now = created + std::chrono::hours(3);
  EXPECT_TRUE(list_page(lineage(), {}, std::nullopt, 3, now).has_more);
  EXPECT_FALSE(list_page(lineage(), {}, std::nullopt, 4, now).has_more);
  EXPECT_FALSE(list_page(lineage(), {}, ShardIndex(0), 3, now).has_more);
  EXPECT_TRUE(list_page(lineage(), {}, ShardIndex(3), 3, now).shards.empty());
}

TEST(ShardListing, ATokenComesBackAndLivesThreeHundredSeconds) {
  const ListingToken token{.issued = created,
                           .after = ShardIndex(7),
                           .filter = filter_of("AT_TIMESTAMP", split),
                           .stream = "s.tream-1"};
  const std::string text = encode_listing_token(token);
  const auto decoded = decode_listing_token(text, created + listing_token_life);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->stream, token.stream);
  EXPECT_EQ(decoded->after, token.after);
  EXPECT_EQ(decoded->filter.type, token.filter.type);
  EXPECT_EQ(decoded->filter.timestamp, token.filter.timestamp);
  const auto late =
      decode_listing_token(text, created + listing_token_life + std::chrono::milliseconds(1));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error(), ListingTokenFault::expired);
  EXPECT_TRUE(decode_listing_token(text, created - std::chrono::hours(1)).has_value())
      << "a clock that went back";
}

TEST(ShardListing, RubbishIsNoToken) {
  for (const std::string_view text : {"",
                                      "x",
                                      "1:2",
                                      "1:2:AT_LATEST",
                                      "1:-2:AT_LATEST:0:s",
                                      "1:2:AT_NOON:0:s",
                                      "1:99999999999:AT_LATEST:0:s",
                                      "1:2:AT_TIMESTAMP:x:s"}) {
    const auto decoded = decode_listing_token(text, created);
    ASSERT_FALSE(decoded.has_value()) << text;
    EXPECT_EQ(decoded.error(), ListingTokenFault::invalid) << text;
  }
}

}  // namespace
}  // namespace sluice::server
