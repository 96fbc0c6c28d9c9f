// Athena's CREATE EXTERNAL TABLE.
#include "query/athena_ddl.h"

#include "delivery/time_pattern.h"
#include "query/sql_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::query {
namespace {

using Property = std::pair<std::string, std::string>;

// A column as Athena shall project it.
struct Projected {
  std::string type;  // of the column
  std::vector<Property> properties;
};

std::string hive_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    out.append(c == '`' ? 2 : 1, c);
  }
  return out + "`";
}

Projected integer(const PartitionColumn& column, int from, int to) {
  Projected projected{columnar::to_string(column.type),
                      {{"type", "integer"}, {"range", fmt::format("{},{}", from, to)}}};
  if (column.pattern.size() > 1) {
    projected.properties.emplace_back("digits", std::to_string(column.pattern.size()));
  }
  return projected;
}

std::optional<Projected> number(const PartitionColumn& column, const DdlOptions& options) {
  const std::size_t digits = column.pattern.size();
  switch (column.pattern.front()) {
    case 'y':
    case 'u':
      return digits == 4 ? std::optional(integer(
                               column, options.first_year, options.first_year + options.years - 1))
                         : std::nullopt;
    case 'M':
    case 'L':
      return integer(column, 1, 12);
    case 'd':
      return integer(column, 1, 31);
    case 'H':
      return integer(column, 0, 23);
    case 'k':
      return integer(column, 1, 24);
    case 'K':
      return integer(column, 0, 11);
    case 'h':
      return integer(column, 1, 12);
    case 'm':
    case 's':
      return integer(column, 0, 59);
    default:
      return std::nullopt;
  }
}

// A pattern with its letters only, each once: "yyyy-MM-dd" -> "yMd".
std::string letters_of(std::string_view pattern) {
  std::string letters;
  for (const char c : pattern) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter && !letters.ends_with(c)) {
      letters += c;
    }
  }
  return letters;
}

std::optional<Projected> date(const PartitionColumn& column, const DdlOptions& options) {
  constexpr std::pair<std::string_view, std::string_view> units[] = {
      {"yM", "MONTHS"}, {"yMd", "DAYS"}, {"yMdH", "HOURS"}};
  const std::string letters = letters_of(column.pattern);
  const auto unit = std::ranges::find(
      units, std::string_view(letters), &std::pair<std::string_view, std::string_view>::first);
  const auto pattern = delivery::TimePattern::parse(column.pattern);
  if (unit == std::end(units) || !pattern) {
    return std::nullopt;
  }
  const auto first = std::chrono::sys_days(std::chrono::year(options.first_year) / 1 / 1);
  return Projected{"string",
                   {{"type", "date"},
                    {"format", column.pattern},
                    {"range",
                     fmt::format("{},NOW{}",
                                 pattern->format(first, delivery::TimeZone()),
                                 options.is_ahead_of_utc ? "+1DAYS" : "")},
                    {"interval", "1"},
                    {"interval.unit", std::string(unit->second)}}};
}

std::optional<Projected> project(const PartitionColumn& column, const DdlOptions& options) {
  if (column.pattern.empty()) {
    return std::nullopt;
  }
  const bool is_single =
      column.pattern.find_first_not_of(column.pattern.front()) == std::string::npos;
  return is_single ? number(column, options) : date(column, options);
}

// "s3://bucket/key" under the bucket's real name.
std::string location_text(const DdlOptions& options,
                          std::string_view bucket,
                          std::string_view key) {
  return sql_string(
      fmt::format("s3://{}/{}", options.bucket.empty() ? bucket : options.bucket, key));
}

