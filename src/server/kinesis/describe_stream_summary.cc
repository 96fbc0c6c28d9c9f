// DescribeStreamSummary: the stream without its shards.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

namespace sluice::server {

Answer describe_stream_summary(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("StreamDescriptionSummary");
  out.begin_object();
  write_stream_members(out, world, *definition);
  out.member("OpenShardCount", definition->open_shards());
  out.member("ConsumerCount", definition->consumers.size());
  out.member("MaxRecordSizeInKiB", definition->record_bytes_max >> 10);
  if (definition->mode == stream::StreamMode::on_demand) {
    out.member("RecordDistributionStrategy", "USER_PARTITION_KEY");
  }
  out.end_object();
  out.end_object();
  return body;
}

}  // namespace sluice::server
