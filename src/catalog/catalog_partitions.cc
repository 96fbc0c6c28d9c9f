// Partitions in the store.
//
// The catalog's lock is held while they are changed, so that a table is not deleted under its
// partitions; reads take it only to find the table.
#include "catalog/catalog.h"
#include "catalog/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::catalog {
namespace {

using store::Definition;
using store::Definitions;
using store::KeyRange;
using store::Transaction;

// Rows read at once while a page is looked for.
constexpr std::size_t scan_rows = 2000;

std::string shown(std::span<const std::string> values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

std::optional<Error> wrong_count(const Table& table, std::span<const std::string> values) {
  if (values.size() == table.partition_keys.size() && !values.empty()) {
    return std::nullopt;
  }
  return Error(Fault::invalid,
               fmt::format("The number of partition keys does not match the number of partition "
                           "values: table {} has {} keys, {} has {} values.",
                           table.name,
                           table.partition_keys.size(),
                           shown(values),
                           values.size()));
}

Error no_partition(const Table& table, std::span<const std::string> values) {
  return {Fault::missing,
          fmt::format(
              "Partition {} not found in table {}.{}.", shown(values), table.database, table.name)};
}

Error is_taken(const Table& table, std::span<const std::string> values) {
  return {Fault::conflict,
          fmt::format("Partition {} of table {}.{} already exists.",
                      shown(values),
                      table.database,
                      table.name)};
}

Result<bool> is_stored(Transaction& transaction, std::string_view kind, std::string_view key) {
  const auto found = Definitions::find(transaction, kind, key);
  if (!found && found.error().fault() != Fault::missing) {
    return std::unexpected(found.error());
  }
  return found.has_value();
}

// The one failure of a batch of one.
Result<void> only(Result<PartitionOutcomes> outcomes) {
  SLUICE_TRY(all, std::move(outcomes));
  if (all.front()) {
    return std::unexpected(*std::move(all.front()));
  }
  return {};
}

}  // namespace

Result<void> Catalog::create_partition(std::string_view database,
                                       std::string_view table,
                                       Partition partition) {
  std::vector<Partition> one;
  one.push_back(std::move(partition));
  return only(create_partitions(database, table, std::move(one)));
}

Result<PartitionOutcomes> Catalog::create_partitions(std::string_view database,
                                                     std::string_view table,
                                                     std::vector<Partition> partitions) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(held, held_table(database, table));
  const std::string kind = partitions_kind(held->database, held->name);
  const UnixMillis now = clock_.now();
  PartitionOutcomes outcomes;
  SLUICE_TRY_DO(definitions_.database().write([&](Transaction& transaction) -> Result<void> {
    std::vector<Definition> created;
    std::set<std::string> keys;
    for (Partition& partition : partitions) {
      if (auto wrong = wrong_count(*held, partition.values)) {
        outcomes.push_back(std::move(wrong));
        continue;
      }
      std::string key = partition_key(partition.values);
      SLUICE_TRY(is_there, is_stored(transaction, kind, key));
      if (is_there || !keys.insert(key).second) {
        outcomes.emplace_back(is_taken(*held, partition.values));
        continue;
      }
      partition.created = now;
      created.push_back({std::move(key), encode(partition)});
      outcomes.emplace_back(std::nullopt);
    }
    return Definitions::save_all(transaction, kind, created);
  }));
  return outcomes;
}

Result<Partition> Catalog::partition(std::string_view database,
                                     std::string_view table_name,
                                     std::span<const std::string> values) const {
  SLUICE_TRY(found, table(database, table_name));
  if (auto wrong = wrong_count(found, values)) {
    return std::unexpected(*std::move(wrong));
  }
  auto body = definitions_.find(partitions_kind(found.database, found.name), partition_key(values));
  if (!body && body.error().fault() == Fault::missing) {
    return std::unexpected(no_partition(found, values));
  }
  if (!body) {
    return std::unexpected(std::move(body).error());
  }
  return decode_partition(*body);
}

