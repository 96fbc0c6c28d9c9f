// How a delivery stream of the configuration file converts its records: input_format,
// output_format and table, and in [delivery_stream.conversion], each line of which may be left out:
//
//   case_insensitive      false: keys of JSON are taken as they are written (openx-json)
//   dots_to_underscores   true: the key "a.b" is the column a_b (openx-json)
//   column_keys           a table: the key of each column that is called otherwise (openx-json)
//   timestamp_formats     Joda's patterns, or "millis" (hive-json)
//   parquet_compression   "SNAPPY", "GZIP" or "UNCOMPRESSED"
//   parquet_version       1 or 2
//   parquet_page_kb       64 or more
//   parquet_row_group_mb  64 or more
//   parquet_dictionary    true or false
#pragma once

#include "base/result.h"
#include "delivery/definition.h"
#include "server/config_reader.h"

#include <optional>

namespace sluice::server {

// The conversion of a delivery stream, std::nullopt where its records stay as they are.
// `reference` has what does not depend on the table.
Result<std::optional<delivery::Conversion>> read_conversion(const ConfigReader& reader,
                                                            const toml::table& delivery_stream,
                                                            delivery::SchemaReference reference);

}  // namespace sluice::server
