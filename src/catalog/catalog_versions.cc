// Tables over time: updates, and the versions they leave.
#include "base/check.h"
#include "catalog/catalog.h"
#include "catalog/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace sluice::catalog {
namespace {

using store::Definitions;
using store::Transaction;

Result<std::uint64_t> read_version(std::string_view version, std::string_view table) {
  std::uint64_t number = 0;
  const char* end = version.data() + version.size();
  const auto read = std::from_chars(version.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) {
    return fail(
        Fault::invalid,
        fmt::format("version {} of table {} is neither a number nor LATEST", version, table));
  }
  return number;
}

std::unexpected<Error> no_version(std::string_view table, std::uint64_t version) {
  return fail(Fault::missing, fmt::format("Table {} has no version {}.", table, version));
}

Result<void> check_expected(const Table& newest, std::string_view expected) {
  if (expected.empty()) {
    return {};
  }
  SLUICE_TRY(version, read_version(expected, newest.name));
  if (version != newest.version) {
    return fail(
        Fault::conflict,
        fmt::format("Table {} is at version {}, not {}: somebody else updated it meanwhile.",
                    newest.name,
                    newest.version,
                    version));
  }
  return {};
}

}  // namespace

Result<void> Catalog::update_table(std::string_view database, Table table, const TableUpdate& how) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(database));
  SLUICE_CHECK(!table.input.empty());
  const auto before = found->tables.find(table.name);
  if (before == found->tables.end()) {
    return no_table(found->database.name, table.name);
  }
  const Table& old = before->second;
  SLUICE_TRY_DO(check_expected(old, how.expected_version));
  if (table.partition_keys.size() != old.partition_keys.size()) {
    SLUICE_TRY(is_partitioned, has_partitions(old));
    if (is_partitioned) {
      return fail(Fault::invalid,
                  fmt::format("Table {} has partitions of {} values and cannot get {} partition "
                              "keys; delete its partitions first.",
                              old.name,
                              old.partition_keys.size(),
                              table.partition_keys.size()));
    }
  }
  table.database = old.database;
  table.version = old.version + 1;
  table.created = old.created;
  table.updated = clock_.now();
  SLUICE_TRY_DO(definitions_.database().write([&](Transaction& transaction) -> Result<void> {
    if (!how.skips_archive) {
      SLUICE_TRY_DO(Definitions::create(transaction,
                                        store::kind_table_version,
                                        version_key(old.database, old.name, old.version),
                                        encode(old)));
    }
    return Definitions::save(
        transaction, store::kind_table, table_key(table.database, table.name), encode(table));
  }));
  before->second = std::move(table);
  return {};
}

Result<Table> Catalog::table_version(std::string_view database,
                                     std::string_view name,
                                     std::string_view version) const {
  SLUICE_TRY(newest, table(database, name));
  if (version.empty() || version == "LATEST") {
    return newest;
  }
  SLUICE_TRY(wanted, read_version(version, newest.name));
  if (wanted == newest.version) {
    return newest;
  }
  auto body = definitions_.find(store::kind_table_version,
                                version_key(newest.database, newest.name, wanted));
  if (!body && body.error().fault() == Fault::missing) {
    return no_version(newest.name, wanted);
  }
  if (!body) {
    return std::unexpected(std::move(body).error());
  }
  return decode_table(*body);
}

Result<std::vector<Table>> Catalog::table_versions(std::string_view database,
                                                   std::string_view name) const {
  std::vector<Table> versions;
  SLUICE_TRY(newest, table(database, name));
  SLUICE_TRY(
      kept,
      definitions_.load_range(store::kind_table_version,
                              store::keys_with_prefix(version_prefix(newest.database, newest.name)),
                              std::numeric_limits<std::int32_t>::max()));
  for (const store::Definition& definition : kept) {
    SLUICE_TRY(older, decode_table(definition.body));
    // An update between the two reads has made a version of what is the newest here.
    if (older.version < newest.version) {
      versions.push_back(std::move(older));
    }
  }
  versions.push_back(std::move(newest));
  std::sort(versions.begin(), versions.end(), [](const Table& left, const Table& right) {
    return left.version > right.version;
  });
  return versions;
}

Result<void> Catalog::delete_table_version(std::string_view database,
                                           std::string_view name,
                                           std::string_view version) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(newest, held_table(database, name));
  SLUICE_TRY(number, read_version(version, newest->name));
  if (number == newest->version) {
    return fail(
        Fault::invalid,
        fmt::format(
            "Version {} of table {} is the newest and cannot be deleted.", number, newest->name));
  }
  auto removed = definitions_.remove(store::kind_table_version,
                                     version_key(newest->database, newest->name, number));
  if (!removed && removed.error().fault() == Fault::missing) {
    return no_version(newest->name, number);
  }
  return removed;
}

}  // namespace sluice::catalog
