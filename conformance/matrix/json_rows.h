// Rows as the records that a converter is given: lines of JSON, by the coercions of serde/coerce.h.
//
// Null members are null or missing in turn, timestamps have a T or a blank; binary is base64, what
// JSON has no number for ("NaN", "-Infinity") a string, and so are the keys of maps.
#pragma once

#include "columnar/type.h"
#include "matrix/cells.h"

#include <string>
#include <vector>

namespace sluice::matrix {

// Makes of `row` what comes out of a conversion: char without blanks at the end, and no two keys
// that become the same.
void settle(const columnar::Schema& schema, std::vector<Cell>& row);

// Appends the line.
void append_json_row(const columnar::Schema& schema,
                     const std::vector<Cell>& row,
                     std::string& out);

}  // namespace sluice::matrix
