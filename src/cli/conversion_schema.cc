// The columns that --schema means.
#include "cli/conversion_schema.h"

#include "base/file_system.h"
#include "catalog/table.h"
#include "cli/data_directory.h"
#include "cli/quantity.h"

#include <fmt/format.h>

#include <string_view>

namespace sluice::cli {
namespace {

constexpr std::string_view table_prefix = "table:";

Result<columnar::Schema> schema_of_columns(const std::string& text, const std::string& where) {
  auto schema = columnar::parse_columns(text);
  if (!schema) {
    return fail(Fault::invalid,
                fmt::format("cannot read {}: {}; write it as 'timestamp string, heart_rate int'",
                            where,
                            schema.error().message()));
  }
  return schema;
}

Result<columnar::Schema> schema_of_file(const std::string& path) {
  auto text = read_file(*make_posix_file_system(), path);
  if (!text) {
    return std::unexpected(std::move(text).error().within("--schema"));
  }
  return schema_of_columns(*text, printable(path));
}

Result<columnar::Schema> schema_of_table(const std::string& name,
                                         const std::string& data_directory) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) {
    return fail(Fault::invalid,
                fmt::format("cannot read --schema: '{}' is no table; write it as "
                            "table:DATABASE.TABLE",
                            printable(name)));
  }
  SLUICE_TRY(directory, DataDirectory::open(data_directory));
  SLUICE_TRY(table, directory->catalog().table(name.substr(0, dot), name.substr(dot + 1)));
  return catalog::record_schema(table);
}

}  // namespace

Result<columnar::Schema> schema_of_option(const std::string& option,
                                          const std::string& data_directory) {
  if (option.starts_with('@')) {
    return schema_of_file(option.substr(1));
  }
  if (option.starts_with(table_prefix)) {
    return schema_of_table(option.substr(table_prefix.size()), data_directory);
  }
  return schema_of_columns(option, "--schema");
}

}  // namespace sluice::cli
