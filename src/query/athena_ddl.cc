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

class Ddl {
 public:
  Ddl(const TablePlan& plan, const DdlOptions& options)
      : plan_(plan),
        options_(options),
        place_(plan.places.front()),
        bucket_(options.bucket.empty() ? place_.bucket : options.bucket) {}

  AthenaDdl make() {
    walk_folders();
    AthenaDdl ddl;
    ddl.sql = fmt::format("CREATE EXTERNAL TABLE {}.{} (\n{}\n)\n",
                          hive_name(plan_.database),
                          hive_name(plan_.name),
                          columns());
    if (!partitions_.empty()) {
      ddl.sql += fmt::format("PARTITIONED BY (\n{}\n)\n", fmt::join(partitions_, ",\n"));
    }
    ddl.sql += fmt::format("STORED AS PARQUET\nLOCATION {}", location(place_.layout.root));
    if (!partitions_.empty()) {
      properties_.insert(properties_.begin(), "  'projection.enabled' = 'true'");
      properties_.push_back("  'storage.location.template' = " + location(template_));
      ddl.sql += fmt::format("\nTBLPROPERTIES (\n{}\n)", fmt::join(properties_, ",\n"));
    }
    ddl.sql += ";\n";
    ddl.notes = std::move(notes_);
    return ddl;
  }

 private:
  std::string location(std::string_view key) const {
    return sql_string(fmt::format("s3://{}/{}", bucket_, key));
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

  // Folder by folder, until one cannot be projected.
  void walk_folders() {
    for (std::size_t i = 0; i < place_.layout.folders.size(); ++i) {
      const auto column = std::ranges::find(place_.layout.columns, i, &PartitionColumn::segment);
      if (column != place_.layout.columns.end() && !add_column(*column)) {
        return;
      }
      template_ += place_.layout.folders[i] + "/";
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
      properties_.push_back(
          fmt::format("  'projection.{}.{}' = {}", column.name, name, sql_string(value)));
    }
    if (projected->properties.front().second == "integer" && column.pattern.size() == 4) {
      notes_.push_back(fmt::format("the table sees the years {} to {}",
                                   options_.first_year,
                                   options_.first_year + options_.years - 1));
    }
    return true;
  }

  const TablePlan& plan_;
  const DdlOptions& options_;
  const TablePlace& place_;
  std::string bucket_;
  std::string template_;
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
  if (plan.places.size() > 1) {
    return fail(Fault::invalid,
                fmt::format("{} lies in {} places, and a table of Athena has one: two delivery "
                            "streams fill it, or it has registered partitions",
                            name,
                            plan.places.size()));
  }
  return Ddl(plan, options).make();
}

}  // namespace sluice::query
