// A table and a database as Glue describes them: parsed from API members, kept as JSON, written
// back.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "columnar/type.h"
#include "json/view.h"
#include "json/writer.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t type_bytes_max = 131'072;

// Names of databases and tables as the catalog keeps them: lower case (ASCII), 1 to 255 bytes of
// UTF-8 without control characters.  `what` ("table name") is for the message.
Result<std::string> fold_name(std::string_view name, std::string_view what);

// A column as it was declared.  Any type text is kept, as Glue does; whether it means something
// shows when a schema is made of it.
struct Column {
  std::string name;
  std::string type;
  std::string comment;

  friend bool operator==(const Column&, const Column&) = default;
};

struct Table {
  std::string database;
  std::string name;
  std::uint64_t version = 0;  // VersionId: 0 for a new table, one more with every update
  UnixMillis created{};
  UnixMillis updated{};
  std::vector<Column> columns;         // StorageDescriptor.Columns: what the records hold
  std::vector<Column> partition_keys;  // in the path of the files, not in the files
  std::map<std::string, std::string> parameters;
  std::string location;  // StorageDescriptor.Location, empty when not given
  std::string input;     // TableInput as compact JSON: known members only, the name folded
};

struct Database {
  std::string name;
  UnixMillis created{};
  std::string description;
  std::string location;  // LocationUri
  std::map<std::string, std::string> parameters;
};

// Reads a TableInput.  Fault::invalid, naming the member, when it is missing or of the wrong kind.
// Database, version and times are the caller's to fill in.
Result<Table> parse_table_input(json::View input);

// Reads a DatabaseInput.  Fault::invalid likewise.
Result<Database> parse_database_input(json::View input);

// The columns as types.  Fault::invalid, naming table and column, for a type that is none of
// Hive's, for two columns of one name, and for a table without columns.
Result<columnar::Schema> record_schema(const Table& table);

// Writes the Table member of GetTable's answer: the input's members and what the catalog adds.
void write_table(json::Writer& out, const Table& table, std::string_view catalog_id);

// Writes the Database member of GetDatabase's answer.
void write_database(json::Writer& out, const Database& database, std::string_view catalog_id);

// The stored forms: versioned JSON.
std::string encode(const Table& table);
Result<Table> decode_table(std::string_view text);
std::string encode(const Database& database);
Result<Database> decode_database(std::string_view text);

}  // namespace sluice::catalog
