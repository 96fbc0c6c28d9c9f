// From the files of an include path to tables: where each table begins, which folders are its
// partitions, and what both are called.  Pure.
//
// A folder is a table when its files could be read as one: all at the same depth below it, folders
// of a level all named `key=value` with one key or none of them so, and schemas that merge
// (query/schema_merge.h) and are similar.  Any other folder is taken apart: each folder in it is
// looked at in the same way, each file in it is a table of its own, as Glue's crawlers do.
//
//   include path heart_rate_data/           table heart_rate_data
//   heart_rate_data/2025/07/13/a.parquet    partition_0 = 2025, partition_1 = 07, partition_2 = 13
//   sales/year=2025/month=07/a.parquet      year = 2025, month = 07
//
// One thing differs from Glue: a bucket whose objects all lie in plain folders is no table itself
// (Glue makes it one when the folders' schemas are similar, with the folder as partition_0): each
// of its folders is looked at as if it were the include path.
#pragma once

#include "columnar/type.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

struct CrawledFile {
  std::string key;         // of the object
  std::size_t schema = 0;  // index into the schemas
  std::uint64_t bytes = 0;
  std::int64_t rows = 0;
};

struct FileTotals {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::int64_t rows = 0;
};

struct FoundPartition {
  std::vector<std::string> values;  // of the table's partition keys
  std::string folder;               // key prefix, ends in '/'
  columnar::Schema schema;
  FileTotals totals;
};

struct FoundTable {
  std::string name;    // "heart_rate_data": without the crawler's prefix
  std::string folder;  // key prefix, ends in '/', empty for a whole bucket; or the key of one file
  columnar::Schema schema;
  std::vector<std::string> partition_keys;  // all strings
  std::vector<FoundPartition> partitions;   // by folder; empty without keys
  FileTotals totals;
};

struct LayoutRules {
  bool ignores_similarity = false;  // CombineCompatibleSchemas: merging is enough
  // TableLevelConfiguration: folders of this level are tables; 1 is the bucket.
  std::optional<std::size_t> table_level;
};

struct Layout {
  std::vector<FoundTable> tables;
  std::vector<std::string> notes;  // what an operator should know: why a folder was taken apart
};

// `files` are those below `folder` (empty: the bucket; else it ends in '/'), sorted by key, each
// once.
Layout lay_out(std::string_view bucket,
               std::string_view folder,
               const std::vector<CrawledFile>& files,
               const std::vector<columnar::Schema>& schemas,
               const LayoutRules& rules);

// What Glue makes of a folder's name: lower case, and '_' for every character that is no ASCII
// letter or digit.  "Year=2025" -> "year_2025"
std::string table_name_of(std::string_view folder_name);

}  // namespace sluice::query
