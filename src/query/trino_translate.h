// Translates a query written for Athena (Trino's SQL) into DuckDB's.
//
//   SELECT max(x), date_format(d, '%H:%i') FROM "AwsDataCatalog"."db"."t"
//   SELECT max(x) AS "_col0", strftime(CAST(d AS TIMESTAMP), '%H:%M') AS "_col1" FROM "db"."t"
//
// It works on tokens: strings, names in quotes and comments are never looked into.  What it does
// not know it leaves alone, for the engine to judge.  The engine's session needs trino_setup()
// first.
//   names       AwsDataCatalog. in front of a name goes; output columns without a name get Trino's
//               (_col0, _col1, ...)
//   functions   by the table of trino_functions.h
//   types       in CAST, TRY_CAST and typed literals
//   operators   AT TIME ZONE gives the wall clock of that zone; a date plus an interval of days,
//               months or years stays a date; lambdas x -> y
//   FROM        UNNEST of several arrays, of maps and of rows; TABLESAMPLE
//   ?           in order, by the values handed in
#pragma once

#include "base/result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// From here on the output stands for what stands there in the original.
struct Anchor {
  std::size_t output = 0;
  std::size_t original = 0;
};

struct Translation {
  std::string sql;
  std::vector<Anchor> anchors;  // by `output`

  // The place in the original that made `output_offset`.
  std::size_t original_offset(std::size_t output_offset) const;
};

// One query: a SELECT, WITH, VALUES, TABLE or EXPLAIN; a closing ; is taken off.  `parameters` are
// SQL literals or expressions ("12", "'abc'"), one for each ?.
// Fault::invalid, beginning with "line 1:8: ", for what can be told without the engine: strings
// without end, brackets without partner, a function that is not offered, a pattern it has no
// letters for, too few or too many parameters.
Result<Translation> translate_trino(std::string_view sql,
                                    std::span<const std::string> parameters = {});

}  // namespace sluice::query
