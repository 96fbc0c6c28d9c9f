// The columns that --schema means.
//
//   timestamp string, heart_rate int     columns with their Hive types
//   @FILE                                the same in a file
//   table:DATABASE.TABLE                 of a table of a data directory's catalog
//   infer                                what the beginning of the input suggests
#pragma once

#include "base/result.h"
#include "cli/input_files.h"
#include "columnar/type.h"
#include "serde/infer.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::cli {

inline constexpr std::string_view infer_word = "infer";

// How much of the input is looked at.
inline constexpr std::size_t inferred_bytes_max = std::size_t{4} << 20;

// Fault::invalid and Fault::missing name the option and what to write instead.  `option` is not
// infer_word.
Result<columnar::Schema> schema_of_option(const std::string& option,
                                          const std::string& data_directory);

// Fault::invalid, with what to do, when the input has no records that could be rows.
Result<columnar::Schema> schema_of_input(InputFiles& input, serde::KeyCase key_case);

// As --schema takes it: "timestamp timestamp, heart_rate bigint".
std::string columns_text(const columnar::Schema& schema);

}  // namespace sluice::cli
