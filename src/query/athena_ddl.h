// Athena's CREATE EXTERNAL TABLE for a table that lies in S3 as it lies here, with partition
// projection instead of a crawler ("Use partition projection with Amazon Athena", "Amazon Data
// Firehose example").
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
#include "query/table_plan.h"

#include <string>
#include <vector>

namespace sluice::query {

struct DdlOptions {
  std::string bucket;            // the real bucket's name; empty: the local one's
  bool injects = false;          // columns that cannot be counted up, too
  int first_year = 2020;         // of the data
  int years = 10;                // how many are projected
  bool is_ahead_of_utc = false;  // the prefix's clock may already show tomorrow
};

struct AthenaDdl {
  std::string sql;                 // one statement, with its ; and a newline
  std::vector<std::string> notes;  // what whoever runs it should know
};

// Fault::invalid for a table that nobody can ask, or that lies nowhere or in several places.
Result<AthenaDdl> athena_ddl(const TablePlan& plan, const DdlOptions& options);

}  // namespace sluice::query
