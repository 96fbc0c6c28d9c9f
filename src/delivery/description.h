// Definitions to the answers of DescribeDeliveryStream.
#pragma once

#include "delivery/definition.h"
#include "json/writer.h"

#include <cstdint>
#include <string_view>

namespace sluice::delivery {

// There is one destination, and its id has been the same for every stream ever seen.
inline constexpr std::string_view destination_id = "destinationId-000000000001";

enum class StreamStatus : std::uint8_t { creating, creating_failed, deleting, active };

// Writes the whole answer, {"DeliveryStreamDescription":{…}}.  As Firehose does, it describes the
// destination twice (ExtendedS3DestinationDescription and the older S3DestinationDescription) and
// shows the defaults in force where members were not given.
void write_description(json::Writer& out, const DeliveryStream& stream, StreamStatus status);

}  // namespace sluice::delivery
