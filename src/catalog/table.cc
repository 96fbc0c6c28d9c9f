// Reads and writes Glue's shapes of tables and databases.
#include "catalog/table.h"

#include "base/check.h"
#include "base/utf8.h"
#include "catalog/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace sluice::catalog {
namespace {

// The members of TableInput but its name.  Others are not kept, as Glue does not keep them.
constexpr std::array<std::string_view, 12> input_members = {"Description",
                                                            "Owner",
                                                            "LastAccessTime",
                                                            "LastAnalyzedTime",
                                                            "Retention",
                                                            "StorageDescriptor",
                                                            "PartitionKeys",
                                                            "ViewOriginalText",
                                                            "ViewExpandedText",
                                                            "TableType",
                                                            "Parameters",
                                                            "TargetTable"};

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The input's known members, the name replaced by its folded form.
std::string canonical_input(json::View input, std::string_view name) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("Name", name);
  write_known(out, input, input_members);
  out.end_object();
  return text;
}

}  // namespace

Result<std::string> fold_name(std::string_view name, std::string_view what) {
  if (name.empty() || name.size() > name_bytes_max) {
    return fail(Fault::invalid, fmt::format("{} must have 1 to 255 bytes", what));
  }
  const bool has_control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (has_control || !is_utf8(name)) {
    return fail(Fault::invalid,
                fmt::format("{} must be UTF-8 text without control characters", what));
  }
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(), to_lower);
  return folded;
}

Result<Table> parse_table_input(json::View input) {
  if (!input.is(json::Kind::object)) {
    return wrong_kind("TableInput", "a structure");
  }
  Table table;
  SLUICE_TRY(name, read_string(input, "Name"));
  SLUICE_TRY(folded, fold_name(name, "TableInput.Name"));
  table.name = std::move(folded);
  SLUICE_TRY(partition_keys, read_columns(input, "PartitionKeys"));
  table.partition_keys = std::move(partition_keys);
  SLUICE_TRY(parameters, read_parameters(input));
  table.parameters = std::move(parameters);
  SLUICE_TRY(storage, read_storage(input));
  table.columns = std::move(storage.columns);
  table.location = std::move(storage.location);
  table.input = canonical_input(input, table.name);
  return table;
}

Result<Database> parse_database_input(json::View input) {
  if (!input.is(json::Kind::object)) {
    return wrong_kind("DatabaseInput", "a structure");
  }
  Database database;
  SLUICE_TRY(name, read_string(input, "Name"));
  SLUICE_TRY(folded, fold_name(name, "DatabaseInput.Name"));
  database.name = std::move(folded);
  SLUICE_TRY(description, read_string(input, "Description"));
  database.description = std::move(description);
  SLUICE_TRY(location, read_string(input, "LocationUri"));
  database.location = std::move(location);
  SLUICE_TRY(parameters, read_parameters(input));
  database.parameters = std::move(parameters);
  return database;
}

Result<columnar::Schema> record_schema(const Table& table) {
  const std::string where = fmt::format("table {}.{}", table.database, table.name);
  if (table.columns.empty()) {
    return fail(Fault::invalid, fmt::format("{} has no columns", where));
  }
  columnar::Schema schema;
  std::set<std::string> names;
  for (const Column& column : table.columns) {
    auto type = columnar::parse_type(column.type);
    if (!type) {
      return std::unexpected(
          std::move(type).error().within(fmt::format("{}: column {}", where, column.name)));
    }
    std::string folded = column.name;
    std::transform(folded.begin(), folded.end(), folded.begin(), to_lower);
    if (!names.insert(std::move(folded)).second) {
      return fail(Fault::invalid, fmt::format("{} has two columns {}", where, column.name));
    }
    schema.columns.push_back({column.name, std::move(*type)});
  }
  return schema;
}

void write_table(json::Writer& out, const Table& table, std::string_view catalog_id) {
  const auto input = json::Document::parse(table.input);
  SLUICE_CHECK(input.has_value());
  const json::View root = input->root();
  out.begin_object();
  for (const json::Member member : root.members()) {
    out.member(member.key, member.value);
  }
  out.member("DatabaseName", std::string_view(table.database));
  out.member("CatalogId", catalog_id);
  out.member("CreateTime", table.created);
  out.member("UpdateTime", table.updated);
  out.member("VersionId", std::string_view(std::to_string(table.version)));
  out.member("IsRegisteredWithLakeFormation", false);
  if (!root.find("Retention").exists()) {
    out.member("Retention", 0);
  }
  if (!root.find("PartitionKeys").exists()) {
    out.key("PartitionKeys");
    out.begin_array();
    out.end_array();
  }
  out.end_object();
}

void write_database(json::Writer& out, const Database& database, std::string_view catalog_id) {
  out.begin_object();
  out.member("Name", std::string_view(database.name));
  if (!database.description.empty()) {
    out.member("Description", std::string_view(database.description));
  }
  if (!database.location.empty()) {
    out.member("LocationUri", std::string_view(database.location));
  }
  if (!database.parameters.empty()) {
    write_parameters(out, database.parameters);
  }
  out.member("CreateTime", database.created);
  out.member("CatalogId", catalog_id);
  out.end_object();
}

std::string encode(const Table& table) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", stored_format_version);
  out.member("database", std::string_view(table.database));
  out.member("version", table.version);
  out.member("created_ms", to_count(table.created));
  out.member("updated_ms", to_count(table.updated));
  out.key("input");
  out.raw(table.input);
  out.end_object();
  return text;
}

Result<Table> decode_table(std::string_view text) {
  SLUICE_TRY(document, json::Document::parse(Bytes(text)));
  SLUICE_TRY(root, stored_root(document, "table"));
  SLUICE_TRY(table, parse_table_input(root.find("input")));
  const auto database = root.find("database").as_string();
  const auto version = root.find("version").as_int64();
  const auto created = root.find("created_ms").as_int64();
  const auto updated = root.find("updated_ms").as_int64();
  if (!database || !version || *version < 0 || !created || !updated) {
    return broken_definition("table");
  }
  table.database = *database;
  table.version = static_cast<std::uint64_t>(*version);
  table.created = unix_millis(*created);
  table.updated = unix_millis(*updated);
  return table;
}

std::string encode(const Database& database) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", stored_format_version);
  out.member("created_ms", to_count(database.created));
  out.key("input");
  out.begin_object();
  out.member("Name", std::string_view(database.name));
  out.member("Description", std::string_view(database.description));
  out.member("LocationUri", std::string_view(database.location));
  write_parameters(out, database.parameters);
  out.end_object();
  out.end_object();
  return text;
}

Result<Database> decode_database(std::string_view text) {
  SLUICE_TRY(document, json::Document::parse(Bytes(text)));
  SLUICE_TRY(root, stored_root(document, "database"));
  SLUICE_TRY(database, parse_database_input(root.find("input")));
  const auto created = root.find("created_ms").as_int64();
  if (!created) {
    return broken_definition("database");
  }
  database.created = unix_millis(*created);
  return database;
}

}  // namespace sluice::catalog
