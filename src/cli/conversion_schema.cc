// The columns that --schema means.
#include "cli/conversion_schema.h"

#include "base/file_system.h"
#include "catalog/table.h"
#include "cli/data_directory.h"
#include "cli/quantity.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

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

Result<columnar::Schema> schema_of_input(InputFiles& input, serde::KeyCase key_case) {
  SLUICE_TRY(text, input.sample(inferred_bytes_max));
  std::vector<ByteView> records;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    records.push_back(ByteView(text).substr(at, end - at));
    at = end + 1;
  }
  auto schema = serde::infer_schema(records, key_case);
  if (!schema) {
    return fail(schema.error().fault(),
                fmt::format("cannot tell the columns from {}: {}; name them with --schema",
                            printable(input.name(0)),
                            schema.error().message()));
  }
  return schema;
}

std::string columns_text(const columnar::Schema& schema) {
  constexpr std::string_view opening = "struct<";
  std::string text;
  for (const columnar::Field& column : schema.columns) {
    // A struct of it alone, "struct<name:type>", has the name in the quotes that it needs.
    columnar::Type alone;
    alone.kind = columnar::Kind::structure;
    alone.children.push_back(column);
    const std::string within = columnar::to_string(alone);
    const std::string type = columnar::to_string(column.type);
    const std::size_t name_bytes = within.size() - opening.size() - type.size() - 2;
    text += fmt::format("{}{} {}",
                        text.empty() ? "" : ", ",
                        std::string_view(within).substr(opening.size(), name_bytes),
                        type);
  }
  return text;
}

}  // namespace sluice::cli
