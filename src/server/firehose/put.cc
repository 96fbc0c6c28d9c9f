// Shared parts of the put operations.
#include "server/firehose/put.h"

#include "server/firehose/firehose.h"
#include "stream/sequence_number.h"

namespace sluice::server {

std::expected<DirectPutTarget, aws::ApiError> find_direct_put(const World& world,
                                                              std::string_view name) {
  const auto definition = world.deliveries.find(name);
  if (definition == nullptr) {
    return std::unexpected(delivery_stream_not_found(world, name));
  }
  if (definition->source_type != delivery::SourceType::direct_put) {
    return refuse("InvalidArgumentException",
                  "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
  }
  auto target = world.deliveries.direct_put_target(name);
  if (!target) {
    return std::unexpected(delivery_stream_not_found(world, name));
  }
  return *std::move(target);
}

std::string record_id(const stream::StreamDefinition& definition, const stream::Placed& placed) {
  const stream::ShardDefinition& shard = definition.shards[placed.shard.value];
  return stream::sequence_text(
      stream::record_sequence(shard.index, shard.created, placed.ordinal, placed.arrival));
}

}  // namespace sluice::server
