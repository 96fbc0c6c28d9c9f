// ListEngineVersions; ListTagsForResource, TagResource, UntagResource for work groups.
#include "server/athena/athena.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::size_t tags_max = 50;

// "arn:aws:athena:<region>:<account>:workgroup/<name>"
Result<query::WorkGroup> group_of(World& world, std::string_view arn) {
  constexpr std::string_view kind = ":workgroup/";
  const std::size_t at = arn.find(kind);
  if (!arn.starts_with("arn:") || at == std::string_view::npos) {
    return fail(Fault::missing, fmt::format("{} is no work group's ARN", arn));
  }
  return world.athena_library.work_group(arn.substr(at + kind.size()));
}

std::unexpected<aws::ApiError> tag_error(const Error& error) {
  if (error.fault() == Fault::missing) {
    return std::unexpected(aws::ApiError{"ResourceNotFoundException", error.message(), 400, true});
  }
  return athena_error(error);
}

std::string_view read_arn(aws::Members& members) {
  return members.string("ResourceARN", {.is_required = true, .length_min = 1, .length_max = 1011})
      .value_or("");
}

}  // namespace

Answer list_engine_versions(World& world, const ApiRequest& request) {
  static_cast<void>(world);
  static_cast<void>(request);
  return object_with([](json::Writer& out) {
    out.key("EngineVersions");
    out.begin_array();
    for (const std::string_view selected : {"AUTO", "Athena engine version 3"}) {
      out.begin_object();
      out.member("SelectedEngineVersion", selected);
      out.member("EffectiveEngineVersion", "Athena engine version 3");
      out.end_object();
    }
    out.end_array();
  });
}

Answer list_work_group_tags(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view arn = read_arn(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto group = group_of(world, arn);
  if (!group) {
    return tag_error(group.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("Tags");
    out.begin_array();
    for (const auto& [key, value] : group->tags) {
      out.begin_object();
      out.member("Key", std::string_view(key));
      out.member("Value", std::string_view(value));
      out.end_object();
    }
    out.end_array();
  });
}

Answer tag_work_group(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view arn = read_arn(members);
  const json::View tags = members.list("Tags", {.is_required = true});
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const json::View one : tags.elements()) {
    aws::Members tag = members.element("Tags", wanted.size(), one);
    wanted.emplace_back(
        tag.string("Key", {.is_required = true, .length_min = 1, .length_max = 128}).value_or(""),
        tag.string("Value", {.length_max = 256}).value_or(""));
  }
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  auto group = group_of(world, arn);
  if (!group) {
    return tag_error(group.error());
  }
  for (auto& [key, value] : wanted) {
    group->tags[key] = std::move(value);
  }
  if (group->tags.size() > tags_max) {
    return invalid_request(fmt::format("a work group has at most {} tags", tags_max));
  }
  if (auto updated = world.athena_library.update_work_group(*group); !updated) {
    return tag_error(updated.error());
  }
  return std::string("{}");
}

Answer untag_work_group(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view arn = read_arn(members);
  const json::View keys = members.list("TagKeys", {.is_required = true});
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  auto group = group_of(world, arn);
  if (!group) {
    return tag_error(group.error());
  }
  for (const json::View key : keys.elements()) {
    group->tags.erase(std::string(key.as_string().value_or("")));
  }
  if (auto updated = world.athena_library.update_work_group(*group); !updated) {
    return tag_error(updated.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
