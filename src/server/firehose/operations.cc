// The table of Firehose operations, and what they share.
#include "server/firehose/firehose.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

#include <array>

namespace sluice::server {

std::span<const Operation> firehose_operations() {
  static constexpr std::array operations = {
      Operation{.name = "CreateDeliveryStream", .run = create_delivery_stream},
      Operation{.name = "DeleteDeliveryStream", .run = delete_delivery_stream},
      Operation{.name = "DescribeDeliveryStream", .run = describe_delivery_stream},
      Operation{.name = "ListDeliveryStreams", .run = list_delivery_streams},
      Operation{.name = "PutRecord", .start = firehose_put_record},
      Operation{.name = "PutRecordBatch", .start = put_record_batch},
  };
  return operations;
}

std::optional<std::string_view> read_delivery_stream_name(aws::Members& members) {
  return members.string(
      "DeliveryStreamName",
      {.is_required = true, .length_min = 1, .length_max = 64, .pattern = &name_pattern});
}

aws::ApiError delivery_stream_not_found(const World& world, std::string_view name) {
  return {"ResourceNotFoundException",
          fmt::format("Firehose {} under account {} not found.", name, world.account.id)};
}

}  // namespace sluice::server
