// What kind of statement Athena's user sent, and the parts of those that the catalog answers
// without the engine.
//
// Offered: queries and EXPLAIN; SHOW DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS, TBLPROPERTIES
// and CREATE TABLE; DESCRIBE; CREATE and DROP DATABASE; DROP TABLE; CREATE EXTERNAL TABLE; ALTER
// TABLE ADD and DROP PARTITION; EXECUTE of a prepared statement.
#pragma once

#include "base/result.h"
#include "query/trino_tokens.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::query {

// Names as they were written, quotes taken off; empty where none was given.
struct TableName {
  std::string database;
  std::string table;
};

struct PartitionSpec {
  std::vector<std::pair<std::string, std::string>> values;  // key and value
  std::string location = {};
};

struct AthenaStatement {
  enum class Kind : std::uint8_t {
    query,
    explain,
    execute,
    show_databases,
    show_tables,
    show_views,
    show_columns,
    show_partitions,
    show_properties,
    show_create_table,
    describe,
    create_database,
    drop_database,
    drop_table,
    create_table,
    add_partitions,
    drop_partitions,
  };

  Kind kind = Kind::query;
  TableName name = {};        // of what it is about; a database alone stands in `database`
  std::string pattern = {};   // SHOW ... 'pattern' or LIKE 'pattern': * is anything, | separates
  bool is_lenient = false;    // IF EXISTS, IF NOT EXISTS
  bool is_recursive = false;  // CASCADE
  std::string location = {};
  std::string comment = {};
  std::string table_input = {};  // create_table: Glue's TableInput as JSON
  std::vector<PartitionSpec> partitions = {};
  std::vector<std::string> parameters =
      {};  // EXECUTE name USING these; the name stands in name.table

  // "DML", "DDL" or "UTILITY", as GetQueryExecution tells it.
  std::string_view statement_type() const;

  // Queries and EXPLAIN go to the engine; the rest needs the catalog only.
  bool needs_engine() const { return kind == Kind::query || kind == Kind::explain; }
};

// Fault::unsupported, saying what to do instead, for statements that Athena has and this has not;
// Fault::invalid with the place for those that are wrong.  Queries are not looked into.
Result<AthenaStatement> read_athena_statement(std::string_view sql);

}  // namespace sluice::query
