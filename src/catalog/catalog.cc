// Databases and tables in memory, every change in the store first.
#include "catalog/catalog.h"

#include "base/check.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace sluice::catalog {
namespace {

using store::Definitions;
using store::Transaction;

// Stands between the parts of a key; names hold no control characters.
constexpr char separator = '\x1f';

std::string table_key(std::string_view database, std::string_view table) {
  return fmt::format("{}{}{}", database, separator, table);
}

std::string version_key(std::string_view database, std::string_view table, std::uint64_t version) {
  return fmt::format("{}{}{}{}{}", database, separator, table, separator, version);
}

std::unexpected<Error> no_table(std::string_view database, std::string_view name) {
  return fail(Fault::missing, fmt::format("Table {} not found in database {}.", name, database));
}

// Removes the table and every older version of it.
Result<void> erase_table(Transaction& transaction, const Table& table) {
  SLUICE_TRY_DO(
      Definitions::remove(transaction, store::kind_table, table_key(table.database, table.name)));
  for (std::uint64_t version = 0; version < table.version; ++version) {
    SLUICE_TRY_DO(Definitions::remove(
        transaction, store::kind_table_version, version_key(table.database, table.name, version)));
  }
  return {};
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

Result<void> Catalog::update_table(std::string_view database, Table table) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(database));
  SLUICE_CHECK(!table.input.empty());
  const auto before = found->tables.find(table.name);
  if (before == found->tables.end()) {
    return no_table(found->database.name, table.name);
  }
  const Table& old = before->second;
  table.database = old.database;
  table.version = old.version + 1;
  table.created = old.created;
  table.updated = clock_.now();
  SLUICE_TRY_DO(definitions_.database().write([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY_DO(Definitions::create(transaction,
                                      store::kind_table_version,
                                      version_key(old.database, old.name, old.version),
                                      encode(old)));
    return Definitions::save(
        transaction, store::kind_table, table_key(table.database, table.name), encode(table));
  }));
  before->second = std::move(table);
  return {};
}

Result<Table> Catalog::table(std::string_view database, std::string_view name) const {
  return table_version(database, name, {});
}

Result<Table> Catalog::table_version(std::string_view database,
                                     std::string_view name,
                                     std::string_view version) const {
  SLUICE_TRY(folded, fold_name(name, "table name"));
  Table newest;
  {
    const std::lock_guard lock(mutex_);
    SLUICE_TRY(found, entry(database));
    const auto table = found->tables.find(folded);
    if (table == found->tables.end()) {
      return no_table(found->database.name, folded);
    }
    newest = table->second;
  }
  if (version.empty() || version == "LATEST") {
    return newest;
  }
  std::uint64_t wanted = 0;
  const auto read = std::from_chars(version.data(), version.data() + version.size(), wanted);
  if (read.ec != std::errc() || read.ptr != version.data() + version.size()) {
    return fail(
        Fault::invalid,
        fmt::format("version {} of table {} is neither a number nor LATEST", version, folded));
  }
  if (wanted == newest.version) {
    return newest;
  }
  auto body =
      definitions_.find(store::kind_table_version, version_key(newest.database, folded, wanted));
  if (!body && body.error().fault() == Fault::missing) {
    return fail(Fault::missing, fmt::format("Table {} has no version {}.", folded, wanted));
  }
  if (!body) {
    return std::unexpected(std::move(body).error());
  }
  return decode_table(*body);
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
  SLUICE_TRY(folded, fold_name(name, "table name"));
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(database));
  const auto table = found->tables.find(folded);
  if (table == found->tables.end()) {
    return no_table(found->database.name, folded);
  }
  SLUICE_TRY_DO(definitions_.database().write(
      [&](Transaction& transaction) { return erase_table(transaction, table->second); }));
  found->tables.erase(table);
  return {};
}

}  // namespace sluice::catalog
