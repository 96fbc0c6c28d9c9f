// DescribeDeliveryStream.
#include "delivery/description.h"
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

namespace sluice::server {

Answer describe_delivery_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  members.integer("Limit", {.min = 1, .max = 10'000});
  members.string("ExclusiveStartDestinationId", {.length_min = 1, .length_max = 100});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto definition = world.deliveries.find(*name);
  if (definition == nullptr) {
    return std::unexpected(delivery_stream_not_found(world, *name));
  }
  std::string body;
  json::Writer out(body);
  delivery::write_description(out, *definition, delivery::StreamStatus::active);
  return body;
}

}  // namespace sluice::server
