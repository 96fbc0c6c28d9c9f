// The tables of the store and the steps that lead from one version of them to the next.
//
// Layout and meaning: docs/formats/store.md.  A released step is never edited; changes are new
// steps.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::store {

// Stands in the SQLite header (PRAGMA application_id): "Slce".
inline constexpr std::int32_t application_id = 0x536c6365;

// Step i brings version i to version i + 1; each may be several SQL statements.
std::span<const std::string_view> schema_steps();

// The version this program writes (PRAGMA user_version).
std::int32_t schema_version();

}  // namespace sluice::store
