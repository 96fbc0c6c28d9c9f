// The summary of a Parquet file for people and for programs.
#include "cli/parquet_summary.h"
#include "cli/quantity.h"
#include "cli/table.h"
#include "cli/verification_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace sluice::cli {
namespace {

constexpr std::size_t name_columns_max = 28;
constexpr std::size_t bound_columns_max = 28;  // a quoted time with its fraction
constexpr std::size_t bound_columns_min = 12;
constexpr std::size_t line_columns = 80;
constexpr std::size_t metadata_columns_max = 50;
constexpr std::size_t row_groups_shown_max = 8;
constexpr std::size_t indent = 2;
constexpr std::string_view unknown = "–";

// Numbers in a footer may be anything.
std::uint64_t natural(std::int64_t value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value));
}

std::string size_text(std::int64_t bytes) {
  return human_bytes(natural(bytes));
}

// How many times smaller compression made it.
std::string ratio_text(std::int64_t before, std::int64_t after) {
  if (before <= 0 || after <= 0) {
    return std::string(unknown);
  }
  return fmt::format("{:.2f}x", static_cast<double>(before) / static_cast<double>(after));
}

std::string count_text(const std::optional<std::int64_t>& count) {
  return count ? human_count(natural(*count)) : std::string(unknown);
}

std::string bound_text(const std::optional<std::string>& bound, std::size_t columns_max) {
  return bound ? shorten(printable(*bound), columns_max) : std::string(unknown);
}

std::string name_text(const std::string& name) {
  return shorten(printable(name), name_columns_max);
}

// How values are encoded: of which pages, where the file says so, else all that the column names
// but its levels.
//   "RLE_DICTIONARY"   "RLE_DICTIONARY+PLAIN" after a dictionary that grew too large
std::string encodings_text(const ColumnSummary& column) {
  std::string out;
  for (const auto& [encoding, pages] : column.page_encodings) {
    out += out.empty() ? encoding : "+" + encoding;
  }
  for (const std::string& encoding : column.encodings) {
    const bool is_of_levels = encoding == "RLE" && column.encodings.size() > 1;
    if (column.page_encodings.empty() && !is_of_levels) {
      out += out.empty() ? encoding : "+" + encoding;
    }
  }
  return out.empty() ? std::string(unknown) : out;
}

std::string list_text(const std::vector<std::string>& words) {
  return words.empty() ? std::string(unknown) : fmt::format("{}", fmt::join(words, "+"));
}

std::string pages_text(const ColumnSummary& column) {
  std::string out = count_text(column.data_pages);
  if (column.dictionary_pages > 0) {
    out += fmt::format("+{}", column.dictionary_pages);
  }
  return out;
}

std::string index_text(const ColumnSummary& column) {
  std::string out;
  if (column.has_column_index && column.has_offset_index) {
    out = "page index";
  } else if (column.has_offset_index) {
    out = "offsets";
  }
  if (column.has_bloom_filter) {
    out += out.empty() ? "bloom" : ", bloom";
  }
  return out.empty() ? std::string(unknown) : out;
}

// "timestamp, user desc nulls first"
std::string order_text(const std::vector<SortingSummary>& order) {
  std::string out;
  for (const SortingSummary& each : order) {
    out += (out.empty() ? "" : ", ") + name_text(each.column);
    out += each.descending ? " desc" : "";
    out += each.nulls_first ? " nulls first" : "";
  }
  return out;
}

// Where all row groups claim the same order.
std::string sorted_text(const ParquetSummary& summary) {
  if (summary.row_groups.empty() || summary.row_groups[0].sorted_by.empty()) {
    return {};
  }
  const std::vector<SortingSummary>& order = summary.row_groups[0].sorted_by;
  const bool is_common = std::all_of(
      summary.row_groups.begin(), summary.row_groups.end(), [&](const RowGroupSummary& group) {
        return group.sorted_by == order;
      });
  const std::string_view where = summary.row_groups.size() > 1 ? "each row group " : "";
  return is_common
             ? shorten(fmt::format("  {}sorted by {}", where, order_text(order)), line_columns) +
                   "\n"
             : std::string();
}

