// CreateTable, GetTable, GetTables, UpdateTable, DeleteTable.
#include "server/deliveries.h"
#include "server/glue/glue.h"

namespace sluice::server {

Answer create_table(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  members.object("TableInput", true);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto table = catalog::parse_table_input(request.body.find("TableInput"));
  if (!table) {
    return glue_error(table.error());
  }
  if (auto created = world.catalog.create_table(*database, *std::move(table)); !created) {
    return glue_error(created.error());
  }
  return std::string("{}");
}

Answer update_table(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  members.object("TableInput", true);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto table = catalog::parse_table_input(request.body.find("TableInput"));
  if (!table) {
    return glue_error(table.error());
  }
  const std::string name = table->name;
  if (auto updated = world.catalog.update_table(*database, *std::move(table)); !updated) {
    return glue_error(updated.error());
  }
  world.deliveries.schema_changed(*database, name);
  return std::string("{}");
}

Answer get_table(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "Name");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto table = world.catalog.table(*database, *name);
  if (!table) {
    return glue_error(table.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Table");
  catalog::write_table(out, *table, world.account.id);
  out.end_object();
  return body;
}

Answer get_tables(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  PageRequest page = read_page_request(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto tables = world.catalog.tables(*database);
  if (!tables) {
    return glue_error(tables.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("TableList");
  out.begin_array();
  std::string last;
  bool has_more = false;
  for (const catalog::Table& table : *tables) {
    if (!page.after.empty() && table.name <= page.after) {
      continue;
    }
    if (page.room == 0) {
      has_more = true;
      break;
    }
    --page.room;
    last = table.name;
    catalog::write_table(out, table, world.account.id);
  }
  out.end_array();
  if (has_more) {
    out.member("NextToken", std::string_view(last));
  }
  out.end_object();
  return body;
}

Answer delete_table(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "Name");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.catalog.delete_table(*database, *name); !removed) {
    return glue_error(removed.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
