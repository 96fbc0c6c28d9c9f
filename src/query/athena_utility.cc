// The catalog's answers as Athena words them.
#include "query/athena_utility.h"

#include "catalog/name_pattern.h"
#include "json/document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>

namespace sluice::query {
namespace {

using Kind = AthenaStatement::Kind;

CatalogAnswer answer_with(std::initializer_list<std::string_view> columns) {
  CatalogAnswer answer;
  for (const std::string_view name : columns) {
    answer.columns.push_back({.name = std::string(name), .type = "string"});
  }
  return answer;
}

// Athena pads the columns of DESCRIBE and SHOW COLUMNS to 20 characters.
std::string padded(std::string_view text) {
  return fmt::format("{:<20}", text);
}

bool is_wanted(std::string_view name, std::string_view pattern) {
  return pattern.empty() || catalog::matches_name_pattern(name, pattern);
}

class Answerer {
 public:
  Answerer(catalog::Catalog& catalog, const AthenaStatement& statement, std::string_view database)
      : catalog_(catalog),
        statement_(statement),
        database_(statement.name.database.empty() ? database : statement.name.database) {}

  Result<CatalogAnswer> answer() {
    switch (statement_.kind) {
      case Kind::show_databases:
        return databases();
      case Kind::show_tables:
      case Kind::show_views:
        return tables();
      case Kind::show_columns:
        return columns();
      case Kind::show_partitions:
        return partitions();
      case Kind::show_properties:
        return properties();
      case Kind::show_create_table:
        return create_statement();
      case Kind::describe:
        return description();
      case Kind::create_database:
        return create_database();
      case Kind::drop_database:
        return drop_database();
      case Kind::create_table:
        return create_table();
      case Kind::drop_table:
        return done(catalog_.delete_table(database_, statement_.name.table), Fault::missing);
      case Kind::add_partitions:
      case Kind::drop_partitions:
        return change_partitions();
      case Kind::query:
      case Kind::explain:
      case Kind::execute:
        break;
    }
    return fail(Fault::unsupported, "a query is not answered from the catalog");
  }

 private:
  // A statement without rows; IF EXISTS and IF NOT EXISTS forgive `lenient`.
  Result<CatalogAnswer> done(const Result<void>& result, Fault lenient) const {
    if (!result && !(statement_.is_lenient && result.error().fault() == lenient)) {
      return std::unexpected(result.error());
    }
    return CatalogAnswer{};
  }

  Result<catalog::Table> table() const { return catalog_.table(database_, statement_.name.table); }

  Result<CatalogAnswer> databases() const {
    CatalogAnswer answer = answer_with({"database_name"});
    for (const catalog::Database& one : catalog_.databases()) {
      if (is_wanted(one.name, statement_.pattern)) {
        answer.lines.push_back(one.name);
      }
    }
    return answer;
  }

  // There are no views in the catalog, so that SHOW VIEWS says none.
  Result<CatalogAnswer> tables() const {
    const bool wants_views = statement_.kind == Kind::show_views;
    CatalogAnswer answer = answer_with({wants_views ? "views" : "tab_name"});
    SLUICE_TRY(all, catalog_.tables(database_));
    for (const catalog::Table& one : all) {
      if (!wants_views && is_wanted(one.name, statement_.pattern)) {
        answer.lines.push_back(one.name);
      }
    }
    return answer;
  }

  Result<CatalogAnswer> columns() const {
    CatalogAnswer answer = answer_with({"field"});
    SLUICE_TRY(found, table());
    for (const auto* list : {&found.columns, &found.partition_keys}) {
      for (const catalog::Column& column : *list) {
        answer.lines.push_back(padded(column.name));
      }
    }
    return answer;
  }

