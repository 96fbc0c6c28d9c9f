// The catalog as format conversion sees it.
#pragma once

#include "catalog/catalog.h"
#include "delivery/world.h"

#include <string>

namespace sluice::catalog {

// Thread-safe.  Borrows the catalog.
class CatalogSchemas final : public delivery::Schemas {
 public:
  explicit CatalogSchemas(const Catalog& catalog) : catalog_(catalog) {}

  // Fault::invalid when the table's columns cannot be a schema.
  Result<delivery::TableSchema> find(const std::string& database,
                                     const std::string& table,
                                     const std::string& version) override;

 private:
  const Catalog& catalog_;
};

}  // namespace sluice::catalog
