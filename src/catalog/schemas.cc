// Looks up the columns of a table for format conversion.
#include "catalog/schemas.h"

#include "catalog/table.h"

namespace sluice::catalog {

Result<delivery::TableSchema> CatalogSchemas::find(const std::string& database,
                                                   const std::string& table,
                                                   const std::string& version) {
  SLUICE_TRY(found, catalog_.table_version(database, table, version));
  SLUICE_TRY(schema, record_schema(found));
  return delivery::TableSchema{std::move(schema), std::to_string(found.version)};
}

}  // namespace sluice::catalog
