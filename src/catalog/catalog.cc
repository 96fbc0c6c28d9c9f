// Databases and tables in memory, every change in the store first.
#include "catalog/catalog.h"

#include "base/check.h"
#include "catalog/keys.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::catalog {
namespace {

using store::Definitions;
using store::Transaction;

// Removes the table with all that belongs to it.
Result<void> erase_table(Transaction& transaction, const Table& table) {
  SLUICE_TRY_DO(
      Definitions::remove(transaction, store::kind_table, table_key(table.database, table.name)));
  SLUICE_TRY_DO(Definitions::remove_range(
      transaction, partitions_kind(table.database, table.name), store::KeyRange()));
  return Definitions::remove_range(
      transaction,
      store::kind_table_version,
      store::keys_with_prefix(version_prefix(table.database, table.name)));
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(store::Database& database, const Clock& clock) {
  std::unique_ptr<Catalog> catalog(new Catalog(database, clock));
  SLUICE_TRY_DO(catalog->load());
  return catalog;
}

Result<void> Catalog::load() {
  SLUICE_TRY(databases, definitions_.load_all(store::kind_database));
  for (const store::Definition& definition : databases) {
    auto database = decode_database(definition.body);
    if (!database) {
      return std::unexpected(
          std::move(database).error().within(fmt::format("database {}", definition.key)));
    }
    entries_[definition.key].database = std::move(*database);
  }
  SLUICE_TRY(tables, definitions_.load_all(store::kind_table));
  for (const store::Definition& definition : tables) {
    auto table = decode_table(definition.body);
    if (!table) {
      return std::unexpected(
          std::move(table).error().within(fmt::format("table {}", definition.key)));
    }
    const auto found = entries_.find(table->database);
    if (found == entries_.end()) {
      return fail(
          Fault::corrupt,
          fmt::format("table {} is stored without its database {}", table->name, table->database));
    }
    std::string name = table->name;
    found->second.tables.emplace(std::move(name), std::move(*table));
  }
  return {};
}

Result<const Catalog::Entry*> Catalog::entry(std::string_view database) const {
  SLUICE_TRY(name, fold_name(database, "database name"));
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return fail(Fault::missing, fmt::format("Database {} not found.", name));
  }
  return &found->second;
}

Result<Catalog::Entry*> Catalog::entry(std::string_view database) {
  SLUICE_TRY(found, std::as_const(*this).entry(database));
  return const_cast<Entry*>(found);
}

Result<const Table*> Catalog::held_table(std::string_view database, std::string_view name) const {
  SLUICE_TRY(found, entry(database));
  SLUICE_TRY(folded, fold_name(name, "table name"));
  const auto table = found->tables.find(folded);
  if (table == found->tables.end()) {
    return no_table(found->database.name, folded);
  }
  return &table->second;
}

Result<void> Catalog::create_database(Database database) {
  SLUICE_TRY(name, fold_name(database.name, "database name"));
  const std::lock_guard lock(mutex_);
  if (entries_.contains(name)) {
    return fail(Fault::conflict, fmt::format("Database {} already exists.", name));
  }
  database.name = name;
  database.created = clock_.now();
  SLUICE_TRY_DO(definitions_.create(store::kind_database, name, encode(database)));
  entries_[name].database = std::move(database);
  return {};
}

Result<Database> Catalog::database(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  return found->database;
}

std::vector<Database> Catalog::databases() const {
  const std::lock_guard lock(mutex_);
  std::vector<Database> all;
  for (const auto& [name, found] : entries_) {
    all.push_back(found.database);
  }
  return all;
}

Result<void> Catalog::update_database(std::string_view name, Database database) {
  SLUICE_TRY(new_name, fold_name(database.name, "database name"));
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  if (new_name != found->database.name) {
    return fail(Fault::invalid,
                fmt::format("Database {} cannot be renamed to {}: its name is fixed.",
                            found->database.name,
                            new_name));
  }
  database.name = std::move(new_name);
  database.created = found->database.created;
  SLUICE_TRY_DO(definitions_.save(store::kind_database, database.name, encode(database)));
  found->database = std::move(database);
  return {};
}

Result<void> Catalog::delete_database(std::string_view name) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  const std::string key = found->database.name;
  SLUICE_TRY_DO(definitions_.database().write([&](Transaction& transaction) -> Result<void> {
    for (const auto& [table_name, table] : found->tables) {
      SLUICE_TRY_DO(erase_table(transaction, table));
    }
    return Definitions::remove(transaction, store::kind_database, key);
  }));
  entries_.erase(key);
  return {};
}

Result<void> Catalog::create_table(std::string_view database, Table table) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(database));
  SLUICE_CHECK(!table.name.empty());
  SLUICE_CHECK(!table.input.empty());
  if (found->tables.contains(table.name)) {
    return fail(Fault::conflict, fmt::format("Table {} already exists.", table.name));
  }
  table.database = found->database.name;
  table.version = 0;
  table.created = clock_.now();
  table.updated = table.created;
  SLUICE_TRY_DO(
      definitions_.create(store::kind_table, table_key(table.database, table.name), encode(table)));
  std::string name = table.name;
  found->tables.emplace(std::move(name), std::move(table));
  return {};
}

Result<Table> Catalog::table(std::string_view database, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, held_table(database, name));
  return *found;
}

Result<std::vector<Table>> Catalog::tables(std::string_view database) const {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(database));
  std::vector<Table> all;
  for (const auto& [name, table] : found->tables) {
    all.push_back(table);
  }
  return all;
}

Result<void> Catalog::delete_table(std::string_view database, std::string_view name) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(table, held_table(database, name));
  SLUICE_TRY_DO(definitions_.database().write(
      [&](Transaction& transaction) { return erase_table(transaction, *table); }));
  SLUICE_TRY(holder, entry(database));
  holder->tables.erase(holder->tables.find(table->name));
  return {};
}

}  // namespace sluice::catalog
