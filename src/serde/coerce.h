// The coercions of the OpenX SerDe: one function for each scalar type a column may have.  What the
// Hive SerDe does otherwise: hive_coerce.h.
//
//   to            string                     number               boolean       object, array
//   text          as it is                   its text             its text      compact JSON
//   boolean       true, false in any case    refused              as it is      refused
//   integers      decimal digits, or 0x hex  whole and in range   refused       refused
//   float, double as Java parses it          nearest              refused       refused
//   decimal       plain or with exponent     half up to the scale refused       refused
//   date          yyyy-M-d                   refused              refused       refused
//   timestamp     two forms, or a number     epoch s or ms        refused       refused
//   binary        base64 with its padding    refused              refused       refused
//
// Where the public code would store something other than what was sent (false for "yes", null for a
// date that is none, a wrapped year) the value is refused, and with it the record: its bytes then
// stand in the error output, where nothing is lost.
//
// JSON null never comes here: it is null in every column.
#pragma once

#include "base/bytes.h"
#include "columnar/type.h"
#include "json/number.h"
#include "json/view.h"
#include "serde/json_text.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sluice::serde {

// The value, or why it was refused, as a sentence for Firehose's error output.
template <class T>
using Coerced = std::expected<T, std::string>;

Coerced<bool> to_boolean(json::View value);

// The message for a refusal.
std::string does_not_match(std::string_view reason);

// Text from a record as messages carry it: cut where it is long, between characters.
std::string cut_for_message(std::string_view text);

// Within the bounds of `kind`: tinyint, smallint, integer or bigint.
Coerced<std::int64_t> to_integer(json::View value, columnar::Kind kind);

// Rounded once, from the text; beyond the range infinite, as in Java.  Strings may also hold NaN,
// Infinity, blanks around and Java's suffixes d and f.
Coerced<float> to_float(json::View value);
Coerced<double> to_double(json::View value);

// Unscaled, below 10^precision.
Coerced<json::Scaled> to_decimal(json::View value, int precision, int scale);

// Days since 1970-01-01.
Coerced<std::int32_t> to_date(json::View value);

// Microseconds since 1970-01-01T00:00:00Z, years 1 to 9999.  Numbers, also in strings: whole ones
// below 10^12 are seconds, from there on milliseconds; others are seconds with a fraction.
Coerced<std::int64_t> to_timestamp(json::View value);

// The decoded bytes, a view of `scratch`.
Coerced<ByteView> to_binary(json::View value, Bytes& scratch);

// A text column's value; never refused.  Objects and arrays are written into `scratch`, replacing
// what it held, and the answer may be a view of it.
ByteView to_text(json::View value, JsonText& writer, std::string& scratch);

// The first `length` characters.
ByteView cut_to_varchar(ByteView text, std::int32_t length);

// The same without blanks at the end: Hive pads when it reads.
ByteView cut_to_char(ByteView text, std::int32_t length);

}  // namespace sluice::serde
