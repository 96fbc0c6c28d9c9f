// The table of Firehose operations, and what they share.
#include "serde/record_reader.h"
#include "server/deliveries.h"
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
      Operation{.name = "TagDeliveryStream", .run = tag_delivery_stream},
      Operation{.name = "UntagDeliveryStream", .run = untag_delivery_stream},
      Operation{.name = "ListTagsForDeliveryStream", .run = list_tags_for_delivery_stream},
      Operation{.name = "UpdateDestination", .run = update_destination},
      Operation{.name = "StartDeliveryStreamEncryption", .run = start_delivery_stream_encryption},
      Operation{.name = "StopDeliveryStreamEncryption", .run = stop_delivery_stream_encryption},
  };
  return operations;
}

std::optional<std::string_view> read_delivery_stream_name(aws::Members& members) {
  return members.string(
      "DeliveryStreamName",
      {.is_required = true, .length_min = 1, .length_max = 64, .pattern = &name_pattern});
}

aws::ApiError refused_definition(const delivery::Refusal& refusal) {
  switch (refusal.layer) {
    case delivery::RefusalLayer::serialization:
      return {"SerializationException", refusal.message};
    case delivery::RefusalLayer::parameter:
      return {"InvalidParameterValueException", refusal.message};
    case delivery::RefusalLayer::model:
      return {"ValidationException", refusal.message};
    case delivery::RefusalLayer::argument:
      break;
  }
  return {"InvalidArgumentException", refusal.message};
}

Result<void> check_definition(const World& world, const delivery::DeliveryStream& stream) {
  SLUICE_TRY_DO(world.deliveries.check_processors(stream));
  if (!stream.s3.converts()) {
    return {};
  }
  const delivery::SchemaReference& schema = *stream.s3.conversion->schema;
  const auto table = world.catalog.table_version(schema.database, schema.table, schema.version_id);
  if (!table) {
    const bool has_table = world.catalog.table(schema.database, schema.table).has_value();
    return fail(
        Fault::invalid,
        fmt::format(
            "EntityNotFoundException from Glue: {} ({})",
            table.error().message(),
            has_table
                ? "leave VersionId out, or give LATEST or a version that GetTableVersions lists"
                : "create the table first"));
  }
  const auto columns = catalog::record_schema(*table);
  if (!columns) {
    return fail(Fault::invalid, columns.error().message());
  }
  if (auto reader = serde::make_reader(*columns, stream.s3.conversion->serde()); !reader) {
    return fail(Fault::invalid, reader.error().message());
  }
  return {};
}

aws::ApiError delivery_stream_not_found(const World& world, std::string_view name) {
  return {"ResourceNotFoundException",
          fmt::format("Firehose {} under account {} not found.", name, world.account.id)};
}

}  // namespace sluice::server
