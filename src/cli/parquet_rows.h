// The rows of a Parquet file that this program has written, as JSON.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/type.h"

#include <string>
#include <vector>

namespace sluice::cli {

// One object a row, its members in the order of `schema`, whose columns the file has.  Numbers and
// booleans are themselves; dates, timestamps and decimals the text that `sluice inspect` shows;
// binary is base64; NaN and the infinities are text; keys of maps are text.
Result<std::vector<std::string>> parquet_rows(ByteView file, const columnar::Schema& schema);

}  // namespace sluice::cli
