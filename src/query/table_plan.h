// Where the rows of a table lie, and which columns it has: its definition in the catalog and the
// delivery streams that fill it, put together.
//
//   columns    the table's, then one for each of its partition keys; a table that declares none
//              gets those its delivery stream's prefix implies (query/partition_columns.h), or
//              key=value folders that all its keys have
//   places     registered partitions; else the template of its partition projection; else the
//              prefixes of the delivery streams that convert to it; else its Location
//
// Pure.
#pragma once

#include "catalog/partition.h"
#include "catalog/table.h"
#include "columnar/type.h"
#include "delivery/definition.h"
#include "query/partition_columns.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

struct S3Location {
  std::string bucket;
  std::string key;  // or the beginning of keys

  friend bool operator==(const S3Location&, const S3Location&) = default;
};

// Objects of a table that lie together.
struct TablePlace {
  std::string bucket;
  std::string prefix;                 // how their keys begin
  std::vector<std::string> excluded;  // keys that begin so are a delivery stream's error output
  KeyLayout layout;                   // takes the partition columns' values from a key, unless
  std::vector<std::string> values;    // these are they: a registered partition's

  bool is_registered() const { return !values.empty(); }
};

struct TablePlan {
  std::string database;
  std::string name;
  columnar::Schema schema;                         // what the files hold
  std::vector<columnar::Field> partition_columns;  // what their keys say
  // Of each partition column: the segment of the key where its value stands at every place;
  // std::nullopt where that differs, or where values of registered partitions are not in their
  // keys.
  std::vector<std::optional<PartitionColumn>> segments;
  std::vector<TablePlace> places;
  std::optional<S3Location> location;  // of the whole, where the table says one
  // The table's own partition projection: its parameters projection.*, when that is enabled, and
  // storage.location.template.
  std::map<std::string, std::string> projection;
  std::string problem;  // not empty: why nobody can ask this table anything
};

// `streams` may be any; those that convert to this table count.
TablePlan plan_table(const catalog::Table& table,
                     std::span<const delivery::DeliveryStream> streams,
                     std::span<const catalog::Partition> partitions);

// Gives a plan without partition columns those that key=value folders in its only place imply.
void add_hive_columns(TablePlan& plan, const std::vector<std::string>& keys);

// The value of a partition column (an index into partition_columns) for an object at a place.
std::optional<std::string_view> partition_value(const TablePlan& plan,
                                                const TablePlace& place,
                                                std::size_t column,
                                                std::string_view key);

// "s3://bucket/some/keys"; std::nullopt for anything else.
std::optional<S3Location> parse_s3_location(std::string_view text);

}  // namespace sluice::query
