// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: the text is kept and told again.
#include "json/document.h"
#include "server/kinesis/kinesis.h"
#include "server/kinesis/resources.h"

namespace sluice::server {
namespace {

constexpr aws::StringRule arn_rule = {
    .is_required = true, .length_min = 1, .length_max = 2048, .pattern = &resource_arn_pattern};
constexpr std::size_t policy_bytes_max = 20 << 10;

}  // namespace

Answer put_resource_policy(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string("ResourceARN", arn_rule);
  const auto policy = members.string(
      "Policy", {.is_required = true, .length_min = 1, .length_max = policy_bytes_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto parsed = json::Document::parse(std::string(*policy));
  if (!parsed || !parsed->root().is(json::Kind::object)) {
    return refuse("InvalidArgumentException", "The Policy is not a JSON object.");
  }
  return update_resource(world, *arn, [&](const ResourceParts& parts) {
    parts.policy = *policy;
    return std::optional<aws::ApiError>();
  });
}

Answer get_resource_policy(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string("ResourceARN", arn_rule);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return read_resource(world, *arn, [&](const ResourceParts& parts) -> Answer {
    if (parts.policy.empty()) {
      return refuse("ResourceNotFoundException",
                    "No policy was found for " + std::string(*arn) + ".");
    }
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("Policy", std::string_view(parts.policy));
    out.end_object();
    return body;
  });
}

Answer delete_resource_policy(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string("ResourceARN", arn_rule);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_resource(
      world, *arn, [&](const ResourceParts& parts) -> std::optional<aws::ApiError> {
        if (parts.policy.empty()) {
          return aws::ApiError{"ResourceNotFoundException",
                               "No policy was found for " + std::string(*arn) + "."};
        }
        parts.policy.clear();
        return std::nullopt;
      });
}

}  // namespace sluice::server