std::string heading_text(const ParquetSummary& summary,
                         const std::string& name,
                         const Paint& paint) {
  std::string out = paint(Ink::bold, printable(name)) + "\n";
  out += fmt::format("  {} · {} · {} · {}\n",
                     counted(natural(summary.rows), "row", "rows"),
                     counted(summary.row_groups.size(), "row group", "row groups"),
                     counted(summary.columns.size(), "column", "columns"),
                     human_bytes(summary.file_bytes));
  const std::string by = summary.created_by.empty() ? "an unnamed program" : summary.created_by;
  return out + paint(Ink::dim,
                     fmt::format("  footer {} · format version {} · written by {}\n",
                                 human_bytes(summary.footer_bytes),
                                 summary.version,
                                 shorten(printable(by), metadata_columns_max)) +
                         sorted_text(summary));
}

std::string schema_text(const ParquetSummary& summary, const Paint& paint) {
  Table table({{"COLUMN"}, {"TYPE"}, {"STORED AS"}, {"REPETITION"}});
  for (const NodeSummary& node : summary.schema) {
    table.add_row({std::string(node.depth * 2, ' ') + name_text(node.name),
                   node.type,
                   node.physical,
                   node.repetition});
  }
  return table.to_string(paint, indent);
}

// What a bound may take so that two of them fit beside names and null counts.
std::size_t bound_columns(const ParquetSummary& summary) {
  std::size_t taken = 0;
  for (const ColumnSummary& column : summary.columns) {
    const std::size_t nulls = std::max(display_width("NULLS"), count_text(column.nulls).size());
    taken = std::max(taken, display_width(name_text(column.path)) + nulls);
  }
  constexpr std::size_t gaps = std::size_t{3} * 2;
  const std::size_t used = indent + taken + gaps;
  const std::size_t left = line_columns - std::min(used, line_columns);
  return std::clamp(left / 2, bound_columns_min, bound_columns_max);
}

std::string bounds_text(const ParquetSummary& summary, const Paint& paint) {
  const std::size_t columns_max = bound_columns(summary);
  Table table({{"COLUMN"}, {"NULLS", Align::right}, {"MIN"}, {"MAX"}});
  for (const ColumnSummary& column : summary.columns) {
    table.add_row({name_text(column.path),
                   count_text(column.nulls),
                   bound_text(column.min, columns_max),
                   bound_text(column.max, columns_max)});
  }
  return table.to_string(paint, indent);
}

std::string storage_text(const ParquetSummary& summary, const Paint& paint) {
  Table table({{"COLUMN"},
               {"ENCODINGS"},
               {"CODEC"},
               {"SIZE", Align::right},
               {"RATIO", Align::right},
               {"PAGES", Align::right},
               {"INDEX"}});
  for (const ColumnSummary& column : summary.columns) {
    table.add_row({name_text(column.path),
                   encodings_text(column),
                   list_text(column.codecs),
                   size_text(column.bytes_compressed),
                   ratio_text(column.bytes_uncompressed, column.bytes_compressed),
                   pages_text(column),
                   index_text(column)});
  }
  return table.to_string(paint, indent);
}

std::string row_groups_text(const ParquetSummary& summary, const Paint& paint) {
  Table table({{"ROW GROUP", Align::right},
               {"ROWS", Align::right},
               {"SIZE", Align::right},
               {"RATIO", Align::right}});
  const std::size_t shown = std::min(summary.row_groups.size(), row_groups_shown_max);
  for (std::size_t index = 0; index < shown; ++index) {
    const RowGroupSummary& group = summary.row_groups[index];
    table.add_row({fmt::to_string(index),
                   human_count(natural(group.rows)),
                   size_text(group.bytes_compressed),
                   ratio_text(group.bytes_uncompressed, group.bytes_compressed)});
  }
  std::string out = table.to_string(paint, indent);
  if (summary.row_groups.size() > shown) {
    out +=
        paint(Ink::dim,
              fmt::format("  and {} more; --json lists all\n", summary.row_groups.size() - shown));
  }
  return out;
}

std::string metadata_text(const ParquetSummary& summary, const Paint& paint) {
  Table table({{"METADATA"}, {"VALUE"}});
  for (const auto& [key, value] : summary.metadata) {
    table.add_row({name_text(key), shorten(printable(value), metadata_columns_max)});
  }
  return table.to_string(paint, indent);
}

