// Tables as SQL.
#include "query/table_views.h"

#include "base/ascii.h"
#include "query/sql_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sluice::query {
namespace {

// A lookup is walked from its front for each row, some 2.5 us at this size: with more values a cast
// or a join is quicker, although every file must then be opened.
constexpr std::size_t values_looked_up_max = 1000;

std::string sql_list(const auto& texts) {
  std::string out = "[";
  for (const auto& text : texts) {
    out += out.size() == 1 ? "" : ",";
    out += sql_string(text);
  }
  return out + "]";
}

// TRY_CAST(['07'] AS INTEGER[]): what is no value of the type is NULL.
std::string typed_list(const auto& texts, const columnar::Type& type) {
  return fmt::format("TRY_CAST({} AS {}[])", sql_list(texts), duckdb_type(type));
}

// One table's view.
class View {
 public:
  View(const TablePlan& plan, std::string_view buckets, std::span<const TableFile> files)
      : plan_(plan), buckets_(buckets), files_(files) {
    // A column of that name in the table keeps it; the other name costs the pruning while planning.
    for (const columnar::Field& column : plan.schema.columns) {
      if (lower(column.name) == "filename") {
        file_column_ = "sluice_file";
      }
    }
    const auto is_missing = [](const auto& segment) { return !segment; };
    if (std::ranges::any_of(plan.segments, is_missing)) {
      for (const TableFile& file : files) {
        const std::string path = path_of(buckets, plan, file);
        by_folder_.emplace(path.substr(0, path.rfind('/')), &file);
      }
    }
  }

  std::string files_list() const {
    std::vector<std::string> paths;
    paths.reserve(files_.size());
    for (const TableFile& file : files_) {
      paths.push_back(path_of(buckets_, plan_, file));
    }
    return sql_list(paths);
  }

  std::string select(std::string_view variable) const {
    std::string columns;
    for (const columnar::Field& column : plan_.schema.columns) {
      columns += fmt::format("{}{}",
                             columns.empty() ? "" : ", ",
                             files_.empty() ? null_of(column) : sql_name(column.name));
    }
    for (std::size_t i = 0; i < plan_.partition_columns.size(); ++i) {
      const columnar::Field& column = plan_.partition_columns[i];
      columns += ", " + (files_.empty() ? null_of(column)
                                        : fmt::format("{} AS {}", value(i), sql_name(column.name)));
    }
    if (files_.empty()) {
      return fmt::format("SELECT {} WHERE false", columns);
    }
    return fmt::format(
        "SELECT {} FROM read_parquet(getvariable({}), filename={}, schema=MAP{{{}}}){}",
        columns,
        sql_string(variable),
        file_column_ == "filename" ? "true" : sql_string(file_column_),
        schema(),
        join());
  }

 private:
  static std::string null_of(const columnar::Field& column) {
    return fmt::format("CAST(NULL AS {}) AS {}", duckdb_type(column.type), sql_name(column.name));
  }

  std::string schema() const {
    std::string out;
    for (const columnar::Field& column : plan_.schema.columns) {
      const std::string name = sql_string(column.name);
      out += fmt::format("{}{}: {{name: {}, type: {}, default_value: NULL}}",
                         out.empty() ? "" : ", ",
                         name,
                         name,
                         sql_string(duckdb_type(column.type)));
    }
    return out;
  }

  std::string value(std::size_t column) const {
    const auto& segment = plan_.segments[column];
    if (segment) {
      return value_of_segment(*segment, column);
    }
    if (by_folder_.size() > values_looked_up_max) {
      return fmt::format("folders.sluice_value_{}", column);
    }
    return fmt::format("MAP({},{})[parse_dirpath({})]",
                       folder_list(),
                       folder_values(column),
                       sql_name(file_column_));
  }

  std::string folder_list() const {
    std::vector<std::string_view> folders;
    folders.reserve(by_folder_.size());
    for (const auto& [folder, file] : by_folder_) {
      folders.push_back(folder);
    }
    return sql_list(folders);
  }

  // The column's value in each of these folders.
  std::string folder_values(std::size_t column) const {
    std::vector<std::string_view> values;
    values.reserve(by_folder_.size());
    for (const auto& [folder, file] : by_folder_) {
      values.push_back(
          partition_value(plan_, plan_.places[file->place], column, file->key).value_or(""));
    }
    return typed_list(values, plan_.partition_columns[column].type);
  }

  // What the files are joined with when there are too many folders to look up.
  std::string join() const {
    if (by_folder_.size() <= values_looked_up_max) {
      return "";
    }
    std::string columns = fmt::format("unnest({}) AS sluice_folder", folder_list());
    for (std::size_t i = 0; i < plan_.segments.size(); ++i) {
      if (!plan_.segments[i]) {
        columns += fmt::format(", unnest({}) AS sluice_value_{}", folder_values(i), i);
      }
    }
    return fmt::format(
        " AS files LEFT JOIN (SELECT {}) AS folders ON folders.sluice_folder = "
        "parse_dirpath(files.{})",
        columns,
        sql_name(file_column_));
  }

