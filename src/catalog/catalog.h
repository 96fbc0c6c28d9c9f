// The catalog: databases, their tables, and the tables' partitions (Glue's model), kept in the
// store.
//
// Names are folded to lower case on the way in, wherever they come from.  Databases and tables are
// answered from memory; older versions of a table and partitions, of which there may be many, from
// the store.  Both go when their table goes.  Thread-safe.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/partition.h"
#include "catalog/table.h"
#include "store/definitions.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

// How a table is updated.
struct TableUpdate {
  bool skips_archive = false;         // the definition until now is not kept as a version
  std::string expected_version = {};  // not empty: only if this is the newest version
};

// Which partitions a page holds: those behind `after` (empty: all) that match, in the order of
// their values.
struct PartitionQuery {
  std::vector<std::string> after;
  std::size_t limit = 1000;
  std::function<bool(std::span<const std::string> values)> matches;  // empty: all do
};

struct PartitionPage {
  std::vector<Partition> partitions;
  bool has_more = false;
};

// Of each partition of a batch, in order: std::nullopt, or why it was left as it was.
using PartitionOutcomes = std::vector<std::optional<Error>>;

class Catalog {
 public:
  // Reads everything.  Fault::corrupt for a damaged definition.  Borrows both.
  static Result<std::unique_ptr<Catalog>> open(store::Database& database, const Clock& clock);

  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Fault::conflict when there is one of that name.  The time of creation is set here.
  Result<void> create_database(Database database);

  // Fault::missing.
  Result<Database> database(std::string_view name) const;

  // By name.
  std::vector<Database> databases() const;

  // Replaces description, location and parameters.  Fault::missing; Fault::invalid when the new
  // definition has another name.
  Result<void> update_database(std::string_view name, Database database);

  // With all its tables.  Fault::missing.
  Result<void> delete_database(std::string_view name);

  // Fault::missing without the database, Fault::conflict when there is a table of that name.
  // Version and times are set here.
  Result<void> create_table(std::string_view database, Table table);

  // Replaces the definition under the next version.  Fault::missing; Fault::conflict when the
  // expected version is not the newest; Fault::invalid when the table has partitions and the number
  // of its partition keys would change.
  Result<void> update_table(std::string_view database, Table table, const TableUpdate& how = {});

  // Fault::missing, naming database or table.
  Result<Table> table(std::string_view database, std::string_view name) const;

  // As of a version; Fault::missing when there is no such version, Fault::invalid when `version` is
  // no number.  Empty and "LATEST" mean the newest.
  Result<Table> table_version(std::string_view database,
                              std::string_view name,
                              std::string_view version) const;

  // The newest and those kept, newest first.  Fault::missing.
  Result<std::vector<Table>> table_versions(std::string_view database, std::string_view name) const;

  // Fault::missing; Fault::invalid for the newest, and when `version` is no number.
  Result<void> delete_table_version(std::string_view database,
                                    std::string_view name,
                                    std::string_view version);

  // By name.  Fault::missing without the database.
  Result<std::vector<Table>> tables(std::string_view database) const;

  // With its older versions and its partitions.  Fault::missing.
  Result<void> delete_table(std::string_view database, std::string_view name);

  // The time of creation is set here.  Fault::missing without the table, Fault::conflict when there
  // is a partition of these values, Fault::invalid when their number is not that of the table's
  // partition keys.
  Result<void> create_partition(std::string_view database,
                                std::string_view table,
                                Partition partition);

  // All that can be created are, in one transaction; the others' reasons are as above.
  Result<PartitionOutcomes> create_partitions(std::string_view database,
                                              std::string_view table,
                                              std::vector<Partition> partitions);

  // Fault::missing, naming what is not there.
  Result<Partition> partition(std::string_view database,
                              std::string_view table,
                              std::span<const std::string> values) const;

  // All, in the order of their values.  Reads the store: about 5 s a million.  Fault::missing
  // without the table.
  Result<std::vector<Partition>> partitions(std::string_view database,
                                            std::string_view table) const;

  // One page of them.  Only those that match are decoded.
  Result<PartitionPage> partition_page(std::string_view database,
                                       std::string_view table,
                                       const PartitionQuery& query) const;

  // Replaces the partition of `values`, which may get other values by it.  Fault::missing;
  // Fault::conflict when there is another partition of the new values.
  Result<void> update_partition(std::string_view database,
                                std::string_view table,
                                std::span<const std::string> values,
                                Partition partition);

  // Fault::missing.
  Result<void> delete_partition(std::string_view database,
                                std::string_view table,
                                std::span<const std::string> values);

  // All that exist, in one transaction.
  Result<PartitionOutcomes> delete_partitions(std::string_view database,
                                              std::string_view table,
                                              const std::vector<std::vector<std::string>>& values);

 private:
  struct Entry {
    Database database;
    std::map<std::string, Table, std::less<>> tables;
  };

  Catalog(store::Database& database, const Clock& clock) : definitions_(database), clock_(clock) {}

  Result<void> load();
  Result<Entry*> entry(std::string_view database);
  Result<const Entry*> entry(std::string_view database) const;
  // Likewise a table of it; the lock must be held.
  Result<const Table*> held_table(std::string_view database, std::string_view name) const;
  Result<bool> has_partitions(const Table& table) const;

  mutable store::Definitions definitions_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace sluice::catalog
