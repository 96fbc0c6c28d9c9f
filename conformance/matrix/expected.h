// A row in the one text form that all readers are brought to: a line of JSON, an array of columns.
//
//   null                      null
//   boolean                   "true" "false"
//   integers                  "-12"
//   decimal                   "-1234", unscaled
//   float, double             the bits in hexadecimal, "3ff0000000000000"; "NaN" whatever its bits
//   date                      "20284", days from 1970-01-01
//   timestamp                 "1752599433123456", in the unit of the file
//   string, char, varchar     the text
//   binary                    its bytes in hexadecimal
//   array                     [element, ...]
//   map                       [[key, value], ...] in the order written
//   struct                    [field, ...] in the order of the type
#pragma once

#include "base/bytes.h"
#include "columnar/type.h"
#include "matrix/cells.h"
#include "parquet/physical.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::matrix {

std::string integer_text(Int128 number);
std::string float_text(std::uint32_t bits);
std::string double_text(std::uint64_t bits);
std::string hexadecimal(ByteView bytes);

// Appends `text` as a JSON string.
void append_json(std::string_view text, std::string& out);

// Appends the line.
void append_expected(const columnar::Schema& schema,
                     const std::vector<Cell>& row,
                     parquet::TimestampUnit unit,
                     std::string& out);

}  // namespace sluice::matrix
