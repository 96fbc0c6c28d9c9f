// The columns that --schema means.
//
//   timestamp string, heart_rate int     columns with their Hive types
//   @FILE                                the same in a file
//   table:DATABASE.TABLE                 of a table of a data directory's catalog
#pragma once

#include "base/result.h"
#include "columnar/type.h"

#include <string>

namespace sluice::cli {

// Fault::invalid and Fault::missing name the option and what to write instead.
Result<columnar::Schema> schema_of_option(const std::string& option,
                                          const std::string& data_directory);

}  // namespace sluice::cli
