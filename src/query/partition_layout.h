// How the keys of a table's registered partitions look, and who writes them so.
//
//   partitions   partition_0=2025 partition_1=07 at s3://hr/heart_rate_data/2025/07/, and others
//   layout       root heart_rate_data/, columns partition_0 (segment 1), partition_1 (segment 2)
//   writer       the delivery stream to hr with the prefix heart_rate_data/!{timestamp:yyyy/MM}/;
//                from it the columns have the patterns yyyy and MM
//
// Pure.
#pragma once

#include "delivery/definition.h"
#include "query/partition_columns.h"
#include "query/table_plan.h"

#include <optional>
#include <span>

namespace sluice::query {

struct PartitionLayout {
  KeyLayout keys;  // columns as in the plan, in its order
  // nullptr: no delivery stream makes such keys below the table's location.  Borrowed.
  const delivery::DeliveryStream* writer = nullptr;
  std::optional<int> first_year;  // the least value of the column that is a year
};

// std::nullopt unless the table has registered partitions whose values are the folders right below
// its location, in order.
std::optional<PartitionLayout> layout_of_partitions(
    const TablePlan& plan, std::span<const delivery::DeliveryStream> streams);

}  // namespace sluice::query
