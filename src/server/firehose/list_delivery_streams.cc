// ListDeliveryStreams: names in order, in pages.
#include "server/deliveries.h"
#include "server/firehose/firehose.h"
#include "server/kinesis/shapes.h"

namespace sluice::server {
namespace {

constexpr std::int64_t page_default = 10;
constexpr std::string_view types[] = {
    "DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"};

bool is_of_type(const delivery::DeliveryStream& stream, std::string_view type) {
  return type == (stream.source_type == delivery::SourceType::direct_put ? types[0] : types[1]);
}

}  // namespace

Answer list_delivery_streams(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto limit = members.integer("Limit", {.min = 1, .max = 10'000});
  const auto type = members.string("DeliveryStreamType", {.values = types});
  const auto start = members.string("ExclusiveStartDeliveryStreamName",
                                    {.length_min = 1, .length_max = 64, .pattern = &name_pattern});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("DeliveryStreamNames");
  out.begin_array();
  std::int64_t room = limit.value_or(page_default);
  bool has_more = false;
  for (const auto& definition : world.deliveries.list()) {
    if ((start && definition->name <= *start) || (type && !is_of_type(*definition, *type))) {
      continue;
    }
    if (room-- == 0) {
      has_more = true;
      break;
    }
    out.value(std::string_view(definition->name));
  }
  out.end_array();
  out.member("HasMoreDeliveryStreams", has_more);
  out.end_object();
  return body;
}

}  // namespace sluice::server
