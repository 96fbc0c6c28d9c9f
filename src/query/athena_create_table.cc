// The clauses of CREATE EXTERNAL TABLE.
#include "query/athena_create_table.h"

#include "json/writer.h"

#include <array>
#include <map>
#include <vector>

namespace sluice::query {
namespace {

struct Column {
  std::string name;
  std::string type;
  std::string comment;
};

// The classes that STORED AS and ROW FORMAT stand for.
struct Format {
  std::string_view word;
  std::string_view input;
  std::string_view output;
  std::string_view serde;
  std::string_view classification;
};

constexpr std::array formats = {
    Format{"PARQUET",
           "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
           "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
           "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
           "parquet"},
    Format{"TEXTFILE",
           "org.apache.hadoop.mapred.TextInputFormat",
           "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
           "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
           ""},
};

struct Clauses {
  std::vector<Column> columns;
  std::vector<Column> partition_keys;
  std::string comment;
  std::string location;
  std::string input = std::string(formats[1].input);
  std::string output = std::string(formats[1].output);
  std::string serde;
  std::map<std::string, std::string> serde_properties;
  std::map<std::string, std::string> properties;
};

Result<std::vector<Column>> read_columns(DdlParser& parser) {
  SLUICE_TRY_DO(parser.need_symbol("("));
  std::vector<Column> columns;
  do {
    Column column;
    SLUICE_TRY(name, parser.name("the name of a column"));
    column.name = std::move(name);
    parser.take_symbol(":");
    column.type = parser.type();
    if (column.type.empty()) {
      return parser.fail("expected the type of the column here");
    }
    if (parser.take({"COMMENT"})) {
      SLUICE_TRY(comment, parser.text("a comment"));
      column.comment = std::move(comment);
    }
    columns.push_back(std::move(column));
  } while (parser.take_symbol(","));
  SLUICE_TRY_DO(parser.need_symbol(")"));
  return columns;
}

Result<std::map<std::string, std::string>> read_properties(DdlParser& parser) {
  SLUICE_TRY_DO(parser.need_symbol("("));
  std::map<std::string, std::string> properties;
  do {
    SLUICE_TRY(key, parser.text("the name of a property"));
    SLUICE_TRY_DO(parser.need_symbol("="));
    SLUICE_TRY(value, parser.text("the value of a property"));
    properties[std::move(key)] = std::move(value);
  } while (parser.take_symbol(","));
  SLUICE_TRY_DO(parser.need_symbol(")"));
  return properties;
}

Result<void> read_row_format(DdlParser& parser, Clauses& clauses) {
  if (parser.take({"SERDE"})) {
    SLUICE_TRY(serde, parser.text("the class of a SerDe"));
    clauses.serde = std::move(serde);
    if (parser.take({"WITH", "SERDEPROPERTIES"})) {
      SLUICE_TRY(properties, read_properties(parser));
      clauses.serde_properties = std::move(properties);
    }
    return {};
  }
  SLUICE_TRY_DO(parser.need({"DELIMITED"}));
  clauses.serde = formats[1].serde;
  while (true) {
    std::string key;
    if (parser.take({"FIELDS", "TERMINATED", "BY"})) {
      key = "field.delim";
    } else if (parser.take({"LINES", "TERMINATED", "BY"})) {
      key = "line.delim";
    } else if (parser.take({"ESCAPED", "BY"})) {
      key = "escape.delim";
    } else {
      return {};
    }
    SLUICE_TRY(value, parser.text("a character"));
    clauses.serde_properties[key] = std::move(value);
  }
}

Result<void> read_stored_as(DdlParser& parser, Clauses& clauses) {
  if (parser.take({"INPUTFORMAT"})) {
    SLUICE_TRY(input, parser.text("a class"));
    SLUICE_TRY_DO(parser.need({"OUTPUTFORMAT"}));
    SLUICE_TRY(output, parser.text("a class"));
    clauses.input = std::move(input);
    clauses.output = std::move(output);
    return {};
  }
  for (const Format& format : formats) {
    if (parser.take({format.word})) {
      clauses.input = format.input;
      clauses.output = format.output;
      if (clauses.serde.empty()) {
        clauses.serde = format.serde;
      }
      if (!format.classification.empty()) {
        clauses.properties.emplace("classification", format.classification);
      }
      return {};
    }
  }
  return parser.fail("expected PARQUET, TEXTFILE or INPUTFORMAT '...' OUTPUTFORMAT '...' here");
}

Result<void> read_clause(DdlParser& parser, Clauses& clauses) {
  if (parser.take({"COMMENT"})) {
    SLUICE_TRY(comment, parser.text("a comment"));
    clauses.comment = std::move(comment);
    return {};
  }
  if (parser.take({"PARTITIONED", "BY"})) {
    SLUICE_TRY(keys, read_columns(parser));
    clauses.partition_keys = std::move(keys);
    return {};
  }
  if (parser.take({"ROW", "FORMAT"})) {
    return read_row_format(parser, clauses);
  }
  if (parser.take({"STORED", "AS"})) {
    return read_stored_as(parser, clauses);
  }
  if (parser.take({"LOCATION"})) {
    SLUICE_TRY(location, parser.text("s3://bucket/folder/"));
    clauses.location = std::move(location);
    return {};
  }
  if (parser.take({"TBLPROPERTIES"})) {
    SLUICE_TRY(properties, read_properties(parser));
    clauses.properties.merge(properties);
    return {};
  }
  return parser.fail(
      "expected COMMENT, PARTITIONED BY, ROW FORMAT, STORED AS, LOCATION or TBLPROPERTIES here");
}

void write_columns(json::Writer& out, std::string_view member, const std::vector<Column>& columns) {
  out.key(member);
  out.begin_array();
  for (const Column& column : columns) {
    out.begin_object();
    out.member("Name", std::string_view(column.name));
    out.member("Type", std::string_view(column.type));
    if (!column.comment.empty()) {
      out.member("Comment", std::string_view(column.comment));
    }
    out.end_object();
  }
  out.end_array();
}

void write_map(json::Writer& out,
               std::string_view member,
               const std::map<std::string, std::string>& map) {
  out.key(member);
  out.begin_object();
  for (const auto& [key, value] : map) {
    out.member(key, std::string_view(value));
  }
  out.end_object();
}

std::string table_input(std::string_view table, Clauses clauses) {
  clauses.properties.emplace("EXTERNAL", "TRUE");
  if (!clauses.comment.empty()) {
    clauses.properties.emplace("comment", clauses.comment);
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("Name", table);
  out.member("TableType", "EXTERNAL_TABLE");
  write_map(out, "Parameters", clauses.properties);
  write_columns(out, "PartitionKeys", clauses.partition_keys);
  out.key("StorageDescriptor");
  out.begin_object();
  write_columns(out, "Columns", clauses.columns);
  out.member("Location", std::string_view(clauses.location));
  out.member("InputFormat", std::string_view(clauses.input));
  out.member("OutputFormat", std::string_view(clauses.output));
  out.key("SerdeInfo");
  out.begin_object();
  out.member("SerializationLibrary",
             clauses.serde.empty() ? formats[1].serde : std::string_view(clauses.serde));
  write_map(out, "Parameters", clauses.serde_properties);
  out.end_object();
  out.end_object();
  out.end_object();
  return text;
}

}  // namespace

Result<std::string> read_create_table(DdlParser& parser, std::string_view table) {
  Clauses clauses;
  SLUICE_TRY(columns, read_columns(parser));
  clauses.columns = std::move(columns);
  while (!parser.is_at_end()) {
    SLUICE_TRY_DO(read_clause(parser, clauses));
  }
  if (clauses.location.empty()) {
    return parser.fail("expected LOCATION 's3://bucket/folder/' before the end");
  }
  return table_input(table, std::move(clauses));
}

}  // namespace sluice::query
