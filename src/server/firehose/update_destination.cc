// UpdateDestination: the changed definition is in force when the call is answered.
#include "delivery/description.h"
#include "delivery/update_request.h"
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

Result<delivery::DeliveryStream> changed(const World& world,
                                         const delivery::UpdateTarget& target,
                                         json::View request,
                                         const delivery::DeliveryStream& current) {
  if (target.version_id != std::to_string(current.version)) {
    return fail(Fault::conflict,
                fmt::format("Cannot update firehose: {} since the current version id: {} and "
                            "specified version id: {} do not match",
                            current.name,
                            current.version,
                            target.version_id));
  }
  if (target.destination_id != delivery::destination_id) {
    return fail(Fault::invalid, fmt::format("Destination Id {} not found", target.destination_id));
  }
  auto next = delivery::apply_update_request(request, current, world.account);
  if (!next) {
    return fail(Fault::invalid, next.error().message);
  }
  SLUICE_TRY_DO(check_definition(world, *next));
  return *std::move(next);
}

}  // namespace

Answer update_destination(World& world, const ApiRequest& request) {
  const auto target = delivery::parse_update_request(request.body);
  if (!target) {
    return std::unexpected(refused_definition(target.error()));
  }
  const auto updated =
      world.deliveries.update(target->name, [&](const delivery::DeliveryStream& current) {
        return changed(world, *target, request.body, current);
      });
  if (updated) {
    return std::string("{}");
  }
  switch (updated.error().fault()) {
    case Fault::missing:
      return std::unexpected(delivery_stream_not_found(world, target->name));
    case Fault::conflict:
      return refuse("ConcurrentModificationException", updated.error().message());
    default:
      return std::unexpected(aws::api_error(updated.error(), aws::firehose_faults));
  }
}

}  // namespace sluice::server
