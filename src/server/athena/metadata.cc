// ListDataCatalogs, GetDataCatalog, ListDatabases, GetDatabase, ListTableMetadata,
// GetTableMetadata: Glue's catalog as Athena shows it.
#include "catalog/name_pattern.h"
#include "json/document.h"
#include "server/athena/athena.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

std::unexpected<aws::ApiError> metadata_error(const Error& error) {
  if (error.fault() == Fault::missing) {
    return std::unexpected(
        aws::ApiError{"MetadataException",
                      fmt::format("EntityNotFoundException: {}", error.message()),
                      400,
                      true});
  }
  return athena_error(error);
}

// The required member CatalogName or Name; a violation when there is no such catalog.
std::optional<aws::ApiError> read_catalog(aws::Members& members, std::string_view member) {
  const auto name =
      members.string(member, {.is_required = true, .length_min = 1, .length_max = 256});
  if (auto refused = athena_refusal(members)) {
    return refused;
  }
  if (!std::ranges::equal(
          *name, athena_catalog, [](char a, char b) { return (a | 0x20) == (b | 0x20); })) {
    return invalid_request(fmt::format("Data catalog {} was not found; there is {} here",
                                       *name,
                                       athena_catalog))
        .error();
  }
  return std::nullopt;
}

std::string_view read_name(aws::Members& members, std::string_view member) {
  return members.string(member, {.is_required = true, .length_min = 1, .length_max = 128})
      .value_or("");
}

void write_map(json::Writer& out, const std::map<std::string, std::string>& map) {
  out.key("Parameters");
  out.begin_object();
  for (const auto& [key, value] : map) {
    out.member(key, std::string_view(value));
  }
  out.end_object();
}

void write_database(json::Writer& out, const catalog::Database& database) {
  out.begin_object();
  out.member("Name", std::string_view(database.name));
  if (!database.description.empty()) {
    out.member("Description", std::string_view(database.description));
  }
  write_map(out, database.parameters);
  out.end_object();
}

void write_columns(json::Writer& out,
                   std::string_view member,
                   const std::vector<catalog::Column>& columns) {
  out.key(member);
  out.begin_array();
  for (const catalog::Column& column : columns) {
    out.begin_object();
    out.member("Name", std::string_view(column.name));
    out.member("Type", std::string_view(column.type));
    if (!column.comment.empty()) {
      out.member("Comment", std::string_view(column.comment));
    }
    out.end_object();
  }
  out.end_array();
}

void write_table_metadata(json::Writer& out, const catalog::Table& table) {
  std::map<std::string, std::string> parameters = table.parameters;
  std::string type = "EXTERNAL_TABLE";
  if (const auto input = json::Document::parse(Bytes(table.input))) {
    const json::View root = input->root();
    type = root.find("TableType").as_string().value_or(type);
    const json::View storage = root.find("StorageDescriptor");
    const auto add = [&](std::string_view name, json::View value) {
      if (const auto text = value.as_string()) {
        parameters.emplace(name, *text);
      }
    };
    add("inputformat", storage.find("InputFormat"));
    add("outputformat", storage.find("OutputFormat"));
    add("location", storage.find("Location"));
    add("serde.serialization.lib", storage.find("SerdeInfo").find("SerializationLibrary"));
  }
  out.begin_object();
  out.member("Name", std::string_view(table.name));
  out.member("CreateTime", table.created);
  out.member("TableType", std::string_view(type));
  write_columns(out, "Columns", table.columns);
  write_columns(out, "PartitionKeys", table.partition_keys);
  write_map(out, parameters);
  out.end_object();
}

}  // namespace

Answer list_data_catalogs(World& world, const ApiRequest& request) {
  static_cast<void>(world);
  aws::Members members(request.body);
  read_athena_page(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  return object_with([](json::Writer& out) {
    out.key("DataCatalogsSummary");
    out.begin_array();
    out.begin_object();
    out.member("CatalogName", athena_catalog);
    out.member("Type", "GLUE");
    out.end_object();
    out.end_array();
  });
}

Answer get_data_catalog(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  if (auto refused = read_catalog(members, "Name")) {
    return std::unexpected(*std::move(refused));
  }
  return object_with([&](json::Writer& out) {
    out.key("DataCatalog");
    out.begin_object();
    out.member("Name", athena_catalog);
    out.member("Description", "The catalog of this server, which Glue's API shows too");
    out.member("Type", "GLUE");
    write_map(out, {{"catalog-id", world.account.id}});
    out.end_object();
  });
}

Answer list_athena_databases(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const AthenaPage page = read_athena_page(members);
  if (auto refused = read_catalog(members, "CatalogName")) {
    return std::unexpected(*std::move(refused));
  }
  const std::vector<catalog::Database> databases = world.catalog.databases();
  std::vector<std::string> names;
  for (const catalog::Database& database : databases) {
    names.push_back(database.name);
  }
  return object_with([&](json::Writer& out) {
    write_page(out, "DatabaseList", page, names, [&](std::size_t i) {
      write_database(out, databases[i]);
    });
  });
}

Answer get_athena_database(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view name = read_name(members, "DatabaseName");
  if (auto refused = read_catalog(members, "CatalogName")) {
    return std::unexpected(*std::move(refused));
  }
  const auto database = world.catalog.database(name);
  if (!database) {
    return metadata_error(database.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("Database");
    write_database(out, *database);
  });
}

Answer list_table_metadata(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view database = read_name(members, "DatabaseName");
  const std::string_view pattern = members.string("Expression", {.length_max = 256}).value_or("");
  const AthenaPage page = read_athena_page(members);
  if (auto refused = read_catalog(members, "CatalogName")) {
    return std::unexpected(*std::move(refused));
  }
  auto tables = world.catalog.tables(database);
  if (!tables) {
    return metadata_error(tables.error());
  }
  std::erase_if(*tables, [&](const catalog::Table& table) {
    return !pattern.empty() && !catalog::matches_name_pattern(table.name, pattern);
  });
  std::vector<std::string> names;
  for (const catalog::Table& table : *tables) {
    names.push_back(table.name);
  }
  return object_with([&](json::Writer& out) {
    write_page(out, "TableMetadataList", page, names, [&](std::size_t i) {
      write_table_metadata(out, (*tables)[i]);
    });
  });
}

Answer get_table_metadata(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view database = read_name(members, "DatabaseName");
  const std::string_view name = read_name(members, "TableName");
  if (auto refused = read_catalog(members, "CatalogName")) {
    return std::unexpected(*std::move(refused));
  }
  const auto table = world.catalog.table(database, name);
  if (!table) {
    return metadata_error(table.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("TableMetadata");
    write_table_metadata(out, *table);
  });
}

}  // namespace sluice::server
