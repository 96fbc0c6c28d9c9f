// DuckDB's errors in the form it gives with errors_as_json, as failures a user can act upon.
//
//   {"exception_type":"Binder","exception_message":"Referenced column \"heart_rat\" not found in
//    FROM clause!\nCandidate bindings:
//    \"heart_rate\"","position":"7","candidates":"heart_rate",...}
//   -> Fault::invalid, offset 7, "column "heart_rat" does not exist; did you mean "heart_rate"?"
//
// Pure.  Any text may come in: what is no such JSON is taken as a message.
#pragma once

#include "query/worker_protocol.h"

#include <span>
#include <string>
#include <string_view>

namespace sluice::query {

// `is_users_text` is false when the statement that failed is one made around the user's, so that
// its positions mean nothing.
FailedMessage read_engine_error(std::string_view error, bool is_users_text);

// "; did you mean "heart_rate"?" when some of `candidates` are near to `name`, else nothing.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

// Where a byte of a text is.  Past the end: behind the last.
TextPosition position_of(std::string_view text, std::uint64_t offset);

}  // namespace sluice::query