void optional_member(json::Writer& out,
                     std::string_view name,
                     const std::optional<std::string>& value) {
  out.key(name);
  value ? out.value(*value) : out.null();
}

void optional_member(json::Writer& out,
                     std::string_view name,
                     const std::optional<std::int64_t>& value) {
  out.key(name);
  value ? out.value(*value) : out.null();
}

void list_member(json::Writer& out, std::string_view name, const std::vector<std::string>& words) {
  out.key(name);
  out.begin_array();
  for (const std::string& word : words) {
    out.value(word);
  }
  out.end_array();
}

void column_to_json(const ColumnSummary& column, json::Writer& out) {
  out.begin_object();
  out.member("path", column.path);
  list_member(out, "encodings", column.encodings);
  out.key("pages_by_encoding");
  out.begin_object();
  for (const auto& [encoding, pages] : column.page_encodings) {
    out.member(encoding, pages);
  }
  out.end_object();
  list_member(out, "codecs", column.codecs);
  out.member("values", column.values);
  optional_member(out, "nulls", column.nulls);
  optional_member(out, "min", column.min);
  optional_member(out, "max", column.max);
  out.member("bytes_uncompressed", column.bytes_uncompressed);
  out.member("bytes_compressed", column.bytes_compressed);
  optional_member(out, "data_pages", column.data_pages);
  out.member("dictionary_pages", column.dictionary_pages);
  out.member("column_index", column.has_column_index);
  out.member("offset_index", column.has_offset_index);
  out.member("bloom_filter", column.has_bloom_filter);
  out.member("bloom_filter_bytes", column.bloom_filter_bytes);
  out.end_object();
}

void order_to_json(const std::vector<SortingSummary>& order, json::Writer& out) {
  out.key("sorted_by");
  out.begin_array();
  for (const SortingSummary& each : order) {
    out.begin_object();
    out.member("column", each.column);
    out.member("descending", each.descending);
    out.member("nulls_first", each.nulls_first);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string to_text(const ParquetSummary& summary, const std::string& name, const Paint& paint) {
  std::string out = heading_text(summary, name, paint);
  out += "\n" + schema_text(summary, paint);
  if (!summary.row_groups.empty()) {
    out += "\n" + bounds_text(summary, paint);
    out += "\n" + storage_text(summary, paint);
  }
  if (summary.row_groups.size() > 1) {
    out += "\n" + row_groups_text(summary, paint);
  }
  if (!summary.metadata.empty()) {
    out += "\n" + metadata_text(summary, paint);
  }
  return out;
}

void to_json(const ParquetSummary& summary,
             const std::string& name,
             const parquet::Verification* verification,
             json::Writer& out) {
  out.begin_object();
  out.member("file", name);
  out.member("bytes", summary.file_bytes);
  out.member("footer_bytes", summary.footer_bytes);
  out.member("rows", summary.rows);
  out.member("version", summary.version);
  out.member("created_by", summary.created_by);
  out.key("schema");
  out.begin_array();
  for (const NodeSummary& node : summary.schema) {
    out.begin_object();
    out.member("name", node.name);
    out.member("depth", node.depth);
    out.member("type", node.type);
    out.member("physical_type", node.physical);
    out.member("repetition", node.repetition);
    out.end_object();
  }
  out.end_array();
  out.key("columns");
  out.begin_array();
  for (const ColumnSummary& column : summary.columns) {
    column_to_json(column, out);
  }
  out.end_array();
  out.key("row_groups");
  out.begin_array();
  for (const RowGroupSummary& group : summary.row_groups) {
    out.begin_object();
    out.member("rows", group.rows);
    out.member("bytes_uncompressed", group.bytes_uncompressed);
    out.member("bytes_compressed", group.bytes_compressed);
    order_to_json(group.sorted_by, out);
    out.end_object();
  }
  out.end_array();
  out.key("metadata");
  out.begin_object();
  for (const auto& [key, value] : summary.metadata) {
    out.member(key, value);
  }
  out.end_object();
  if (verification != nullptr) {
    out.key("verification");
    to_json(*verification, out);
  }
  out.end_object();
}

}  // namespace sluice::cli