Result<std::vector<Partition>> Catalog::partitions(std::string_view database,
                                                   std::string_view table_name) const {
  SLUICE_TRY(found, table(database, table_name));
  SLUICE_TRY(stored, definitions_.load_all(partitions_kind(found.database, found.name)));
  std::vector<Partition> all;
  all.reserve(stored.size());
  for (const Definition& definition : stored) {
    SLUICE_TRY(partition, decode_partition(definition.body));
    all.push_back(std::move(partition));
  }
  return all;
}

Result<PartitionPage> Catalog::partition_page(std::string_view database,
                                              std::string_view table_name,
                                              const PartitionQuery& query) const {
  SLUICE_TRY(found, table(database, table_name));
  const std::string kind = partitions_kind(found.database, found.name);
  PartitionPage page;
  // Keys hold no bytes below the separator, so none lies between a key and this.
  KeyRange rest{query.after.empty() ? std::string() : partition_key(query.after) + '\x01', {}};
  while (true) {
    SLUICE_TRY(rows, definitions_.load_range(kind, rest, scan_rows));
    for (const Definition& row : rows) {
      if (query.matches && !query.matches(partition_values(row.key))) {
        continue;
      }
      if (page.partitions.size() == query.limit) {
        page.has_more = true;
        return page;
      }
      SLUICE_TRY(partition, decode_partition(row.body));
      page.partitions.push_back(std::move(partition));
    }
    if (rows.size() < scan_rows) {
      return page;
    }
    rest.first = rows.back().key + '\x01';
  }
}

Result<bool> Catalog::has_partitions(const Table& table) const {
  SLUICE_TRY(rows,
             definitions_.load_range(partitions_kind(table.database, table.name), KeyRange(), 1));
  return !rows.empty();
}

Result<void> Catalog::update_partition(std::string_view database,
                                       std::string_view table,
                                       std::span<const std::string> values,
                                       Partition partition) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(held, held_table(database, table));
  for (const std::span<const std::string> given :
       {values, std::span<const std::string>(partition.values)}) {
    if (auto wrong = wrong_count(*held, given)) {
      return std::unexpected(*std::move(wrong));
    }
  }
  const std::string kind = partitions_kind(held->database, held->name);
  const std::string old_key = partition_key(values);
  const std::string new_key = partition_key(partition.values);
  return definitions_.database().write([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(is_there, is_stored(transaction, kind, old_key));
    if (!is_there) {
      return std::unexpected(no_partition(*held, values));
    }
    SLUICE_TRY(body, Definitions::find(transaction, kind, old_key));
    SLUICE_TRY(old, decode_partition(body));
    partition.created = old.created;
    if (new_key != old_key) {
      SLUICE_TRY(is_there_already, is_stored(transaction, kind, new_key));
      if (is_there_already) {
        return std::unexpected(is_taken(*held, partition.values));
      }
      SLUICE_TRY_DO(Definitions::remove(transaction, kind, old_key));
    }
    return Definitions::save(transaction, kind, new_key, encode(partition));
  });
}

Result<void> Catalog::delete_partition(std::string_view database,
                                       std::string_view table,
                                       std::span<const std::string> values) {
  return only(
      delete_partitions(database, table, {std::vector<std::string>(values.begin(), values.end())}));
}

Result<PartitionOutcomes> Catalog::delete_partitions(
    std::string_view database,
    std::string_view table,
    const std::vector<std::vector<std::string>>& values) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(held, held_table(database, table));
  const std::string kind = partitions_kind(held->database, held->name);
  PartitionOutcomes outcomes;
  SLUICE_TRY_DO(definitions_.database().write([&](Transaction& transaction) -> Result<void> {
    for (const std::vector<std::string>& one : values) {
      if (auto wrong = wrong_count(*held, one)) {
        outcomes.push_back(std::move(wrong));
        continue;
      }
      const auto removed = Definitions::remove(transaction, kind, partition_key(one));
      if (!removed && removed.error().fault() != Fault::missing) {
        return removed;
      }
      outcomes.push_back(removed ? std::nullopt : std::optional(no_partition(*held, one)));
    }
    return {};
  }));
  return outcomes;
}

}  // namespace sluice::catalog
