// CreateStream: a name, a number of shards or on-demand mode, tags.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::string_view distributions[] = {"AUTO", "USER_PARTITION_KEY"};

}  // namespace

Answer create_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = members.string(
      "StreamName",
      {.is_required = true, .length_min = 1, .length_max = 128, .pattern = &name_pattern});
  const auto shards = members.integer("ShardCount", {.min = 1});
  aws::Members mode_details = members.object("StreamModeDetails");
  const auto mode = mode_details.string(
      "StreamMode", {.is_required = mode_details.exists(), .values = stream_modes});
  const auto record_kib = members.integer("MaxRecordSizeInKiB", {.min = 1024, .max = 10240});
  const auto distribution = members.string("RecordDistributionStrategy", {.values = distributions});
  const auto tags = members.string_map("Tags", {.length_max = stream::tags_max});
  for (const auto& [key, value] : tags) {
    refuse_tag(members, key, value);
  }
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }

  if (distribution == "AUTO") {
    return refuse(
        "InvalidArgumentException",
        "RecordDistributionStrategy AUTO is not supported: partition keys choose the shard.");
  }
  stream::NewStream wanted;
  wanted.name = *name;
  if (mode == "ON_DEMAND") {
    if (shards) {
      return refuse("ValidationException",
                    "ShardCount must not be given for a stream in ON_DEMAND mode.");
    }
    wanted.mode = stream::StreamMode::on_demand;
    wanted.shards = stream::shards_on_demand;
  } else if (!shards) {
    return refuse("ValidationException",
                  "ShardCount is required for a stream in PROVISIONED mode.");
  } else if (auto refused = refuse_shards(world, *shards, *shards)) {
    return std::unexpected(*std::move(refused));
  } else {
    wanted.shards = static_cast<std::uint32_t>(*shards);
  }
  wanted.record_bytes_max =
      static_cast<std::uint32_t>(record_kib.value_or(stream::record_bytes_default >> 10) << 10);
  wanted.tags = {tags.begin(), tags.end()};

  if (auto created = world.streams.create(std::move(wanted)); !created) {
    if (created.error().fault() == Fault::conflict) {
      return refuse(
          "ResourceInUseException",
          fmt::format("Stream {} under account {} already exists.", *name, world.account.id));
    }
    return std::unexpected(aws::api_error(created.error(), aws::kinesis_faults));
  }
  return std::string();
}

}  // namespace sluice::server
