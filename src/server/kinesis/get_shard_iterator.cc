// GetShardIterator: turns a wish into a position, fixed now.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/position.h"
#include "server/kinesis/shapes.h"
#include "stream/iterator.h"

namespace sluice::server {
Answer get_shard_iterator(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto shard_text = members.string(
      "ShardId",
      {.is_required = true, .length_min = 1, .length_max = 128, .pattern = &name_pattern});
  const auto type =
      members.string("ShardIteratorType", {.is_required = true, .values = position_types});
  const auto sequence = members.string("StartingSequenceNumber", {.pattern = &sequence_pattern});
  const auto timestamp = members.timestamp("Timestamp");
  const auto is_dry_run = members.boolean("DryRun");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const auto shard = find_shard(world, *definition, *shard_text);
  if (!shard) {
    return std::unexpected(shard.error());
  }
  const auto position =
      find_position(world, **found, *definition, *shard, {*type, sequence, timestamp, *shard_text});
  if (!position) {
    return std::unexpected(position.error());
  }
  if (is_dry_run == true) {
    return dry_run();
  }

  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("ShardIterator",
             std::string_view(stream::encode_iterator(
                 {definition->incarnation, shard->index, *position, world.clock.now()},
                 world.iterator_key)));
  out.end_object();
  return body;
}

}  // namespace sluice::server
