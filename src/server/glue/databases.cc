// CreateDatabase, GetDatabase, GetDatabases, UpdateDatabase, DeleteDatabase.
#include "server/glue/glue.h"

namespace sluice::server {

Answer create_database(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  members.string("CatalogId");
  members.object("DatabaseInput", true);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto database = catalog::parse_database_input(request.body.find("DatabaseInput"));
  if (!database) {
    return glue_error(database.error());
  }
  if (auto created = world.catalog.create_database(*std::move(database)); !created) {
    return glue_error(created.error());
  }
  return std::string("{}");
}

Answer update_database(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_name(members, "Name");
  members.object("DatabaseInput", true);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto database = catalog::parse_database_input(request.body.find("DatabaseInput"));
  if (!database) {
    return glue_error(database.error());
  }
  if (auto updated = world.catalog.update_database(*name, *std::move(database)); !updated) {
    return glue_error(updated.error());
  }
  return std::string("{}");
}

Answer get_database(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_name(members, "Name");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto database = world.catalog.database(*name);
  if (!database) {
    return glue_error(database.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Database");
  catalog::write_database(out, *database, world.account.id);
  out.end_object();
  return body;
}

Answer get_databases(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  PageRequest page = read_page_request(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("DatabaseList");
  out.begin_array();
  std::string last;
  bool has_more = false;
  for (const catalog::Database& database : world.catalog.databases()) {
    if (!page.after.empty() && database.name <= page.after) {
      continue;
    }
    if (page.room == 0) {
      has_more = true;
      break;
    }
    --page.room;
    last = database.name;
    catalog::write_database(out, database, world.account.id);
  }
  out.end_array();
  if (has_more) {
    out.member("NextToken", std::string_view(last));
  }
  out.end_object();
  return body;
}

Answer delete_database(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_name(members, "Name");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.catalog.delete_database(*name); !removed) {
    return glue_error(removed.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
