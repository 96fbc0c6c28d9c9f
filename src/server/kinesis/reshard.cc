// SplitShard, MergeShards, UpdateShardCount: done when they are answered.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::string_view scaling_types[] = {"UNIFORM_SCALING"};
constexpr aws::StringRule shard_rule = {
    .is_required = true, .length_min = 1, .length_max = 128, .pattern = &name_pattern};

using Shard = std::expected<stream::ShardDefinition, aws::ApiError>;

// An open shard of a stream whose shards can be changed.
Shard find_open_shard(const World& world,
                      const stream::StreamDefinition& definition,
                      std::string_view text) {
  const auto index = stream::parse_shard_id(text);
  if (!index || index->value >= definition.shards.size()) {
    return refuse("ResourceNotFoundException",
                  fmt::format("Could not find shard {} in stream {} under account {}.",
                              text,
                              definition.name,
                              world.account.id));
  }
  const stream::ShardDefinition& shard = definition.shards[index->value];
  if (shard.closed) {
    return refuse(
        "InvalidArgumentException",
        fmt::format("Shard {} in stream {} under account {} is closed; its children are open.",
                    stream::shard_id(*index),
                    definition.name,
                    world.account.id));
  }
  return shard;
}

std::optional<aws::ApiError> refuse_on_demand(const stream::StreamDefinition& definition) {
  if (definition.mode == stream::StreamMode::provisioned) {
    return std::nullopt;
  }
  return aws::ApiError{
      "ValidationException",
      fmt::format("Stream {} is in ON_DEMAND mode, in which its shards cannot be changed; change "
                  "the mode to PROVISIONED first.",
                  definition.name)};
}

// What the stream says to a change that is possible by what was known when it was asked.
aws::ApiError late_refusal(const Error& error) {
  if (error.fault() == Fault::conflict) {
    return {"ResourceInUseException", error.message()};
  }
  return error.fault() == Fault::too_large
             ? aws::ApiError{"LimitExceededException", error.message()}
             : aws::api_error(error, aws::kinesis_faults);
}

Answer nothing_or(const Result<void>& outcome) {
  return outcome ? Answer() : std::unexpected(late_refusal(outcome.error()));
}

}  // namespace

Answer split_shard(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto shard_text = members.string("ShardToSplit", shard_rule);
  const auto key_text =
      members.string("NewStartingHashKey", {.is_required = true, .pattern = &hash_key_pattern});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  if (auto refused = refuse_on_demand(*definition)) {
    return std::unexpected(*std::move(refused));
  }
  const Shard shard = find_open_shard(world, *definition, *shard_text);
  if (!shard) {
    return std::unexpected(shard.error());
  }
  const auto key = stream::parse_explicit_hash_key(*key_text);
  if (!key || *key <= shard->range.first + 1 || *key >= shard->range.last) {
    return refuse(
        "InvalidArgumentException",
        fmt::format("NewStartingHashKey {} used in SplitShard() on shard {} in stream {} under "
                    "account {} is not both greater than one plus the shard's StartingHashKey {} "
                    "and less than the shard's EndingHashKey {}.",
                    *key_text,
                    stream::shard_id(shard->index),
                    definition->name,
                    world.account.id,
                    to_decimal(shard->range.first),
                    to_decimal(shard->range.last)));
  }
  if (auto refused = refuse_shards(world, definition->open_shards() + 1, 1)) {
    return std::unexpected(*std::move(refused));
  }
  return nothing_or(world.streams.split(*found, shard->index, *key));
}

Answer merge_shards(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto left_text = members.string("ShardToMerge", shard_rule);
  const auto right_text = members.string("AdjacentShardToMerge", shard_rule);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  if (auto refused = refuse_on_demand(*definition)) {
    return std::unexpected(*std::move(refused));
  }
  const Shard left = find_open_shard(world, *definition, *left_text);
  if (!left) {
    return std::unexpected(left.error());
  }
  const Shard right = find_open_shard(world, *definition, *right_text);
  if (!right) {
    return std::unexpected(right.error());
  }
  if (left->range.last == uint128_max || left->range.last + 1 != right->range.first) {
    return refuse("InvalidArgumentException",
                  fmt::format("Shards {} and {} in stream {} under account {} are not an adjacent "
                              "pair of shards eligible for merging",
                              stream::shard_id(left->index),
                              stream::shard_id(right->index),
                              definition->name,
                              world.account.id));
  }
  return nothing_or(world.streams.merge(*found, left->index, right->index));
}

Answer update_shard_count(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto target = members.integer("TargetShardCount", {.is_required = true, .min = 1});
  members.string("ScalingType", {.is_required = true, .values = scaling_types});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  if (auto refused = refuse_on_demand(*definition)) {
    return std::unexpected(*std::move(refused));
  }
  const std::int64_t before = definition->open_shards();
  if (*target > 2 * before || 2 * *target < before) {
    return refuse("InvalidArgumentException",
                  fmt::format("UpdateShardCount cannot scale stream {} under account {} from {} to "
                              "{} shards at once: at most double and at least half.",
                              definition->name,
                              world.account.id,
                              before,
                              *target));
  }
  if (auto refused = refuse_shards(world, *target, *target - before)) {
    return std::unexpected(*std::move(refused));
  }
  const auto scaled = world.streams.scale(*found, static_cast<std::uint32_t>(*target));
  if (!scaled) {
    return std::unexpected(late_refusal(scaled.error()));
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("StreamName", std::string_view(definition->name));
  out.member("StreamARN", std::string_view(stream_arn(world.account, definition->name)));
  out.member("CurrentShardCount", before);
  out.member("TargetShardCount", *target);
  out.end_object();
  return body;
}

}  // namespace sluice::server
