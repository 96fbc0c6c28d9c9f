// DeleteStream: the records go with it.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

namespace sluice::server {

Answer delete_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto takes_consumers = members.boolean("EnforceConsumerDeletion");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  if (!definition->consumers.empty() && takes_consumers != true) {
    return refuse("ResourceInUseException",
                  fmt::format("Stream {} under account {} has {} registered consumers; deregister "
                              "them, or set EnforceConsumerDeletion.",
                              definition->name,
                              world.account.id,
                              definition->consumers.size()));
  }
  if (auto removed = world.streams.remove(*found); !removed) {
    return std::unexpected(aws::api_error(removed.error(), aws::kinesis_faults));
  }
  return std::string();
}

}  // namespace sluice::server
