// Which shards ListShards lists: its filters, its pages, and the token that leads from one page to
// the next.
//
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html
#pragma once

#include "base/clock.h"
#include "stream/definition.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

inline constexpr std::chrono::seconds listing_token_life{300};

inline constexpr std::string_view shard_filter_types[] = {"AFTER_SHARD_ID",
                                                          "AT_TRIM_HORIZON",
                                                          "FROM_TRIM_HORIZON",
                                                          "AT_LATEST",
                                                          "AT_TIMESTAMP",
                                                          "FROM_TIMESTAMP"};

struct ShardFilter {
  std::string type = "FROM_TRIM_HORIZON";
  std::optional<UnixMillis> timestamp;      // set for AT_TIMESTAMP and FROM_TIMESTAMP
  std::optional<stream::ShardIndex> after;  // set for AFTER_SHARD_ID
};

// Where a listing goes on.  As text: "<issued ms>:<shard>:<filter>:<timestamp ms>:<stream>".
struct ListingToken {
  UnixMillis issued{};
  stream::ShardIndex after;
  ShardFilter filter;
  std::string stream;
};

std::string encode_listing_token(const ListingToken& token);

enum class ListingTokenFault : std::uint8_t { invalid, expired };

// A clock that went back since the issue does not invalidate a token.
std::expected<ListingToken, ListingTokenFault> decode_listing_token(std::string_view text,
                                                                    UnixMillis now);

struct ShardPage {
  std::vector<stream::ShardDefinition> shards;
  bool has_more = false;
};

// The shards that pass the filter, behind `after`, at most `room`.  The results of AT_LATEST,
// AT_TRIM_HORIZON and AT_TIMESTAMP tile the hash space: of a parent and its children, which were
// made at the moment the parent was closed, that moment belongs to the children; a time before the
// stream was created or before the trim horizon is the first moment that can be told of.
ShardPage list_page(const stream::StreamDefinition& definition,
                    const ShardFilter& filter,
                    std::optional<stream::ShardIndex> after,
                    std::size_t room,
                    UnixMillis now);

}  // namespace sluice::server
