// DeleteStream: the records go with it.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

namespace sluice::server {

Answer delete_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  members.boolean("EnforceConsumerDeletion");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  if (auto removed = world.streams.remove(*found); !removed) {
    return std::unexpected(aws::api_error(removed.error(), aws::kinesis_faults));
  }
  return std::string();
}

}  // namespace sluice::server
