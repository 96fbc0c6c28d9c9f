// Athena's CREATE EXTERNAL TABLE for a table that lies in S3 as it lies here, wherever that can be
// had with partition projection instead of a crawler ("Use partition projection with Amazon
// Athena", "Amazon Data Firehose example").
//
//   the table's keys                                      how Athena comes to know its partitions
//   made by a delivery stream's prefix                    projected, as below
//   the table has a partition projection of its own       projected, as it says
//   key=value folders                                     MSCK REPAIR TABLE
//   registered partitions in other folders                ALTER TABLE ADD PARTITION
//
// A folder of the key becomes a partition column as long as its values can be counted up: numbers
// (year, month, day, hour) as `integer`, dates as `date` up to NOW.  The first that cannot (a time
// of day to the second) ends the template: Athena reads everything beneath it.  On request it
// becomes an `injected` column, whose value every query must then name.
//
// Pure.
#pragma once

#include "base/result.h"
#include "delivery/zone.h"
#include "query/partition_columns.h"
#include "query/table_plan.h"

#include <optional>
#include <string>
#include <vector>

namespace sluice::query {

struct DdlOptions {
  std::string bucket;            // the real bucket's name; empty: the local one's
  bool injects = false;          // columns that cannot be counted up, too
  int first_year = 2020;         // of the data
  int years = 10;                // how many are projected
  bool is_ahead_of_utc = false;  // the prefix's clock may already show tomorrow
  // Of registered partitions, where it is known (query/partition_layout.h).
  std::optional<KeyLayout> registered = {};
};

// What one statement of ALTER TABLE ADD PARTITION names at most.
inline constexpr std::size_t partitions_of_statement_max = 100;

struct AthenaDdl {
  std::string sql;                 // one statement, with its ; and a newline
  std::vector<std::string> notes;  // what whoever runs it should know
};

// Fault::invalid for a table that nobody can ask, or that lies nowhere or in several places.
Result<AthenaDdl> athena_ddl(const TablePlan& plan, const DdlOptions& options);

// The statements that add the registered partitions to a table so made, each with its ; and a
// newline.  Fault::invalid when the table has none.
Result<std::string> athena_partitions(const TablePlan& plan, const DdlOptions& options);

}  // namespace sluice::query
