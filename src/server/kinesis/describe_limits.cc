// DescribeLimits: how many shards and streams there are, and may be.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

namespace sluice::server {

Answer describe_limits(World& world, const ApiRequest& /*request*/) {
  std::uint64_t open = 0;
  std::uint64_t on_demand = 0;
  for (const stream::StreamHandle& stream : world.streams.list()) {
    const auto definition = stream->definition();
    open += definition->open_shards();
    on_demand += definition->mode == stream::StreamMode::on_demand ? 1 : 0;
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("ShardLimit", shards_per_account_max);
  out.member("OpenShardCount", open);
  out.member("OnDemandStreamCount", on_demand);
  out.member("OnDemandStreamCountLimit", on_demand_streams_shown_max);
  out.end_object();
  return body;
}

}  // namespace sluice::server
