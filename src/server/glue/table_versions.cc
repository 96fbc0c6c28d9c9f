// GetTableVersion, GetTableVersions, DeleteTableVersion, BatchDeleteTableVersion.
#include "server/glue/glue.h"

#include <charconv>

namespace sluice::server {
namespace {

constexpr aws::StringRule version_rule = {.is_required = true, .length_min = 1, .length_max = 255};

void write_version(json::Writer& out, const catalog::Table& table, std::string_view catalog_id) {
  out.begin_object();
  out.key("Table");
  catalog::write_table(out, table, catalog_id);
  out.member("VersionId", std::string_view(std::to_string(table.version)));
  out.end_object();
}

}  // namespace

Answer get_table_version(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "TableName");
  const auto version = members.string("VersionId", {.length_min = 1, .length_max = 255});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto table =
      world.catalog.table_version(*database, *name, version.value_or(std::string_view()));
  if (!table) {
    return glue_error(table.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("TableVersion");
  write_version(out, *table, world.account.id);
  out.end_object();
  return body;
}

Answer get_table_versions(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "TableName");
  PageRequest page = read_page_request(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto versions = world.catalog.table_versions(*database, *name);
  if (!versions) {
    return glue_error(versions.error());
  }
  std::uint64_t before = versions->front().version + 1;
  if (!page.after.empty()) {
    const char* end = page.after.data() + page.after.size();
    if (const auto read = std::from_chars(page.after.data(), end, before);
        read.ec != std::errc() || read.ptr != end) {
      return refuse("InvalidInputException", "NextToken is none that GetTableVersions gave");
    }
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("TableVersions");
  out.begin_array();
  bool has_more = false;
  for (const catalog::Table& table : *versions) {
    if (table.version >= before) {
      continue;
    }
    has_more = page.room == 0;
    if (has_more) {
      break;
    }
    --page.room;
    page.after = std::to_string(table.version);
    write_version(out, table, world.account.id);
  }
  out.end_array();
  if (has_more) {
    out.member("NextToken", std::string_view(page.after));
  }
  out.end_object();
  return body;
}

Answer delete_table_version(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "TableName");
  const auto version = members.string("VersionId", version_rule);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.catalog.delete_table_version(*database, *name, *version); !removed) {
    return glue_error(removed.error());
  }
  return std::string("{}");
}

Answer batch_delete_table_version(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "TableName");
  const json::View versions =
      members.list("VersionIds", {.is_required = true, .length_max = batch_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto table = world.catalog.table(*database, *name); !table) {
    return glue_error(table.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Errors");
  out.begin_array();
  for (const json::View version : versions.elements()) {
    const std::string_view text = version.as_string().value_or(std::string_view());
    if (const auto removed = world.catalog.delete_table_version(*database, *name, text); !removed) {
      out.begin_object();
      out.member("TableName", *name);
      out.member("VersionId", text);
      write_error_detail(out, removed.error());
      out.end_object();
    }
  }
  out.end_array();
  out.end_object();
  return body;
}

}  // namespace sluice::server
