// What a Parquet file holds, gathered over its row groups, as text and as JSON.
#pragma once

#include "base/result.h"
#include "cli/terminal.h"
#include "json/writer.h"
#include "parquet/file_reader.h"
#include "parquet/verify.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

// A node of the schema, the root left out.
struct NodeSummary {
  std::string name;
  std::size_t depth = 0;   // 0: a column of the table
  std::string type;        // "string"; of a group "struct", "list", "map"
  std::string physical;    // "BYTE_ARRAY"; empty for groups
  std::string repetition;  // "OPTIONAL"
};

// A leaf column over all row groups.
struct ColumnSummary {
  std::string path;  // "a.list.element"
  std::vector<std::string> encodings;
  // Data pages by how their values are encoded; empty where the file does not say.
  std::vector<std::pair<std::string, std::int64_t>> page_encodings;
  std::vector<std::string> codecs;
  std::int64_t values = 0;  // nulls included
  std::optional<std::int64_t> nulls;
  std::optional<std::string>
      min;  // as text; none where the file gives no bounds that can be merged
  std::optional<std::string> max;
  std::int64_t bytes_uncompressed = 0;
  std::int64_t bytes_compressed = 0;
  std::optional<std::int64_t> data_pages;
  std::int64_t dictionary_pages = 0;
  bool has_column_index = false;  // in every row group, as below
  bool has_offset_index = false;
  bool has_bloom_filter = false;
  std::int64_t bloom_filter_bytes = 0;  // where the file says
};

// What the rows of a row group are sorted by, as the file claims.
struct SortingSummary {
  std::string column;  // its path
  bool descending = false;
  bool nulls_first = false;

  friend bool operator==(const SortingSummary&, const SortingSummary&) = default;
};

struct RowGroupSummary {
  std::int64_t rows = 0;
  std::int64_t bytes_uncompressed = 0;
  std::int64_t bytes_compressed = 0;
  std::vector<SortingSummary> sorted_by;
};

struct ParquetSummary {
  std::uint64_t file_bytes = 0;
  std::uint64_t footer_bytes = 0;
  std::int64_t rows = 0;
  std::int32_t version = 0;
  std::string created_by;
  std::vector<NodeSummary> schema;
  std::vector<ColumnSummary> columns;
  std::vector<RowGroupSummary> row_groups;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Reads the page index where page counts stand nowhere else.
Result<ParquetSummary> summarize(const parquet::FileReader& file);

// Tables for a person; `name` is the heading.  All text from the file is made printable.
std::string to_text(const ParquetSummary& summary, const std::string& name, const Paint& paint);

// One object; with the member "verification" if there is one.
void to_json(const ParquetSummary& summary,
             const std::string& name,
             const parquet::Verification* verification,
             json::Writer& out);

}  // namespace sluice::cli
