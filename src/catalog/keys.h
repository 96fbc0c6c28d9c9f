// How tables, their versions and their partitions are named in the store.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::catalog {

// Stands between the parts of a key; names and partition values hold no control characters.
inline constexpr char key_separator = '\x1f';

std::string table_key(std::string_view database, std::string_view table);

// All versions of a table begin with the empty-version form, "database/table/".
std::string version_prefix(std::string_view database, std::string_view table);
std::string version_key(std::string_view database, std::string_view table, std::uint64_t version);

// The kind (store/definitions.h) of a table's partitions.
std::string partitions_kind(std::string_view database, std::string_view table);

// Fault::missing: "Table T not found in database D."
std::unexpected<Error> no_table(std::string_view database, std::string_view table);

}  // namespace sluice::catalog