// PARTITION (`year` = 2025, `part` = 'a') LOCATION 's3://hr/2025/a/'
std::string partition_text(const TablePlan& plan,
                           const TablePlace& place,
                           const DdlOptions& options) {
  std::string values;
  for (std::size_t i = 0; i < std::min(place.values.size(), plan.partition_columns.size()); ++i) {
    const columnar::Field& column = plan.partition_columns[i];
    const bool is_number =
        column.type.kind == columnar::Kind::integer || column.type.kind == columnar::Kind::bigint ||
        column.type.kind == columnar::Kind::smallint || column.type.kind == columnar::Kind::tinyint;
    const std::string& value = place.values[i];
    const bool is_plain =
        is_number && !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    values += fmt::format("{}{} = {}",
                          values.empty() ? "" : ", ",
                          hive_name(column.name),
                          is_plain ? value : sql_string(value));
  }
  return fmt::format(
      "PARTITION ({}) LOCATION {}", values, location_text(options, place.bucket, place.prefix));
}

bool has_registered(const TablePlan& plan) {
  return !plan.places.empty() && plan.places.front().is_registered();
}

// Where the files of a table lie, as CREATE EXTERNAL TABLE says it.
struct Whereabouts {
  std::string bucket;
  KeyLayout keys;
};

Whereabouts whereabouts_of(const TablePlan& plan, const DdlOptions& options) {
  const TablePlace& place = plan.places.front();
  if (!has_registered(plan)) {
    return {place.bucket, place.layout};
  }
  Whereabouts where{plan.location->bucket, options.registered.value_or(KeyLayout())};
  where.keys.root = plan.location->key;
  return where;
}

class Ddl {
 public:
  Ddl(const TablePlan& plan, const DdlOptions& options)
      : plan_(plan), options_(options), where_(whereabouts_of(plan, options)) {}

  AthenaDdl make() {
    const bool has_patterns = std::ranges::any_of(
        where_.keys.columns, [](const PartitionColumn& column) { return !column.pattern.empty(); });
    if (!plan_.projection.empty()) {
      take_projection();
    } else if (plan_.partition_columns.empty() || has_patterns ||
               (options_.injects && !where_.keys.columns.empty())) {
      walk_folders();
    } else {
      list_columns();
    }
    AthenaDdl ddl;
    ddl.sql = fmt::format("CREATE EXTERNAL TABLE {}.{} (\n{}\n)\n",
                          hive_name(plan_.database),
                          hive_name(plan_.name),
                          columns());
    if (!partitions_.empty()) {
      ddl.sql += fmt::format("PARTITIONED BY (\n{}\n)\n", fmt::join(partitions_, ",\n"));
    }
    ddl.sql += fmt::format("STORED AS PARQUET\nLOCATION {}", location(where_.keys.root));
    if (!properties_.empty()) {
      ddl.sql += fmt::format("\nTBLPROPERTIES (\n{}\n)", fmt::join(properties_, ",\n"));
    }
    ddl.sql += ";\n";
    ddl.notes = std::move(notes_);
    return ddl;
  }

 private:
  std::string location(std::string_view key) const {
    return location_text(options_, where_.bucket, key);
  }

  std::string columns() const {
    std::string out;
    for (const columnar::Field& column : plan_.schema.columns) {
      out += fmt::format("{}  {} {}",
                         out.empty() ? "" : ",\n",
                         hive_name(column.name),
                         columnar::to_string(column.type));
    }
    return out;
  }

  void add_declared_columns() {
    for (const columnar::Field& column : plan_.partition_columns) {
      partitions_.push_back(
          fmt::format("  {} {}", hive_name(column.name), columnar::to_string(column.type)));
    }
  }

  void add_property(std::string_view name, const std::string& text) {
    properties_.push_back(fmt::format("  {} = {}", sql_string(name), text));
  }

  // The table says itself how it is projected.
  void take_projection() {
    add_declared_columns();
    for (const auto& [name, value] : plan_.projection) {
      const auto place = parse_s3_location(value);
      add_property(name, place ? location(place->key) : sql_string(value));
    }
  }