  Result<CatalogAnswer> partitions() const {
    CatalogAnswer answer = answer_with({"partition"});
    SLUICE_TRY(found, table());
    SLUICE_TRY(all, catalog_.partitions(database_, statement_.name.table));
    for (const catalog::Partition& partition : all) {
      std::vector<std::string> parts;
      for (std::size_t i = 0; i < found.partition_keys.size(); ++i) {
        parts.push_back(fmt::format("{}={}", found.partition_keys[i].name, partition.values[i]));
      }
      answer.lines.push_back(fmt::format("{}", fmt::join(parts, "/")));
    }
    return answer;
  }

  Result<CatalogAnswer> properties() const {
    CatalogAnswer answer = answer_with({"prpt_name", "prpt_value"});
    SLUICE_TRY(found, table());
    for (const auto& [key, value] : found.parameters) {
      answer.lines.push_back(fmt::format("{}\t{}", key, value));
    }
    return answer;
  }

  Result<CatalogAnswer> description() const {
    CatalogAnswer answer = answer_with({"col_name", "data_type", "comment"});
    SLUICE_TRY(found, table());
    const auto add = [&](const catalog::Column& column) {
      answer.lines.push_back(fmt::format(
          "{}\t{}\t{}", padded(column.name), padded(column.type), padded(column.comment)));
    };
    std::ranges::for_each(found.columns, add);
    std::ranges::for_each(found.partition_keys, add);
    if (!found.partition_keys.empty()) {
      answer.lines.emplace_back("\t \t ");
      answer.lines.emplace_back("# Partition Information\t \t ");
      answer.lines.push_back(
          fmt::format("{}\t{}\t{}", padded("# col_name"), padded("data_type"), padded("comment")));
      answer.lines.emplace_back("\t \t ");
      std::ranges::for_each(found.partition_keys, add);
    }
    return answer;
  }

  static void add_columns(std::vector<std::string>& lines,
                          const std::vector<catalog::Column>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string comment = columns[i].comment.empty()
                                      ? ""
                                      : fmt::format(" COMMENT {}", quote_text(columns[i].comment));
      lines.push_back(fmt::format("  `{}` {}{}{}",
                                  columns[i].name,
                                  columns[i].type,
                                  comment,
                                  i + 1 < columns.size() ? ", " : ")"));
    }
  }

  Result<CatalogAnswer> create_statement() const {
    CatalogAnswer answer = answer_with({"createtab_stmt"});
    SLUICE_TRY(found, table());
    SLUICE_TRY(document, json::Document::parse(Bytes(found.input)));
    const json::View storage = document.root().find("StorageDescriptor");
    const auto text = [&](json::View view) {
      return quote_text(view.is(json::Kind::string) ? view.text() : "");
    };
    auto& lines = answer.lines;
    lines.push_back(fmt::format("CREATE EXTERNAL TABLE `{}.{}`(", found.database, found.name));
    add_columns(lines, found.columns);
    if (!found.partition_keys.empty()) {
      lines.emplace_back("PARTITIONED BY ( ");
      add_columns(lines, found.partition_keys);
    }
    const json::View serde = storage.find("SerdeInfo").find("SerializationLibrary");
    if (serde.exists()) {
      lines.insert(lines.end(), {"ROW FORMAT SERDE ", "  " + text(serde)});
    }
    if (storage.find("InputFormat").exists()) {
      lines.insert(lines.end(),
                   {"STORED AS INPUTFORMAT ",
                    "  " + text(storage.find("InputFormat")),
                    "OUTPUTFORMAT ",
                    "  " + text(storage.find("OutputFormat"))});
    }
    lines.insert(lines.end(), {"LOCATION", "  " + quote_text(found.location)});
    if (!found.parameters.empty()) {
      lines.emplace_back("TBLPROPERTIES (");
      std::size_t left = found.parameters.size();
      for (const auto& [key, value] : found.parameters) {
        lines.push_back(
            fmt::format("  {}={}{}", quote_text(key), quote_text(value), --left > 0 ? ", " : ")"));
      }
    }
    return answer;
  }

