// Time patterns of Trino's functions as DuckDB's strftime and strptime take them.
//
// date_format and date_parse use MySQL's letters after a % (Trino documentation, "MySQL date
// functions"), format_datetime and parse_datetime those of Joda-Time's DateTimeFormat.  DuckDB's
// own letters are a third set: MySQL's %i is its %M, while MySQL's %M is its %B.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace sluice::query {

// The format for strftime and strptime.  Fault::invalid for the letters that Trino refuses too.
Result<std::string> mysql_time_format(std::string_view pattern);

// An expression that reads `value` (SQL of a text) and gives a TIMESTAMP WITH TIME ZONE; without an
// offset in the text, UTC.  Fault::invalid names the letter and what it lacks.
Result<std::string> joda_parse_expression(std::string_view pattern, std::string_view value);

// An expression that writes `value` (SQL of a date or timestamp).  `value` may be repeated.
Result<std::string> joda_format_expression(std::string_view pattern, std::string_view value);

}  // namespace sluice::query
