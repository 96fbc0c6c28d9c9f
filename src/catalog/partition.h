// A partition of a table as Glue describes it: the values of the table's partition keys, and where
// its files are.
#pragma once

#include "base/clock.h"
#include "catalog/table.h"

#include <map>
#include <string>
#include <vector>

namespace sluice::catalog {

struct Partition {
  std::vector<std::string> values;  // one for each of the table's partition keys, in their order
  UnixMillis created{};
  std::vector<Column> columns;  // StorageDescriptor.Columns; empty: the table's
  std::map<std::string, std::string> parameters;
  std::string location;  // StorageDescriptor.Location: "s3://bucket/folder/", empty when not given
  std::string input;     // PartitionInput as compact JSON: known members only
};

}  // namespace sluice::catalog