  Result<CatalogAnswer> create_database() {
    catalog::Database made;
    SLUICE_TRY(name, catalog::fold_name(statement_.name.database, "database name"));
    made.name = std::move(name);
    made.description = statement_.comment;
    made.location = statement_.location;
    return done(catalog_.create_database(std::move(made)), Fault::conflict);
  }

  Result<CatalogAnswer> drop_database() {
    if (const auto tables = catalog_.tables(database_);
        tables && !tables->empty() && !statement_.is_recursive) {
      return fail(Fault::conflict,
                  fmt::format("the database {} has tables; drop it with CASCADE", database_));
    }
    return done(catalog_.delete_database(database_), Fault::missing);
  }

  Result<CatalogAnswer> create_table() {
    SLUICE_TRY(document, json::Document::parse(Bytes(statement_.table_input)));
    SLUICE_TRY(made, catalog::parse_table_input(document.root()));
    return done(catalog_.create_table(database_, std::move(made)), Fault::conflict);
  }

  // The values in the order of the table's keys.
  static Result<std::vector<std::string>> values_of(const catalog::Table& table,
                                                    const PartitionSpec& spec) {
    std::vector<std::string> values;
    for (const catalog::Column& key : table.partition_keys) {
      const auto found = std::ranges::find_if(spec.values, [&](const auto& one) {
        const auto folded = catalog::fold_name(one.first, "partition key");
        return folded && *folded == key.name;
      });
      if (found == spec.values.end()) {
        return fail(Fault::invalid, fmt::format("the partition lacks a value for {}", key.name));
      }
      values.push_back(found->second);
    }
    if (values.size() != spec.values.size()) {
      return fail(Fault::invalid,
                  fmt::format("the table {} has {} partition keys, and {} values were given",
                              table.name,
                              table.partition_keys.size(),
                              spec.values.size()));
    }
    return values;
  }

  // Where Hive would put a partition that is given no place: <table>/key=value/.
  static std::string place_of_partition(const catalog::Table& table,
                                        const std::vector<std::string>& values) {
    std::string place = table.location;
    if (!place.ends_with('/')) {
      place.push_back('/');
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      place += fmt::format("{}={}/", table.partition_keys[i].name, values[i]);
    }
    return place;
  }

  Result<CatalogAnswer> change_partitions() {
    SLUICE_TRY(found, table());
    for (const PartitionSpec& spec : statement_.partitions) {
      SLUICE_TRY(values, values_of(found, spec));
      if (statement_.kind == Kind::drop_partitions) {
        SLUICE_TRY_DO(done(catalog_.delete_partition(database_, statement_.name.table, values),
                           Fault::missing));
        continue;
      }
      SLUICE_TRY(document, json::Document::parse(partition_input(found, spec, values)));
      SLUICE_TRY(partition, catalog::parse_partition_input(document.root()));
      SLUICE_TRY_DO(
          done(catalog_.create_partition(database_, statement_.name.table, std::move(partition)),
               Fault::conflict));
    }
    return CatalogAnswer{};
  }

  static Bytes partition_input(const catalog::Table& table,
                               const PartitionSpec& spec,
                               const std::vector<std::string>& values) {
    Bytes text;
    json::Writer out(text);
    out.begin_object();
    out.key("Values");
    out.begin_array();
    for (const std::string& value : values) {
      out.value(std::string_view(value));
    }
    out.end_array();
    out.key("StorageDescriptor");
    out.begin_object();
    out.member("Location",
               std::string_view(spec.location.empty() ? place_of_partition(table, values)
                                                      : spec.location));
    out.end_object();
    out.end_object();
    return text;
  }

  catalog::Catalog& catalog_;
  const AthenaStatement& statement_;
  std::string database_;
};

}  // namespace

Result<CatalogAnswer> answer_from_catalog(catalog::Catalog& catalog,
                                          const AthenaStatement& statement,
                                          std::string_view database) {
  return Answerer(catalog, statement, database).answer();
}

}  // namespace sluice::query
