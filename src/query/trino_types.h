// Type names of Trino as DuckDB's.
#pragma once

#include "base/result.h"
#include "query/trino_tokens.h"

#include <cstddef>
#include <span>
#include <string>

namespace sluice::query {

// Translates the type that `tokens` hold, all of them: varchar(10), array(row(a int, b double)),
// map<string,int>, timestamp(3) with time zone.  Fault::invalid with the place in `sql` for what is
// no type.
Result<std::string> translate_type(std::string_view sql, std::span<const Token> tokens);

}  // namespace sluice::query
