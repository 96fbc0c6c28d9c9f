// What a crawl found, in the words of the catalog: TableInput and PartitionInput with the formats,
// the serializer and the parameters that Glue's crawlers write for Parquet.
#pragma once

#include "catalog/partition.h"
#include "catalog/table.h"
#include "columnar/type.h"
#include "query/crawl_layout.h"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

inline constexpr std::string_view updated_by_parameter = "UPDATED_BY_CRAWLER";
inline constexpr std::string_view deprecated_by_parameter = "DEPRECATED_BY_CRAWLER";

// "s3://bucket/folder/"
std::string location_of(std::string_view bucket, std::string_view folder);

// Whether two locations name one folder: the last '/' may lack, and s3a:// and s3n:// are s3://.
bool is_same_location(std::string_view left, std::string_view right);

// The columns of a schema, comments taken from those of the same name in `before`.
std::vector<catalog::Column> columns_of(const columnar::Schema& schema,
                                        const std::vector<catalog::Column>& before);

// Whether two lists have the same names and types, however those are spelt.
bool are_same_columns(const std::vector<catalog::Column>& left,
                      const std::vector<catalog::Column>& right);

// The table as the crawler leaves it.  What `before` (nullptr: a new table) says besides, such as
// its description and other parameters, stays.
catalog::Table crawled_table(std::string_view crawler,
                             std::string name,
                             std::string_view bucket,
                             const FoundTable& found,
                             const std::vector<catalog::Column>& columns,
                             const catalog::Table* before);

catalog::Partition crawled_partition(std::string_view crawler,
                                     std::string_view bucket,
                                     const FoundPartition& found,
                                     const std::vector<catalog::Column>& columns);

// `table` with one parameter set (or, by an empty value, taken away).
catalog::Table with_parameter(const catalog::Table& table,
                              std::string_view name,
                              const std::string& value);

}  // namespace sluice::query
