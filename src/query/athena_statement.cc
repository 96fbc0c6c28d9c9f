// Tells statements apart by their first words.
#include "query/athena_statement.h"

#include "query/athena_create_table.h"
#include "query/athena_ddl_parser.h"

#include <fmt/format.h>

#include <array>

namespace sluice::query {
namespace {

using Kind = AthenaStatement::Kind;

std::unexpected<Error> not_offered(std::string_view what, std::string_view instead) {
  return fail(Fault::unsupported, fmt::format("{} is not offered here; {}", what, instead));
}

// catalog.database.table, database.table or table: the last is the table.
Result<TableName> read_table_name(DdlParser& parser) {
  std::vector<std::string> parts;
  do {
    SLUICE_TRY(part, parser.name("the name of a table"));
    parts.push_back(std::move(part));
  } while (parser.take_symbol("."));
  TableName name{.database = {}, .table = parts.back()};
  // Hive takes `database.table` in one pair of quotes, and SHOW CREATE TABLE writes it so.
  const std::size_t dot = name.table.find('.');
  if (parts.size() > 1) {
    name.database = parts[parts.size() - 2];
  } else if (dot != std::string::npos) {
    name.database = name.table.substr(0, dot);
    name.table.erase(0, dot + 1);
  }
  return name;
}

Result<std::string> read_database_name(DdlParser& parser) {
  SLUICE_TRY(name, read_table_name(parser));
  return name.table;
}

Result<void> read_pattern(DdlParser& parser, AthenaStatement& statement) {
  if (parser.take({"LIKE"}) || parser.next_is_text()) {
    SLUICE_TRY(pattern, parser.text("a pattern"));
    statement.pattern = std::move(pattern);
  }
  return parser.need_end();
}

Result<AthenaStatement> with_table(DdlParser& parser, Kind kind) {
  AthenaStatement statement{.kind = kind};
  SLUICE_TRY(name, read_table_name(parser));
  statement.name = std::move(name);
  if (parser.take({"IN"}) || parser.take({"FROM"})) {
    SLUICE_TRY(database, read_database_name(parser));
    statement.name.database = std::move(database);
  }
  return statement;
}

Result<AthenaStatement> show_within(DdlParser& parser, Kind kind) {
  AthenaStatement statement{.kind = kind};
  if (parser.take({"IN"}) || parser.take({"FROM"})) {
    SLUICE_TRY(database, read_database_name(parser));
    statement.name.database = std::move(database);
  }
  SLUICE_TRY_DO(read_pattern(parser, statement));
  return statement;
}

Result<AthenaStatement> show(DdlParser& parser) {
  if (parser.take({"DATABASES"}) || parser.take({"SCHEMAS"})) {
    SLUICE_TRY(statement, show_within(parser, Kind::show_databases));
    statement.name = {};
    return statement;
  }
  if (parser.take({"TABLES"})) {
    return show_within(parser, Kind::show_tables);
  }
  if (parser.take({"VIEWS"})) {
    return show_within(parser, Kind::show_views);
  }
  Kind kind = Kind::show_columns;
  if (parser.take({"COLUMNS"})) {
    if (!parser.take({"IN"})) {
      SLUICE_TRY_DO(parser.need({"FROM"}));
    }
  } else if (parser.take({"PARTITIONS"})) {
    kind = Kind::show_partitions;
  } else if (parser.take({"TBLPROPERTIES"})) {
    kind = Kind::show_properties;
  } else if (parser.take({"CREATE", "TABLE"})) {
    kind = Kind::show_create_table;
  } else {
    return parser.fail(
        "expected DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS, TBLPROPERTIES or CREATE TABLE "
        "here");
  }
  SLUICE_TRY(statement, with_table(parser, kind));
  SLUICE_TRY_DO(parser.need_end());
  return statement;
}

Result<AthenaStatement> describe(DdlParser& parser) {
  if (!parser.take({"EXTENDED"})) {
    parser.take({"FORMATTED"});
  }
  SLUICE_TRY(statement, with_table(parser, Kind::describe));
  SLUICE_TRY_DO(parser.need_end());
  return statement;
}

Result<AthenaStatement> create_database(DdlParser& parser) {
  AthenaStatement statement{.kind = Kind::create_database};
  statement.is_lenient = parser.take({"IF", "NOT", "EXISTS"});
  SLUICE_TRY(name, read_database_name(parser));
  statement.name.database = std::move(name);
  if (parser.take({"COMMENT"})) {
    SLUICE_TRY(comment, parser.text("a comment"));
    statement.comment = std::move(comment);
  }
  if (parser.take({"LOCATION"})) {
    SLUICE_TRY(location, parser.text("s3://bucket/folder/"));
    statement.location = std::move(location);
  }
  SLUICE_TRY_DO(parser.need_end());
  return statement;
}

Result<AthenaStatement> create(DdlParser& parser) {
  if (parser.take({"DATABASE"}) || parser.take({"SCHEMA"})) {
    return create_database(parser);
  }
  if (parser.next_is("VIEW") || parser.take({"OR", "REPLACE"})) {
    return not_offered("CREATE VIEW", "repeat the query, or put it into a WITH");
  }
  if (!parser.take({"EXTERNAL", "TABLE"})) {
    return not_offered(
        "CREATE TABLE AS SELECT",
        "take the rows of the SELECT from its CSV, or write Parquet with sluice query");
  }
  AthenaStatement statement{.kind = Kind::create_table};
  statement.is_lenient = parser.take({"IF", "NOT", "EXISTS"});
  SLUICE_TRY(name, read_table_name(parser));
  statement.name = std::move(name);
  SLUICE_TRY(input, read_create_table(parser, statement.name.table));
  statement.table_input = std::move(input);
  return statement;
}

Result<AthenaStatement> drop(DdlParser& parser) {
  AthenaStatement statement;
  if (parser.take({"DATABASE"}) || parser.take({"SCHEMA"})) {
    statement.kind = Kind::drop_database;
    statement.is_lenient = parser.take({"IF", "EXISTS"});
    SLUICE_TRY(name, read_database_name(parser));
    statement.name.database = std::move(name);
    statement.is_recursive = parser.take({"CASCADE"});
    if (!statement.is_recursive) {
      parser.take({"RESTRICT"});
    }
  } else if (parser.take({"TABLE"})) {
    statement.kind = Kind::drop_table;
    statement.is_lenient = parser.take({"IF", "EXISTS"});
    SLUICE_TRY(name, read_table_name(parser));
    statement.name = std::move(name);
  } else {
    return parser.fail("expected DATABASE, SCHEMA or TABLE here");
  }
  SLUICE_TRY_DO(parser.need_end());
  return statement;
}

// PARTITION (key = 'value', ...) [LOCATION '...']
Result<PartitionSpec> read_partition(DdlParser& parser) {
  PartitionSpec spec;
  SLUICE_TRY_DO(parser.need({"PARTITION"}));
  SLUICE_TRY_DO(parser.need_symbol("("));
  do {
    SLUICE_TRY(key, parser.name("the name of a partition key"));
    SLUICE_TRY_DO(parser.need_symbol("="));
    std::string value;
    if (parser.next_is_text()) {
      SLUICE_TRY(text, parser.text("a value"));
      value = std::move(text);
    } else {
      value = parser.type();
    }
    spec.values.emplace_back(std::move(key), std::move(value));
  } while (parser.take_symbol(","));
  SLUICE_TRY_DO(parser.need_symbol(")"));
  if (parser.take({"LOCATION"})) {
    SLUICE_TRY(location, parser.text("s3://bucket/folder/"));
    spec.location = std::move(location);
  }
  return spec;
}

Result<AthenaStatement> alter(DdlParser& parser) {
  SLUICE_TRY_DO(parser.need({"TABLE"}));
  AthenaStatement statement;
  SLUICE_TRY(name, read_table_name(parser));
  statement.name = std::move(name);
  if (parser.take({"ADD"})) {
    statement.kind = Kind::add_partitions;
    statement.is_lenient = parser.take({"IF", "NOT", "EXISTS"});
  } else if (parser.take({"DROP"})) {
    statement.kind = Kind::drop_partitions;
    statement.is_lenient = parser.take({"IF", "EXISTS"});
  }
  if (statement.kind == Kind::query || !parser.next_is("PARTITION")) {
    return not_offered("ALTER TABLE other than ADD and DROP PARTITION", "use Glue's UpdateTable");
  }
  while (!parser.is_at_end()) {
    SLUICE_TRY(partition, read_partition(parser));
    statement.partitions.push_back(std::move(partition));
    parser.take_symbol(",");
  }
  return statement;
}

Result<AthenaStatement> execute(DdlParser& parser) {
  AthenaStatement statement{.kind = Kind::execute};
  SLUICE_TRY(name, parser.name("the name of a prepared statement"));
  statement.name.table = std::move(name);
  if (parser.take({"USING"})) {
    do {
      statement.parameters.push_back(parser.expression());
    } while (parser.take_symbol(","));
  }
  SLUICE_TRY_DO(parser.need_end());
  return statement;
}

struct NotOffered {
  std::string_view word;
  std::string_view instead;
};

constexpr std::array refused = {
    NotOffered{"MSCK",
               "start a crawler of Glue on the table's folder, or ALTER TABLE ADD PARTITION"},
    NotOffered{"INSERT", "put records into a stream that is delivered to the table"},
    NotOffered{"UNLOAD",
               "take the rows of the SELECT from its CSV, or write Parquet with sluice query"},
    NotOffered{"DELETE", "the objects of a table are written once"},
    NotOffered{"UPDATE", "the objects of a table are written once"},
    NotOffered{"MERGE", "the objects of a table are written once"},
    NotOffered{"OPTIMIZE", "there are no Iceberg tables here"},
    NotOffered{"VACUUM", "there are no Iceberg tables here"},
    NotOffered{"PREPARE", "use CreatePreparedStatement"},
    NotOffered{"DEALLOCATE", "use DeletePreparedStatement"},
};

}  // namespace

std::string_view AthenaStatement::statement_type() const {
  switch (kind) {
    case Kind::query:
    case Kind::execute:
      return "DML";
    case Kind::create_database:
    case Kind::drop_database:
    case Kind::drop_table:
    case Kind::create_table:
    case Kind::add_partitions:
    case Kind::drop_partitions:
      return "DDL";
    case Kind::explain:
    case Kind::show_databases:
    case Kind::show_tables:
    case Kind::show_views:
    case Kind::show_columns:
    case Kind::show_partitions:
    case Kind::show_properties:
    case Kind::show_create_table:
    case Kind::describe:
      break;
  }
  return "UTILITY";
}

Result<AthenaStatement> read_athena_statement(std::string_view sql) {
  SLUICE_TRY(parser, DdlParser::read(sql));
  for (const NotOffered& one : refused) {
    if (parser.next_is(one.word)) {
      return not_offered(one.word, one.instead);
    }
  }
  if (parser.take({"SHOW"})) {
    return show(parser);
  }
  if (parser.take({"DESCRIBE"}) || parser.take({"DESC"})) {
    return describe(parser);
  }
  if (parser.take({"CREATE"})) {
    return create(parser);
  }
  if (parser.take({"DROP"})) {
    return drop(parser);
  }
  if (parser.take({"ALTER"})) {
    return alter(parser);
  }
  if (parser.take({"EXECUTE"})) {
    return execute(parser);
  }
  if (parser.is_at_end()) {
    return parser.fail("there is no statement");
  }
  return AthenaStatement{.kind = parser.next_is("EXPLAIN") ? Kind::explain : Kind::query};
}

}  // namespace sluice::query
