// Names of the catalog's things in the store.
#include "catalog/keys.h"

#include "store/definitions.h"

#include <fmt/format.h>

namespace sluice::catalog {

std::string table_key(std::string_view database, std::string_view table) {
  return fmt::format("{}{}{}", database, key_separator, table);
}

std::string version_prefix(std::string_view database, std::string_view table) {
  return fmt::format("{}{}{}{}", database, key_separator, table, key_separator);
}

std::string version_key(std::string_view database, std::string_view table, std::uint64_t version) {
  return fmt::format("{}{}", version_prefix(database, table), version);
}

std::string partitions_kind(std::string_view database, std::string_view table) {
  return fmt::format("{}{}{}", store::kind_partitions, key_separator, table_key(database, table));
}

std::unexpected<Error> no_table(std::string_view database, std::string_view table) {
  return fail(Fault::missing, fmt::format("Table {} not found in database {}.", table, database));
}

}  // namespace sluice::catalog
