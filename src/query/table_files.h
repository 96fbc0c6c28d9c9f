// The objects of a table as files of the local buckets.
//
// Whoever may write into the tree may leave anything there: a copy that is not finished, notes,
// links.  Finding out opens every file, so nobody does until a query has stumbled over one
// (leave_out_damaged); what is left out is named.  Names that begin with a dot or an underscore are
// no data, as Athena has it, and are left out in silence.
#pragma once

#include "base/result.h"
#include "query/table_plan.h"
#include "query/table_views.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

struct SkippedFile {
  std::string bucket;
  std::string key;
  std::string reason;

  friend bool operator==(const SkippedFile&, const SkippedFile&) = default;
};

struct FoundFiles {
  std::vector<TableFile> files;  // by place and key
  std::vector<SkippedFile> skipped;
};

// Walks the places of a plan and opens no file.  A bucket or folder that does not exist has none.
// `buckets` is the folder of the buckets.
Result<FoundFiles> find_files(const std::string& buckets, const TablePlan& plan);

// Reads the footer of every file and moves those that are no whole Parquet files from `files` to
// `skipped`.  Says how many.
std::size_t leave_out_damaged(const std::string& buckets, const TablePlan& plan, FoundFiles& found);

}  // namespace sluice::query
