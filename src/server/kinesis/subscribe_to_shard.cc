// SubscribeToShard: checks and looks up; server/subscriptions.h does the rest.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/position.h"
#include "server/kinesis/resources.h"
#include "server/kinesis/shapes.h"
#include "server/subscriptions.h"

#include <fmt/format.h>

namespace sluice::server {

Opened subscribe_to_shard(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string(
      "ConsumerARN",
      {.is_required = true, .length_min = 1, .length_max = 2048, .pattern = &resource_arn_pattern});
  const auto shard_text = members.string(
      "ShardId",
      {.is_required = true, .length_min = 1, .length_max = 128, .pattern = &name_pattern});
  aws::Members start = members.object("StartingPosition", true);
  const auto type = start.string("Type", {.is_required = true, .values = position_types});
  const auto sequence = start.string("SequenceNumber", {.pattern = &sequence_pattern});
  const auto timestamp = start.timestamp("Timestamp");
  const auto is_dry_run = members.boolean("DryRun");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto name = parse_resource_arn(*arn);
  if (!name->consumer) {
    return refuse("InvalidArgumentException",
                  fmt::format("ConsumerARN {} does not name a consumer.", *arn));
  }
  const auto found = find_stream(world, {.name = name->stream, .arn = std::nullopt});
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const stream::ConsumerDefinition* consumer = definition->find_consumer(*name->consumer);
  const bool is_meant = consumer != nullptr &&
                        parse_resource_arn(consumer_arn(world.account, definition->name, *consumer))
                                ->consumer_created_s == name->consumer_created_s;
  if (!is_meant) {
    return std::unexpected(consumer_not_found(world, definition->name, *name->consumer));
  }
  const auto shard = find_shard(world, *definition, *shard_text);
  if (!shard) {
    return std::unexpected(shard.error());
  }
  const auto from =
      find_position(world, **found, *definition, *shard, {*type, sequence, timestamp, *shard_text});
  if (!from) {
    return std::unexpected(from.error());
  }
  if (is_dry_run == true) {
    return dry_run();
  }
  return world.subscriptions->open({.consumer = std::string(*arn),
                                    .stream = *found,
                                    .shard = shard->index,
                                    .from = *from,
                                    .is_cbor = request.is_cbor});
}

}  // namespace sluice::server
