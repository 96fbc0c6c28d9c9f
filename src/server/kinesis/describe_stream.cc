// DescribeStream: the stream with its shards, in pages.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"
#include "stream/shard_id.h"

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::int64_t page_max = 100;

}  // namespace

Answer describe_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto limit = members.integer("Limit", {.min = 1, .max = 10'000});
  const auto start = members.string("ExclusiveStartShardId",
                                    {.length_min = 1, .length_max = 128, .pattern = &name_pattern});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const auto after = start ? stream::parse_shard_id(*start) : std::nullopt;
  if (start && !after) {
    return refuse(
        "ResourceNotFoundException",
        "Could not find shard " + std::string(*start) + " in stream " + definition->name + ".");
  }

  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("StreamDescription");
  out.begin_object();
  write_stream_members(out, world, *definition);
  const UnixMillis now = world.clock.now();
  std::int64_t room = std::min(limit.value_or(page_max), page_max);
  bool has_more = false;
  out.key("Shards");
  out.begin_array();
  for (const stream::ShardDefinition& shard : definition->shards) {
    if ((after && shard.index <= *after) || stream::is_expired(*definition, shard, now)) {
      continue;
    }
    if (room-- == 0) {
      has_more = true;
      break;
    }
    write_shard(out, shard);
  }
  out.end_array();
  out.member("HasMoreShards", has_more);
  out.end_object();
  out.end_object();
  return body;
}

}  // namespace sluice::server
