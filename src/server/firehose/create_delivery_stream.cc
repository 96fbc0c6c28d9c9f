// CreateDeliveryStream: from a Kinesis stream or direct puts, to objects in a bucket.
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

#include <fmt/format.h>

namespace sluice::server {

Answer create_delivery_stream(World& world, const ApiRequest& request) {
  auto definition = delivery::parse_create_request(request.body, world.account);
  if (!definition) {
    return std::unexpected(refused_definition(definition.error()));
  }
  if (world.deliveries.find(definition->name) != nullptr) {
    return refuse(
        "ResourceInUseException",
        fmt::format(
            "Firehose {} under accountId {} already exists", definition->name, world.account.id));
  }
  if (auto checked = check_definition(world, *definition); !checked) {
    return std::unexpected(aws::api_error(checked.error(), aws::firehose_faults));
  }
  const std::string name = definition->name;
  const std::string arn = definition->arn;
  if (auto created = world.deliveries.create(*std::move(definition)); !created) {
    if (created.error().fault() == Fault::conflict) {
      return refuse(
          "ResourceInUseException",
          fmt::format("Firehose {} under accountId {} already exists", name, world.account.id));
    }
    if (created.error().fault() == Fault::missing) {
      return refuse("InvalidArgumentException", created.error().message());
    }
    return std::unexpected(aws::api_error(created.error(), aws::firehose_faults));
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("DeliveryStreamARN", std::string_view(arn));
  out.end_object();
  return body;
}

}  // namespace sluice::server
