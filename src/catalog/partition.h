// A partition of a table as Glue describes it: the values of the table's partition keys, and where
// its files are.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/table.h"
#include "json/view.h"
#include "json/writer.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

inline constexpr std::size_t partition_value_bytes_max = 1024;

struct Partition {
  std::vector<std::string> values;  // one for each of the table's partition keys, in their order
  UnixMillis created{};
  std::vector<Column> columns;  // StorageDescriptor.Columns; empty: the table's
  std::map<std::string, std::string> parameters;
  std::string location;  // StorageDescriptor.Location: "s3://bucket/folder/", empty when not given
  std::string input;     // PartitionInput as compact JSON: known members only
};

// Reads a PartitionInput.  Fault::invalid, naming the member.  `created` is the caller's to fill
// in.
Result<Partition> parse_partition_input(json::View input);

// Reads a list of partition values.  Fault::invalid for one that is no string, too long, or holds
// control characters (which we use to tell values from each other in the store).
Result<std::vector<std::string>> read_partition_values(json::View list);

// Writes the Partition member of GetPartition's answer, on demand without its columns.
void write_partition(json::Writer& out,
                     const Partition& partition,
                     const Table& table,
                     std::string_view catalog_id,
                     bool excludes_columns = false);

// The key in the store: the values side by side, so that keys sort as lists of values do.
std::string partition_key(std::span<const std::string> values);
std::vector<std::string> partition_values(std::string_view key);

// The stored form: versioned JSON.
std::string encode(const Partition& partition);
Result<Partition> decode_partition(std::string_view text);

}  // namespace sluice::catalog
