// What a Parquet file holds, gathered over its row groups.
#include "cli/parquet_summary.h"

#include "base/check.h"
#include "parquet/bounds.h"
#include "parquet/value_text.h"

#include <algorithm>

namespace sluice::cli {
namespace {

using parquet::ColumnChunk;
using parquet::Order;
using parquet::PhysicalType;
using parquet::SchemaElement;

std::size_t fixed_bytes(const SchemaElement& element) {
  switch (element.type.value_or(PhysicalType::byte_array)) {
    case PhysicalType::boolean:
      return 1;
    case PhysicalType::int32:
    case PhysicalType::float32:
      return 4;
    case PhysicalType::int64:
    case PhysicalType::float64:
      return 8;
    case PhysicalType::int96:
      return 12;
    case PhysicalType::fixed_len_byte_array:
      return static_cast<std::size_t>(std::max(0, element.type_length.value_or(0)));
    case PhysicalType::byte_array:
      return 0;
  }
  return 0;
}

// Gathers the bounds of one column; gives up where a chunk with values has none.
class BoundsGatherer {
 public:
  explicit BoundsGatherer(const SchemaElement& element)
      : element_(element), order_(parquet::order_of(element)) {}

  void add(const ColumnChunk& chunk, std::size_t chunks) {
    const auto& statistics = chunk.meta_data.statistics;
    const bool is_all_null = statistics && statistics->null_count == chunk.meta_data.num_values;
    if (is_all_null) {
      return;
    }
    const bool has_bounds = statistics && statistics->min_value && statistics->max_value &&
                            fits(*statistics->min_value) && fits(*statistics->max_value);
    is_known_ = is_known_ && has_bounds && (chunks == 1 || order_ != Order::none);
    if (!is_known_) {
      return;
    }
    take(*statistics->min_value, min_, -1);
    take(*statistics->max_value, max_, 1);
  }

  std::optional<std::string> min() const { return text(min_); }

  std::optional<std::string> max() const { return text(max_); }

 private:
  bool fits(const Bytes& value) const {
    const std::size_t bytes = fixed_bytes(element_);
    return bytes == 0 || value.size() == bytes;
  }

  void take(const Bytes& value, std::optional<Bytes>& best, int wanted_sign) const {
    if (!best || parquet::compare(order_, value, *best) * wanted_sign > 0) {
      best = value;
    }
  }

  std::optional<std::string> text(const std::optional<Bytes>& value) const {
    if (!is_known_ || !value) {
      return std::nullopt;
    }
    return parquet::value_text(element_, *value);
  }

  const SchemaElement& element_;
  Order order_;
  bool is_known_ = true;
  std::optional<Bytes> min_;
  std::optional<Bytes> max_;
};

void add_unique(std::vector<std::string>& list, std::string word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) {
    list.push_back(std::move(word));
  }
}

bool is_data(const parquet::PageEncodingStats& stats) {
  return stats.page_type == parquet::PageType::data ||
         stats.page_type == parquet::PageType::data_v2;
}

// Counts the data pages of a chunk by their encoding.
void add_pages(const parquet::ColumnMetaData& chunk, ColumnSummary& column) {
  for (const parquet::PageEncodingStats& stats : chunk.encoding_stats) {
    if (!is_data(stats)) {
      continue;
    }
    const std::string name = parquet::to_string(stats.encoding);
    const auto known = std::find_if(column.page_encodings.begin(),
                                    column.page_encodings.end(),
                                    [&](const auto& each) { return each.first == name; });
    if (known == column.page_encodings.end()) {
      column.page_encodings.emplace_back(name, stats.count);
    } else {
      known->second += stats.count;
    }
  }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    out += out.empty() ? part : "." + part;
  }
  return out;
}

// Data pages of one chunk, from the first of its sources that says it.
Result<std::optional<std::int64_t>> count_data_pages(const parquet::FileReader& file,
                                                     std::size_t group,
                                                     std::size_t leaf,
                                                     const ColumnChunk& chunk) {
  std::int64_t pages = 0;
  for (const parquet::PageEncodingStats& stats : chunk.meta_data.encoding_stats) {
    pages += is_data(stats) ? stats.count : 0;
  }
  if (!chunk.meta_data.encoding_stats.empty()) {
    return pages;
  }
  SLUICE_TRY(index, file.read_offset_index(group, leaf));
  if (!index) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(index->page_locations.size());
}

