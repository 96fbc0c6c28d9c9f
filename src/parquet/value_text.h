// Types and values for people: what `inspect` prints.
#pragma once

#include "base/bytes.h"
#include "parquet/metadata.h"

#include <string>

namespace sluice::parquet {

// The type of a schema element by its annotations: "string", "timestamp(micros, UTC)", "int8",
// "decimal(10,2)", "list"; where there are none the physical type in lower case: "int32", "group".
std::string type_text(const SchemaElement& element);

// A PLAIN value (byte arrays without length, as bounds are) of a leaf's type:
//   89   -0.5   true   "run"   2025-07-15   2025-07-15T17:10:33.123456Z   12.34   0x00ff
// Bytes that do not fit the type, and text that is not UTF-8, come in hexadecimal.
std::string value_text(const SchemaElement& element, ByteView value);

}  // namespace sluice::parquet
