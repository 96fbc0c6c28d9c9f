// CreateWorkGroup, GetWorkGroup, ListWorkGroups, UpdateWorkGroup, DeleteWorkGroup.
#include "query/athena_result.h"
#include "server/athena/athena.h"

#include <array>

namespace sluice::server {
namespace {

constexpr std::size_t description_characters_max = 1024;
constexpr std::int64_t cutoff_bytes_min = 10'000'000;
constexpr std::array<std::string_view, 2> states = {"ENABLED", "DISABLED"};

// The members that CreateWorkGroup's Configuration and UpdateWorkGroup's ConfigurationUpdates
// share.
void read_shared(aws::Members& members, query::WorkGroup& group) {
  group.is_enforced = members.boolean("EnforceWorkGroupConfiguration").value_or(group.is_enforced);
  group.publishes_metrics =
      members.boolean("PublishCloudWatchMetricsEnabled").value_or(group.publishes_metrics);
  group.is_requester_paying =
      members.boolean("RequesterPaysEnabled").value_or(group.is_requester_paying);
  if (const auto bytes = members.integer("BytesScannedCutoffPerQuery", {.min = cutoff_bytes_min})) {
    group.bytes_scanned_max = *bytes;
  }
  aws::Members engine = members.object("EngineVersion");
  group.engine = engine.string("SelectedEngineVersion", {.length_min = 1, .length_max = 128})
                     .value_or(group.engine);
}

void write_configuration(json::Writer& out, const query::WorkGroup& group) {
  out.key("Configuration");
  out.begin_object();
  out.key("ResultConfiguration");
  out.begin_object();
  if (!group.output_location.empty()) {
    out.member("OutputLocation", std::string_view(group.output_location));
  }
  out.end_object();
  out.member("EnforceWorkGroupConfiguration", group.is_enforced);
  out.member("PublishCloudWatchMetricsEnabled", group.publishes_metrics);
  if (group.bytes_scanned_max) {
    out.member("BytesScannedCutoffPerQuery", *group.bytes_scanned_max);
  }
  out.member("RequesterPaysEnabled", group.is_requester_paying);
  write_engine_version(out, group.engine);
  out.end_object();
}

// The members that GetWorkGroup and ListWorkGroups share.
void write_summary(json::Writer& out, const query::WorkGroup& group) {
  out.member("Name", std::string_view(group.name));
  out.member("State", states[group.is_enabled ? 0 : 1]);
  out.member("Description", std::string_view(group.description));
  out.member("CreationTime", group.created);
}

std::optional<aws::ApiError> check_location(const query::WorkGroup& group) {
  if (group.output_location.empty()) {
    return std::nullopt;
  }
  const auto place = query::parse_place(group.output_location);
  return place ? std::nullopt : std::optional(athena_error(place.error()).error());
}

}  // namespace

Answer create_work_group(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  query::WorkGroup group;
  group.name = read_work_group(members, "Name", true);
  group.description =
      members.string("Description", {.length_max = description_characters_max}).value_or("");
  aws::Members configuration = members.object("Configuration");
  group.output_location =
      configuration.object("ResultConfiguration").string("OutputLocation").value_or("");
  read_shared(configuration, group);
  const json::View tags = members.list("Tags");
  std::size_t index = 0;
  for (const json::View one : tags.elements()) {
    aws::Members tag = members.element("Tags", index++, one);
    group
        .tags[std::string(tag.string("Key", {.is_required = true, .length_min = 1}).value_or(""))] =
        tag.string("Value").value_or("");
  }
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto wrong = check_location(group)) {
    return std::unexpected(*std::move(wrong));
  }
  if (auto created = world.athena_library.create_work_group(std::move(group)); !created) {
    return athena_error(created.error());
  }
  return std::string("{}");
}

Answer get_work_group(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string name = read_work_group(members, "WorkGroup", true);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto group = world.athena_library.work_group(name);
  if (!group) {
    return athena_error(group.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("WorkGroup");
    out.begin_object();
    write_summary(out, *group);
    write_configuration(out, *group);
    out.end_object();
  });
}

Answer list_work_groups(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const AthenaPage page = read_athena_page(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const std::vector<query::WorkGroup> groups = world.athena_library.work_groups();
  std::vector<std::string> names;
  for (const query::WorkGroup& group : groups) {
    names.push_back(group.name);
  }
  return object_with([&](json::Writer& out) {
    write_page(out, "WorkGroups", page, names, [&](std::size_t i) {
      out.begin_object();
      write_summary(out, groups[i]);
      write_engine_version(out, groups[i].engine);
      out.end_object();
    });
  });
}

Answer update_work_group(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string name = read_work_group(members, "WorkGroup", true);
  auto found = world.athena_library.work_group(name);
  query::WorkGroup group = found ? *found : query::WorkGroup{};
  group.description = members.string("Description", {.length_max = description_characters_max})
                          .value_or(group.description);
  if (const auto state = members.string("State", {.values = states})) {
    group.is_enabled = *state == states[0];
  }
  aws::Members updates = members.object("ConfigurationUpdates");
  read_shared(updates, group);
  if (updates.boolean("RemoveBytesScannedCutoffPerQuery").value_or(false)) {
    group.bytes_scanned_max.reset();
  }
  aws::Members result = updates.object("ResultConfigurationUpdates");
  group.output_location = result.string("OutputLocation").value_or(group.output_location);
  if (result.boolean("RemoveOutputLocation").value_or(false)) {
    group.output_location.clear();
  }
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (!found) {
    return athena_error(found.error());
  }
  if (auto wrong = check_location(group)) {
    return std::unexpected(*std::move(wrong));
  }
  if (auto updated = world.athena_library.update_work_group(group); !updated) {
    return athena_error(updated.error());
  }
  return std::string("{}");
}

Answer delete_work_group(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string name = read_work_group(members, "WorkGroup", true);
  const bool is_recursive = members.boolean("RecursiveDeleteOption").value_or(false);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.athena_library.delete_work_group(name, is_recursive); !removed) {
    return athena_error(removed.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
