// EnableEnhancedMonitoring and DisableEnhancedMonitoring: the wish is kept and told again; the
// server's own metrics are in docs/operations.md.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

#include <algorithm>
#include <set>
#include <span>

namespace sluice::server {
namespace {

constexpr std::string_view metrics[] = {"IncomingBytes",
                                        "IncomingRecords",
                                        "OutgoingBytes",
                                        "OutgoingRecords",
                                        "WriteProvisionedThroughputExceeded",
                                        "ReadProvisionedThroughputExceeded",
                                        "IteratorAgeMilliseconds",
                                        "ALL"};
constexpr std::size_t metrics_max = 7;

void write_metrics(json::Writer& out, std::string_view key, const std::set<std::string>& names) {
  out.key(key);
  out.begin_array();
  for (const std::string& name : names) {
    out.value(std::string_view(name));
  }
  out.end_array();
}

// Whether `metric` is meant, by its name or by ALL, which is none itself.
bool is_named(std::span<const std::string_view> names, std::string_view metric) {
  return metric != "ALL" && std::ranges::any_of(names, [metric](std::string_view name) {
           return name == metric || name == "ALL";
         });
}

Answer change_monitoring(World& world, const ApiRequest& request, bool is_wanted) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto names =
      members.strings("ShardLevelMetrics",
                      {.is_required = true, .length_min = 1, .length_max = metrics_max},
                      {.values = metrics});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::string name;
  std::set<std::string> before;
  std::set<std::string> after;
  const Answer changed = update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    name = definition.name;
    before = definition.monitored_metrics;
    for (const std::string_view metric : metrics) {
      if (!is_named(names, metric)) {
        continue;
      }
      if (is_wanted) {
        definition.monitored_metrics.emplace(metric);
      } else {
        definition.monitored_metrics.erase(std::string(metric));
      }
    }
    after = definition.monitored_metrics;
    return std::optional<aws::ApiError>();
  });
  if (!changed) {
    return changed;
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("StreamName", std::string_view(name));
  out.member("StreamARN", std::string_view(stream_arn(world.account, name)));
  write_metrics(out, "CurrentShardLevelMetrics", before);
  write_metrics(out, "DesiredShardLevelMetrics", after);
  out.end_object();
  return body;
}

}  // namespace

Answer enable_enhanced_monitoring(World& world, const ApiRequest& request) {
  return change_monitoring(world, request, true);
}

Answer disable_enhanced_monitoring(World& world, const ApiRequest& request) {
  return change_monitoring(world, request, false);
}

}  // namespace sluice::server
