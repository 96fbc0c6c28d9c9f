// What can be named by an ARN, tagged and given a policy: a stream or a consumer of one.
#pragma once

#include "aws/members.h"
#include "server/api.h"

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

extern const aws::Pattern resource_arn_pattern;

// arn:aws:kinesis:<region>:<account>:stream/<name>/consumer/<name>:<created, epoch seconds>
std::string consumer_arn(const delivery::Account& account,
                         std::string_view stream,
                         const stream::ConsumerDefinition& consumer);

struct ResourceName {
  std::string_view stream;
  std::optional<std::string_view> consumer;
  std::int64_t consumer_created_s = 0;
};

// std::nullopt for ARNs of other things.
std::optional<ResourceName> parse_resource_arn(std::string_view arn);

// The tags and policy of a resource, within its stream's definition.
struct ResourceParts {
  std::map<std::string, std::string>& tags;
  std::string& policy;
};

// Runs `use` with a copy of the resource's tags and policy.  ResourceNotFoundException.
Answer read_resource(World& world,
                     std::string_view arn,
                     const std::function<Answer(const ResourceParts& parts)>& use);

// Changes a resource durably; `change` may refuse.
Answer update_resource(
    World& world,
    std::string_view arn,
    const std::function<std::optional<aws::ApiError>(const ResourceParts& parts)>& change);

// "Consumer c under stream s not found in account 111111111111."
aws::ApiError consumer_not_found(const World& world,
                                 std::string_view stream,
                                 std::string_view consumer);

}  // namespace sluice::server
