// What SHOW TABLES and SHOW DATABASES mean here.
//
// DuckDB shows the tables of its current schema and its own databases; whoever asks means the
// catalog's.  Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::query {

struct ListedTable {
  std::string database;
  std::string name;
};

// The question to ask instead of SHOW TABLES, SHOW DATABASES or SHOW SCHEMAS where nothing but
// comments and a ; stands beside the words.  std::nullopt for every other statement.
//   SHOW TABLES     columns "database" and "table"
//   SHOW DATABASES  column "database"
std::optional<std::string> catalog_listing(std::string_view sql,
                                           std::span<const std::string> databases,
                                           std::span<const ListedTable> tables);

}  // namespace sluice::query
