// Answers the statements that need the catalog only: SHOW, DESCRIBE and DDL.
#pragma once

#include "base/result.h"
#include "catalog/catalog.h"
#include "query/athena_statement.h"
#include "query/athena_values.h"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

struct CatalogAnswer {
  std::vector<AthenaColumn> columns;
  std::vector<std::string> lines;  // a row each; where there are several columns, with tabs between
};

// `database` is the one that names without one are in.  What the statement changes is changed when
// it returns.  Fault::missing, conflict and invalid as the catalog says; Fault::conflict for DROP
// DATABASE of one with tables without CASCADE.
Result<CatalogAnswer> answer_from_catalog(catalog::Catalog& catalog,
                                          const AthenaStatement& statement,
                                          std::string_view database);

}  // namespace sluice::query
