// Reads the members of Glue's inputs (TableInput, PartitionInput, DatabaseInput) with errors that
// name them, and opens what is stored.
#pragma once

#include "base/result.h"
#include "catalog/table.h"
#include "json/document.h"
#include "json/view.h"
#include "json/writer.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

// The version of the stored forms.
inline constexpr std::int64_t stored_format_version = 1;

// Fault::invalid: "MEMBER must be EXPECTED".
std::unexpected<Error> wrong_kind(std::string_view member, std::string_view expected);

// Empty when it is missing.
Result<std::string> read_string(json::View object, std::string_view member);

// The member Parameters; empty when it is missing.
Result<std::map<std::string, std::string>> read_parameters(json::View object);

// A list of columns; empty when it is missing.
Result<std::vector<Column>> read_columns(json::View object, std::string_view member);

// What the catalog itself needs of the member StorageDescriptor.
struct Storage {
  std::vector<Column> columns;
  std::string location;
};

Result<Storage> read_storage(json::View object);

// Writes the members of `input` that are in `known` and not null.
void write_known(json::Writer& out, json::View input, std::span<const std::string_view> known);

// Writes the member Parameters.
void write_parameters(json::Writer& out, const std::map<std::string, std::string>& parameters);

// Fault::corrupt: a stored definition of that kind lacks something.
std::unexpected<Error> broken_definition(std::string_view kind);

// The root of a stored definition, once its format is known to be readable.
Result<json::View> stored_root(const json::Document& document, std::string_view kind);

}  // namespace sluice::catalog