  // The text that a column has in its segment of the path; NULL where the segment is another.
  std::string segment_text(const PartitionColumn& column) const {
    const std::size_t above = static_cast<std::size_t>(std::ranges::count(buckets_, '/')) + 1;
    std::string segment =
        fmt::format("split_part({},'/',{})", sql_name(file_column_), above + column.segment + 2);
    if (column.before.empty() && column.after.empty()) {
      return segment;
    }
    const auto letters = [](std::string_view text) {
      return std::ranges::count_if(
          text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    };
    return fmt::format(
        "CASE WHEN starts_with({0},{1}) AND ends_with({0},{2}) THEN "
        "substr({0},{3},length({0})-{4}) END",
        segment,
        sql_string(column.before),
        sql_string(column.after),
        letters(column.before) + 1,
        letters(column.before) + letters(column.after));
  }

  std::string value_of_segment(const PartitionColumn& column, std::size_t index) const {
    std::string text = segment_text(column);
    const columnar::Type& type = plan_.partition_columns[index].type;
    if (duckdb_type(type) == "VARCHAR") {
      return text;
    }
    std::set<std::string_view> values;
    for (const TableFile& file : files_) {
      if (const auto value = query::value_of(column, file.key)) {
        values.insert(*value);
      }
    }
    if (values.size() > values_looked_up_max) {
      return fmt::format("TRY_CAST({} AS {})", text, duckdb_type(type));
    }
    return fmt::format("MAP({},{})[{}]", sql_list(values), typed_list(values, type), text);
  }

  const TablePlan& plan_;
  std::string_view buckets_;
  std::span<const TableFile> files_;
  std::string file_column_ = "filename";
  // A file of each folder, where a column's value must be told by the folder.
  std::map<std::string, const TableFile*> by_folder_;
};

std::string structure_type(const columnar::Type& type) {
  std::string fields;
  for (const columnar::Field& field : type.children) {
    fields += fmt::format(
        "{}{} {}", fields.empty() ? "" : ", ", sql_name(field.name), duckdb_type(field.type));
  }
  return fmt::format("STRUCT({})", fields);
}

}  // namespace

std::string path_of(std::string_view buckets, const TablePlan& plan, const TableFile& file) {
  return fmt::format("{}/{}/{}", buckets, plan.places[file.place].bucket, file.key);
}

std::vector<std::string> view_statements(const TablePlan& plan,
                                         std::string_view buckets,
                                         std::span<const TableFile> files,
                                         std::size_t number) {
  std::vector<std::string> statements;
  if (!plan.problem.empty()) {
    return statements;
  }
  const View view(plan, buckets, files);
  const std::string variable = fmt::format("sluice_files_{}", number);
  if (!files.empty()) {
    statements.push_back(fmt::format("SET VARIABLE {}={}", variable, view.files_list()));
  }
  statements.push_back(fmt::format("CREATE VIEW {}.{} AS {}",
                                   sql_name(plan.database),
                                   sql_name(plan.name),
                                   view.select(variable)));
  return statements;
}

std::string duckdb_type(const columnar::Type& type) {
  switch (type.kind) {
    case columnar::Kind::boolean:
      return "BOOLEAN";
    case columnar::Kind::tinyint:
      return "TINYINT";
    case columnar::Kind::smallint:
      return "SMALLINT";
    case columnar::Kind::integer:
      return "INTEGER";
    case columnar::Kind::bigint:
      return "BIGINT";
    case columnar::Kind::float32:
      return "FLOAT";
    case columnar::Kind::float64:
      return "DOUBLE";
    case columnar::Kind::string:
    case columnar::Kind::fixed_char:
    case columnar::Kind::varchar:
      return "VARCHAR";
    case columnar::Kind::binary:
      return "BLOB";
    case columnar::Kind::date:
      return "DATE";
    case columnar::Kind::timestamp:
      return "TIMESTAMP";
    case columnar::Kind::decimal:
      return fmt::format("DECIMAL({},{})", type.precision, type.scale);
    case columnar::Kind::array:
      return duckdb_type(type.children.at(0).type) + "[]";
    case columnar::Kind::map:
      return fmt::format("MAP({}, {})",
                         duckdb_type(type.children.at(0).type),
                         duckdb_type(type.children.at(1).type));
    case columnar::Kind::structure:
      return structure_type(type);
  }
  return "VARCHAR";
}

bool may_read(std::string_view sql, std::string_view table) {
  const std::string text = lower(sql);
  const bool is_plain = std::ranges::all_of(
      table, [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != '"'; });
  // U&"..." and the functions that take a name or a query as a value.
  return !is_plain || text.contains(lower(table)) || text.contains("u&") || text.contains("query");
}

}  // namespace sluice::query
