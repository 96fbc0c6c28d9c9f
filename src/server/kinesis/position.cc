#include "server/kinesis/position.h"

#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

using Position = std::expected<stream::Ordinal, aws::ApiError>;

// Where a sequence number of this shard stands.
Position position_of(const World& world,
                     const stream::StreamDefinition& definition,
                     const stream::ShardDefinition& shard,
                     const PositionWish& wish) {
  const auto parts = stream::parse_sequence_parts(*wish.sequence);
  const auto used_in = [&] {
    return fmt::format(
        "StartingSequenceNumber {} used in GetShardIterator on shard {} in stream {} under account "
        "{}",
        *wish.sequence,
        wish.shard_text,
        definition.name,
        world.account.id);
  };
  if (!parts) {
    return refuse("InvalidArgumentException", used_in() + " is invalid.");
  }
  if (parts->shard != shard.index) {
    return refuse("InvalidArgumentException",
                  fmt::format("Invalid StartingSequenceNumber. It encodes {}, while it was used in "
                              "a call to a shard with {}",
                              stream::shard_id(parts->shard),
                              stream::shard_id(shard.index)));
  }
  if (parts->shard_created_s !=
      stream::starting_sequence(shard.index, shard.created).shard_created_s) {
    return refuse("InvalidArgumentException",
                  used_in() + " is invalid because it did not come from this stream.");
  }
  if (wish.type == "AT_SEQUENCE_NUMBER") {
    return std::max(parts->ordinal, stream::first_ordinal);
  }
  return parts->ordinal == stream::ending_ordinal ? parts->ordinal : parts->ordinal + 1;
}

}  // namespace

std::expected<stream::ShardDefinition, aws::ApiError> find_shard(
    const World& world, const stream::StreamDefinition& definition, std::string_view text) {
  const auto index = stream::parse_shard_id(text);
  if (!index || index->value >= definition.shards.size()) {
    return refuse("ResourceNotFoundException",
                  fmt::format("Shard {} in stream {} under account {} does not exist",
                              text,
                              definition.name,
                              world.account.id));
  }
  return definition.shards[index->value];
}

Position find_position(const World& world,
                       const stream::Stream& stream,
                       const stream::StreamDefinition& definition,
                       const stream::ShardDefinition& shard,
                       const PositionWish& wish) {
  const bool by_sequence =
      wish.type == "AT_SEQUENCE_NUMBER" || wish.type == "AFTER_SEQUENCE_NUMBER";
  if (by_sequence != wish.sequence.has_value()) {
    return refuse(
        "InvalidArgumentException",
        fmt::format("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
                    "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no "
                    "StartingSequenceNumber. Request specified {} and {} StartingSequenceNumber.",
                    wish.type,
                    wish.sequence ? "also a" : "no"));
  }
  if (by_sequence) {
    return position_of(world, definition, shard, wish);
  }
  if (wish.type == "TRIM_HORIZON") {
    return stream.log().horizon(shard.index);
  }
  if (wish.type == "LATEST") {
    return stream.log().tip(shard.index);
  }
  if (!wish.timestamp) {
    return refuse("InvalidArgumentException",
                  "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                  "Current request has "
                  "no timestamp parameter.");
  }
  const UnixMillis now = world.clock.now();
  if (*wish.timestamp > now) {
    return refuse(
        "InvalidArgumentException",
        fmt::format(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
            "timestampInMillis: {}, currentTimestampInMillis: {}",
            to_count(*wish.timestamp),
            to_count(now)));
  }
  auto found = stream.log().find_by_time(shard.index, *wish.timestamp);
  if (!found) {
    return std::unexpected(aws::api_error(found.error(), aws::kinesis_faults));
  }
  return *found;
}

}  // namespace sluice::server
