// CreateDeliveryStream: from a Kinesis stream or direct puts, to objects in a bucket.
#include "serde/record_reader.h"
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

std::string_view error_name(delivery::RefusalLayer layer) {
  switch (layer) {
    case delivery::RefusalLayer::serialization:
      return "SerializationException";
    case delivery::RefusalLayer::parameter:
      return "InvalidParameterValueException";
    case delivery::RefusalLayer::model:
      return "ValidationException";
    case delivery::RefusalLayer::argument:
      break;
  }
  return "InvalidArgumentException";
}

// The table must exist when the stream is made, as in Firehose; later it may go and come back.
std::expected<void, aws::ApiError> check_table(const World& world,
                                               const delivery::DeliveryStream& stream) {
  if (!stream.s3.converts()) {
    return {};
  }
  const delivery::SchemaReference& schema = *stream.s3.conversion->schema;
  const auto table = world.catalog.table_version(schema.database, schema.table, schema.version_id);
  if (!table) {
    const bool has_table = world.catalog.table(schema.database, schema.table).has_value();
    return refuse(
        "InvalidArgumentException",
        fmt::format(
            "EntityNotFoundException from Glue: {} ({})",
            table.error().message(),
            has_table
                ? "leave VersionId out, or give LATEST or a version that GetTableVersions lists"
                : "create the table first"));
  }
  const auto columns = catalog::record_schema(*table);
  if (!columns) {
    return refuse("InvalidArgumentException", columns.error().message());
  }
  if (auto reader = serde::make_reader(*columns, stream.s3.conversion->serde()); !reader) {
    return refuse("InvalidArgumentException", reader.error().message());
  }
  return {};
}

}  // namespace

Answer create_delivery_stream(World& world, const ApiRequest& request) {
  auto definition = delivery::parse_create_request(request.body, world.account);
  if (!definition) {
    return refuse(std::string(error_name(definition.error().layer)), definition.error().message);
  }
  if (world.deliveries.find(definition->name) != nullptr) {
    return refuse(
        "ResourceInUseException",
        fmt::format(
            "Firehose {} under accountId {} already exists", definition->name, world.account.id));
  }
  if (auto checked = world.deliveries.check_processors(*definition); !checked) {
    return std::unexpected(aws::api_error(checked.error(), aws::firehose_faults));
  }
  if (auto checked = check_table(world, *definition); !checked) {
    return std::unexpected(std::move(checked).error());
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
