// CreateTable, GetTable, GetTables, SearchTables, UpdateTable, DeleteTable, BatchDeleteTable.
#include "catalog/name_pattern.h"
#include "server/deliveries.h"
#include "server/glue/glue.h"

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::size_t expression_characters_max = 2048;

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(a) == lower(b);
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// Whether a text that somebody looks for is anywhere in what was said of the table.
bool mentions(const catalog::Table& table, std::string_view text) {
  return contains_ignoring_case(table.database, text) || contains_ignoring_case(table.input, text);
}

// A page of tables by a name that orders them.
class TablePage {
 public:
  TablePage(PageRequest page, std::string_view catalog_id)
      : page_(std::move(page)), catalog_id_(catalog_id), out_(body_) {
    out_.begin_object();
    out_.key("TableList");
    out_.begin_array();
  }

  // Tables must come in the order of their keys.
  void add(const std::string& key, const catalog::Table& table) {
    if (has_more_ || (!page_.after.empty() && key <= page_.after)) {
      return;
    }
    if (page_.room == 0) {
      has_more_ = true;
      return;
    }
    --page_.room;
    last_ = key;
    catalog::write_table(out_, table, catalog_id_);
  }

  std::string finish() {
    out_.end_array();
    if (has_more_) {
      out_.member("NextToken", std::string_view(last_));
    }
    out_.end_object();
    return std::move(body_);
  }

 private:
  PageRequest page_;
  std::string_view catalog_id_;
  std::string body_;
  json::Writer out_;
  std::string last_;
  bool has_more_ = false;
};

}  // namespace

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
  const std::string name = table->name;
  if (auto created = world.catalog.create_table(*database, *std::move(table)); !created) {
    return glue_error(created.error());
  }
  // What is open by a table of that name that was dropped ends: the versions of this one count
  // anew.
  world.deliveries.schema_changed(*database, name);
  return std::string("{}");
}

Answer update_table(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  members.object("TableInput", true);
  catalog::TableUpdate how;
  how.skips_archive = members.boolean("SkipArchive").value_or(false);
  how.expected_version = members.string("VersionId", {.length_min = 1, .length_max = 255})
                             .value_or(std::string_view());
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto table = catalog::parse_table_input(request.body.find("TableInput"));
  if (!table) {
    return glue_error(table.error());
  }
  const std::string name = table->name;
  if (auto updated = world.catalog.update_table(*database, *std::move(table), how); !updated) {
    if (updated.error().fault() == Fault::conflict) {
      return refuse("ConcurrentModificationException", updated.error().message());
    }
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
  const auto pattern = members.string("Expression", {.length_max = expression_characters_max});
  PageRequest page = read_page_request(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto tables = world.catalog.tables(*database);
  if (!tables) {
    return glue_error(tables.error());
  }
  TablePage answer(std::move(page), world.account.id);
  for (const catalog::Table& table : *tables) {
    if (!pattern || pattern->empty() || catalog::matches_name_pattern(table.name, *pattern)) {
      answer.add(table.name, table);
    }
  }
  return answer.finish();
}

Answer search_tables(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto text = members.string("SearchText", {.length_max = 1024});
  for (const std::string_view unknown : {"Filters", "SortCriteria"}) {
    if (const json::View list = members.list(unknown); list.exists() && list.size() > 0) {
      return refuse("InvalidInputException",
                    std::string(unknown) + " is not offered here; give SearchText alone");
    }
  }
  PageRequest page = read_page_request(members, 1000);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  TablePage answer(std::move(page), world.account.id);
  for (const catalog::Database& database : world.catalog.databases()) {
    const auto tables = world.catalog.tables(database.name);
    // A database that was deleted in between has none.
    for (const catalog::Table& table : tables.value_or(std::vector<catalog::Table>())) {
      if (!text || mentions(table, *text)) {
        answer.add(database.name + '/' + table.name, table);
      }
    }
  }
  return answer.finish();
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

Answer batch_delete_table(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const json::View names =
      members.list("TablesToDelete", {.is_required = true, .length_max = batch_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto found = world.catalog.database(*database); !found) {
    return glue_error(found.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Errors");
  out.begin_array();
  for (const json::View name : names.elements()) {
    const std::string_view text = name.as_string().value_or(std::string_view());
    if (const auto removed = world.catalog.delete_table(*database, text); !removed) {
      out.begin_object();
      out.member("TableName", text);
      write_error_detail(out, removed.error());
      out.end_object();
    }
  }
  out.end_array();
  out.end_object();
  return body;
}

}  // namespace sluice::server