void add_chunk(const ColumnChunk& chunk, ColumnSummary& column) {
  const parquet::ColumnMetaData& data = chunk.meta_data;
  for (const parquet::Encoding encoding : data.encodings) {
    add_unique(column.encodings, parquet::to_string(encoding));
  }
  add_pages(data, column);
  add_unique(column.codecs, parquet::to_string(data.codec));
  column.values += data.num_values;
  const bool has_nulls = data.statistics && data.statistics->null_count;
  if (has_nulls && column.nulls) {
    *column.nulls += *data.statistics->null_count;
  } else {
    column.nulls.reset();
  }
  column.bytes_uncompressed += data.total_uncompressed_size;
  column.bytes_compressed += data.total_compressed_size;
  column.dictionary_pages += data.dictionary_page_offset.value_or(0) > 0 ? 1 : 0;
  column.has_column_index = column.has_column_index && chunk.column_index_offset.has_value();
  column.has_offset_index = column.has_offset_index && chunk.offset_index_offset.has_value();
  column.has_bloom_filter = column.has_bloom_filter && data.bloom_filter_offset.has_value();
  column.bloom_filter_bytes += data.bloom_filter_length.value_or(0);
}

Result<ColumnSummary> summarize_column(const parquet::FileReader& file, std::size_t leaf) {
  const parquet::SchemaLeaf& place = file.schema().leaves[leaf];
  const std::vector<parquet::RowGroup>& groups = file.metadata().row_groups;
  ColumnSummary column;
  column.path = joined(place.path);
  column.nulls = 0;
  column.data_pages = 0;
  column.has_column_index = column.has_offset_index = column.has_bloom_filter = !groups.empty();
  BoundsGatherer bounds(file.schema().elements[place.element]);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    SLUICE_CHECK(leaf < groups[group].columns.size());
    const ColumnChunk& chunk = groups[group].columns[leaf];
    add_chunk(chunk, column);
    bounds.add(chunk, groups.size());
    SLUICE_TRY(pages, count_data_pages(file, group, leaf, chunk));
    if (pages && column.data_pages) {
      *column.data_pages += *pages;
    } else {
      column.data_pages.reset();
    }
  }
  column.min = bounds.min();
  column.max = bounds.max();
  return column;
}

std::vector<NodeSummary> summarize_schema(const parquet::SchemaTree& tree) {
  std::vector<NodeSummary> nodes;
  for (std::size_t index = 1; index < tree.elements.size(); ++index) {
    const SchemaElement& element = tree.elements[index];
    NodeSummary node;
    node.name = element.name;
    node.depth = static_cast<std::size_t>(tree.depths[index]) - 1;
    node.type = parquet::type_text(element);
    node.physical = element.type ? parquet::to_string(*element.type) : "";
    node.repetition = element.repetition ? parquet::to_string(*element.repetition) : "";
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::vector<SortingSummary> summarize_order(const parquet::SchemaTree& tree,
                                            const parquet::RowGroup& group) {
  std::vector<SortingSummary> order;
  for (const parquet::SortingColumn& column : group.sorting_columns) {
    const bool is_known =
        column.column_idx >= 0 && static_cast<std::size_t>(column.column_idx) < tree.leaves.size();
    order.push_back(
        {.column = is_known ? joined(tree.leaves[static_cast<std::size_t>(column.column_idx)].path)
                            : "column " + std::to_string(column.column_idx),
         .descending = column.descending,
         .nulls_first = column.nulls_first});
  }
  return order;
}

}  // namespace

Result<ParquetSummary> summarize(const parquet::FileReader& file) {
  const parquet::FileMetaData& metadata = file.metadata();
  ParquetSummary summary;
  summary.file_bytes = file.file_bytes();
  summary.footer_bytes = file.footer_bytes();
  summary.rows = metadata.num_rows;
  summary.version = metadata.version;
  summary.created_by = metadata.created_by.value_or("");
  summary.schema = summarize_schema(file.schema());
  for (std::size_t leaf = 0; leaf < file.schema().leaves.size(); ++leaf) {
    SLUICE_TRY(column, summarize_column(file, leaf));
    summary.columns.push_back(std::move(column));
  }
  for (const parquet::RowGroup& group : metadata.row_groups) {
    RowGroupSummary row_group;
    row_group.rows = group.num_rows;
    for (const ColumnChunk& chunk : group.columns) {
      row_group.bytes_uncompressed += chunk.meta_data.total_uncompressed_size;
      row_group.bytes_compressed += chunk.meta_data.total_compressed_size;
    }
    row_group.sorted_by = summarize_order(file.schema(), group);
    summary.row_groups.push_back(std::move(row_group));
  }
  for (const parquet::KeyValue& pair : metadata.key_value_metadata) {
    summary.metadata.emplace_back(pair.key, pair.value.value_or(""));
  }
  return summary;
}

}  // namespace sluice::cli
