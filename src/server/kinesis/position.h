// Where in a shard a reader wants to begin.
#pragma once

#include "server/api.h"

#include <expected>
#include <optional>
#include <string_view>

namespace sluice::server {

inline constexpr std::string_view position_types[] = {
    "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"};

struct PositionWish {
  std::string_view type;  // one of the above
  std::optional<std::string_view> sequence;
  std::optional<UnixMillis> timestamp;
  std::string_view shard_text;  // as the client wrote it, for messages
};

// The shard of that name.  ResourceNotFoundException, worded as for iterators.
std::expected<stream::ShardDefinition, aws::ApiError> find_shard(
    const World& world, const stream::StreamDefinition& definition, std::string_view text);

// The ordinal to begin at, as things are now.  InvalidArgumentException for sequence numbers of
// other shards and streams, and for times to come.
std::expected<stream::Ordinal, aws::ApiError> find_position(
    const World& world,
    const stream::Stream& stream,
    const stream::StreamDefinition& definition,
    const stream::ShardDefinition& shard,
    const PositionWish& wish);

}  // namespace sluice::server
