// The catalog: databases and their tables (Glue's model), kept in the store.
//
// Names are folded to lower case on the way in, wherever they come from.  Older versions of a table
// are kept until the table is deleted.  Thread-safe; reads are answered from memory.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/table.h"
#include "store/definitions.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

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

  // With all its tables.  Fault::missing.
  Result<void> delete_database(std::string_view name);

  // Fault::missing without the database, Fault::conflict when there is a table of that name.
  // Version and times are set here.
  Result<void> create_table(std::string_view database, Table table);

  // Replaces the definition under the next version.  Fault::missing.
  Result<void> update_table(std::string_view database, Table table);

  // Fault::missing, naming database or table.
  Result<Table> table(std::string_view database, std::string_view name) const;

  // As of a version; Fault::missing when there is no such version, Fault::invalid when `version` is
  // no number.  Empty and "LATEST" mean the newest.
  Result<Table> table_version(std::string_view database,
                              std::string_view name,
                              std::string_view version) const;

  // By name.  Fault::missing without the database.
  Result<std::vector<Table>> tables(std::string_view database) const;

  // With its older versions.  Fault::missing.
  Result<void> delete_table(std::string_view database, std::string_view name);

 private:
  struct Entry {
    Database database;
    std::map<std::string, Table, std::less<>> tables;
  };

  Catalog(store::Database& database, const Clock& clock) : definitions_(database), clock_(clock) {}

  Result<void> load();
  Result<Entry*> entry(std::string_view database);
  Result<const Entry*> entry(std::string_view database) const;

  mutable store::Definitions definitions_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace sluice::catalog
