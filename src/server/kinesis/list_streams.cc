// ListStreams: names in order, in pages.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::int64_t page_max = 100;

void write_summary(json::Writer& out,
                   const World& world,
                   const stream::StreamDefinition& definition) {
  out.begin_object();
  out.member("StreamName", std::string_view(definition.name));
  out.member("StreamARN", std::string_view(stream_arn(world.account, definition.name)));
  out.member("StreamStatus", "ACTIVE");
  out.key("StreamModeDetails");
  out.begin_object();
  out.member("StreamMode",
             definition.mode == stream::StreamMode::on_demand ? "ON_DEMAND" : "PROVISIONED");
  out.end_object();
  out.member("StreamCreationTimestamp", definition.created);
  out.end_object();
}

}  // namespace

Answer list_streams(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto limit = members.integer("Limit", {.min = 1, .max = 10'000});
  const auto start = members.string("ExclusiveStartStreamName",
                                    {.length_min = 1, .length_max = 128, .pattern = &name_pattern});
  const auto token = members.string("NextToken", {.length_min = 1, .length_max = 1'048'576});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  // The token of a page is the last name on it: names are unique, so nothing else is needed.
  if (token && !stream::is_stream_name(*token)) {
    return refuse("InvalidArgumentException", "NextToken is invalid.");
  }
  const std::string_view after = token.value_or(start.value_or(std::string_view()));
  std::vector<std::shared_ptr<const stream::StreamDefinition>> page;
  bool has_more = false;
  const auto room = static_cast<std::size_t>(std::min(limit.value_or(page_max), page_max));
  for (const stream::StreamHandle& stream : world.streams.list()) {
    auto definition = stream->definition();
    if (definition->name <= after) {
      continue;
    }
    if (page.size() == room) {
      has_more = true;
      break;
    }
    page.push_back(std::move(definition));
  }

  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("StreamNames");
  out.begin_array();
  for (const auto& definition : page) {
    out.value(std::string_view(definition->name));
  }
  out.end_array();
  out.member("HasMoreStreams", has_more);
  if (has_more) {
    out.member("NextToken", std::string_view(page.back()->name));
  }
  out.key("StreamSummaries");
  out.begin_array();
  for (const auto& definition : page) {
    write_summary(out, world, *definition);
  }
  out.end_array();
  out.end_object();
  return body;
}

}  // namespace sluice::server