  // Columns that nothing counts up; Athena learns their values from its catalog.
  void list_columns() {
    add_declared_columns();
    const std::string table =
        fmt::format("{}.{}", hive_name(plan_.database), hive_name(plan_.name));
    const bool are_hive = !where_.keys.columns.empty() &&
                          std::ranges::all_of(where_.keys.columns, [](const auto& column) {
                            return column.before == column.name + "=";
                          });
    notes_.push_back(
        are_hive ? fmt::format("Athena sees rows after MSCK REPAIR TABLE {}, and those of a new "
                               "folder after the next one",
                               table)
                 : fmt::format("Athena sees rows after ALTER TABLE {} ADD PARTITION for each of "
                               "the {} registered here; --partitions prints that",
                               table,
                               plan_.places.size()));
  }

  // Folder by folder, until one cannot be projected.
  void walk_folders() {
    const KeyLayout& keys = where_.keys;
    std::string folders;
    for (std::size_t i = 0; i < keys.folders.size(); ++i) {
      const auto column = std::ranges::find(keys.columns, i, &PartitionColumn::segment);
      if (column != keys.columns.end() && !add_column(*column)) {
        break;
      }
      folders += keys.folders[i] + "/";
    }
    if (!partitions_.empty()) {
      properties_.insert(properties_.begin(), "  'projection.enabled' = 'true'");
      add_property("storage.location.template", location(folders));
    }
  }

  bool add_column(const PartitionColumn& column) {
    auto projected = project(column, options_);
    if (!projected && options_.injects) {
      projected = Projected{"string", {{"type", "injected"}}};
      notes_.push_back(
          fmt::format("every query must say which {0}: WHERE {0} = '...'", column.name));
    }
    if (!projected) {
      notes_.push_back(fmt::format(
          "{} is no column there: its values cannot be counted up, and Athena reads all of them "
          "(--injected makes it one that every query must name)",
          column.name));
      return false;
    }
    partitions_.push_back(fmt::format("  {} {}", hive_name(column.name), projected->type));
    for (const auto& [name, value] : projected->properties) {
      add_property(fmt::format("projection.{}.{}", column.name, name), sql_string(value));
    }
    if (projected->properties.front().second == "integer" && column.pattern.size() == 4) {
      notes_.push_back(fmt::format("the table sees the years {} to {}; --years sets others",
                                   options_.first_year,
                                   options_.first_year + options_.years - 1));
    }
    return true;
  }

  const TablePlan& plan_;
  const DdlOptions& options_;
  Whereabouts where_;
  std::vector<std::string> partitions_;
  std::vector<std::string> properties_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<AthenaDdl> athena_ddl(const TablePlan& plan, const DdlOptions& options) {
  const std::string name = plan.database + "." + plan.name;
  if (!plan.problem.empty()) {
    return fail(Fault::invalid, plan.problem);
  }
  if (plan.places.empty()) {
    return fail(
        Fault::invalid,
        fmt::format("{} lies nowhere: no delivery stream fills it and it has no location", name));
  }
  if (has_registered(plan) && !plan.location) {
    return fail(Fault::invalid,
                fmt::format("{} has registered partitions and no Location: nothing says where the "
                            "whole of it lies",
                            name));
  }
  if (!has_registered(plan) && plan.places.size() > 1) {
    return fail(Fault::invalid,
                fmt::format("{} lies in {} places, and a table of Athena has one: two delivery "
                            "streams fill it",
                            name,
                            plan.places.size()));
  }
  return Ddl(plan, options).make();
}

Result<std::string> athena_partitions(const TablePlan& plan, const DdlOptions& options) {
  if (!has_registered(plan)) {
    return fail(Fault::invalid,
                fmt::format("{}.{} has no registered partitions to add", plan.database, plan.name));
  }
  std::string sql;
  for (std::size_t i = 0; i < plan.places.size(); ++i) {
    const bool is_first = i % partitions_of_statement_max == 0;
    const bool is_last = i + 1 == plan.places.size() || (i + 1) % partitions_of_statement_max == 0;
    if (is_first) {
      sql += fmt::format(
          "ALTER TABLE {}.{} ADD IF NOT EXISTS", hive_name(plan.database), hive_name(plan.name));
    }
    sql += "\n  " + partition_text(plan, plan.places[i], options) + (is_last ? ";\n" : "");
  }
  return sql;
}

}  // namespace sluice::query
