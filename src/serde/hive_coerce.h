// The coercions of the Hive JSON SerDe, where they are not OpenX's (coerce.h).
//
//   to            string                 number                         boolean   object, array
//   text          as it is               its text                       its text  refused
//   boolean       as OpenX               refused                        as it is  refused
//   integers      refused                cut towards zero, in range     refused   refused
//   float, double refused                nearest                        refused   refused
//   decimal       refused                half up to the scale           refused   refused
//   date          as OpenX               refused                        refused   refused
//   timestamp     the patterns in order, then yyyy-M-d H:m:s[.f]        refused   refused
//   binary        no column of this type is possible
//
// A pattern "millis" takes numbers as well.  Messages are those of Hive and of its JSON parser.
#pragma once

#include "columnar/type.h"
#include "json/view.h"
#include "serde/coerce.h"
#include "serde/joda_pattern.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::serde {

inline constexpr std::string_view hive_has_no_binary = "JsonSerDe does not support BINARY type";
inline constexpr std::string_view hive_start_of_array =
    "java.io.IOException: Start of Array expected";
inline constexpr std::string_view hive_start_of_object =
    "java.io.IOException: Start of Object expected";

// The whole message: this one does not begin as the others do.
inline constexpr std::string_view hive_nested_into_text =
    "One or more fields have incorrect format. Exception when validating field (root)";

Coerced<std::int64_t> hive_to_integer(json::View value, columnar::Kind kind);
Coerced<float> hive_to_float(json::View value);
Coerced<double> hive_to_double(json::View value);
Coerced<json::Scaled> hive_to_decimal(json::View value, int precision, int scale);

// Microseconds since 1970-01-01T00:00:00Z, years 1 to 9999.
Coerced<std::int64_t> hive_to_timestamp(json::View value, std::span<const JodaPattern> patterns);

}  // namespace sluice::serde
