// DeleteDeliveryStream: records that are buffered and not delivered are discarded, as in Firehose.
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

namespace sluice::server {

Answer delete_delivery_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  members.boolean("AllowForceDelete");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.deliveries.remove(*name); !removed) {
    if (removed.error().fault() == Fault::missing) {
      return std::unexpected(delivery_stream_not_found(world, *name));
    }
    return std::unexpected(aws::api_error(removed.error(), aws::firehose_faults));
  }
  return std::string("{}");
}

}  // namespace sluice::server
