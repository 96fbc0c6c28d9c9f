// The names that Trino gives to output columns that have none: _col0, _col1, ...
#pragma once

#include "query/trino_statement_tokens.h"

#include <cstddef>
#include <map>
#include <string>

namespace sluice::query {

// For each item of the outermost SELECT that is neither a column nor named with AS: the index of
// the token before which ` AS "_colN"` belongs (the end of the item), and that name.  Behind a *
// the numbers cannot be told without the tables, so that no more are given.
std::map<std::size_t, std::string> unnamed_columns(const StatementTokens& statement);

}  // namespace sluice::query
