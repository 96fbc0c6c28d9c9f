// CREATE EXTERNAL TABLE, as Hive and Athena write it, to Glue's TableInput.
#pragma once

#include "base/result.h"
#include "query/athena_ddl_parser.h"

#include <string>
#include <string_view>

namespace sluice::query {

// Reads what follows the table's name: columns, COMMENT, PARTITIONED BY, ROW FORMAT, STORED AS,
// LOCATION, TBLPROPERTIES.  The TableInput as JSON.
Result<std::string> read_create_table(DdlParser& parser, std::string_view table);

}  // namespace sluice::query
