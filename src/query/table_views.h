// Plans and the files found for them, as the statements that make a table of each.
//
//   SET VARIABLE sluice_files_0=['/data/buckets/b/heart_rate_data/2025/07/13/part-1.parquet',...]
//   CREATE VIEW "hr_data"."heart_rate" AS SELECT "timestamp", "heart_rate",
//     MAP(['2025'],TRY_CAST(['2025'] AS INTEGER[]))[split_part(filename,'/',5)] AS "year", ...
//   FROM read_parquet(getvariable('sluice_files_0'), filename=true, schema=MAP{...})
//
// Two things matter here.  The schema is given, so that making a view opens no file, files of older
// versions of the table lack a column in peace, and types are the table's.  And a partition column
// is an expression of the file's name alone that cannot fail (a lookup, not a cast), which is what
// DuckDB asks for to leave out files while it plans.
//
// Pure.
#pragma once

#include "columnar/type.h"
#include "query/table_plan.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// An object of a table.
struct TableFile {
  std::size_t place = 0;  // of the plan
  std::string key;
};

// Its path: "/data/buckets/bucket/key".  `buckets` is absolute, without a slash at the end.
std::string path_of(std::string_view buckets, const TablePlan& plan, const TableFile& file);

// The statements for one table.  `number` is one of its own among the tables of a script.  A plan
// with a problem makes none.
std::vector<std::string> view_statements(const TablePlan& plan,
                                         std::string_view buckets,
                                         std::span<const TableFile> files,
                                         std::size_t number);

// DuckDB's name for a type: array<struct<a:int>> -> STRUCT("a" INTEGER)[]
std::string duckdb_type(const columnar::Type& type);

// Whether a statement may read the table: false only when it certainly does not.  Names are looked
// for as text; whoever puts names together while the query runs may read anything.
bool may_read(std::string_view sql, std::string_view table);

}  // namespace sluice::query
