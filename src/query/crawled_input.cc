// Inputs of the catalog, as Glue's crawlers fill them in.
#include "query/crawled_input.h"

#include "base/check.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace sluice::query {
namespace {

using catalog::Column;
using Parameters = std::map<std::string, std::string>;

constexpr std::array<std::string_view, 4> written_members = {
    "Name", "StorageDescriptor", "PartitionKeys", "Parameters"};

Parameters crawl_parameters(std::string_view crawler, const FileTotals& totals) {
  const auto rows = static_cast<std::uint64_t>(std::max<std::int64_t>(totals.rows, 0));
  return {{"CrawlerSchemaDeserializerVersion", "1.0"},
          {"CrawlerSchemaSerializerVersion", "1.0"},
          {std::string(updated_by_parameter), std::string(crawler)},
          {"averageRecordSize", std::to_string(rows == 0 ? 0 : totals.bytes / rows)},
          {"classification", "parquet"},
          {"compressionType", "none"},
          {"objectCount", std::to_string(totals.files)},
          {"recordCount", std::to_string(rows)},
          {"sizeKey", std::to_string(totals.bytes)},
          {"typeOfData", "file"}};
}

void write_parameters(json::Writer& out, const Parameters& parameters) {
  out.key("Parameters");
  out.begin_object();
  for (const auto& [name, value] : parameters) {
    out.member(name, std::string_view(value));
  }
  out.end_object();
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

void write_empty_list(json::Writer& out, std::string_view member) {
  out.key(member);
  out.begin_array();
  out.end_array();
}

void write_storage(json::Writer& out,
                   const std::vector<Column>& columns,
                   std::string_view location,
                   const Parameters& parameters) {
  out.key("StorageDescriptor");
  out.begin_object();
  write_columns(out, "Columns", columns);
  out.member("Location", location);
  out.member("InputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat");
  out.member("OutputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat");
  out.member("Compressed", false);
  out.member("NumberOfBuckets", -1);
  out.key("SerdeInfo");
  out.begin_object();
  out.member("SerializationLibrary", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe");
  write_parameters(out, {{"serialization.format", "1"}});
  out.end_object();
  write_empty_list(out, "BucketColumns");
  write_empty_list(out, "SortColumns");
  write_parameters(out, parameters);
  out.member("StoredAsSubDirectories", false);
  out.end_object();
}

std::string_view folder_of(std::string_view location) {
  for (const std::string_view scheme : {"s3://", "s3a://", "s3n://"}) {
    if (location.starts_with(scheme)) {
      location.remove_prefix(scheme.size());
      break;
    }
  }
  return location.ends_with('/') ? location.substr(0, location.size() - 1) : location;
}

catalog::Table parsed(const std::string& input) {
  const auto document = json::Document::parse(input);
  SLUICE_CHECK(document.has_value());
  auto table = catalog::parse_table_input(document->root());
  SLUICE_CHECK(table.has_value());
  return *std::move(table);
}

bool has_member(const catalog::Table& table, std::string_view member) {
  const auto document = json::Document::parse(table.input);
  SLUICE_CHECK(document.has_value());
  return document->root().find(member).exists();
}

// Copies the members of a table's input but those named.
void write_others(json::Writer& out,
                  const catalog::Table& table,
                  std::span<const std::string_view> named) {
  const auto document = json::Document::parse(table.input);
  SLUICE_CHECK(document.has_value());
  const json::View root = document->root();
  for (const json::Member member : root.members()) {
    if (std::find(named.begin(), named.end(), member.key) == named.end()) {
      out.member(member.key, member.value);
    }
  }
}

}  // namespace

std::string location_of(std::string_view bucket, std::string_view folder) {
  return fmt::format("s3://{}/{}", bucket, folder);
}

bool is_same_location(std::string_view left, std::string_view right) {
  return folder_of(left) == folder_of(right);
}

std::vector<Column> columns_of(const columnar::Schema& schema, const std::vector<Column>& before) {
  std::vector<Column> columns;
  for (const columnar::Field& field : schema.columns) {
    const auto same = std::find_if(before.begin(), before.end(), [&](const Column& column) {
      return column.name == field.name;
    });
    columns.push_back({field.name,
                       columnar::to_string(field.type),
                       same == before.end() ? std::string() : same->comment});
  }
  return columns;
}

bool are_same_columns(const std::vector<Column>& left, const std::vector<Column>& right) {
  const auto canonical = [](const std::string& type) {
    const auto read = columnar::parse_type(type);
    return read ? columnar::to_string(*read) : type;
  };
  return std::equal(
      left.begin(), left.end(), right.begin(), right.end(), [&](const Column& a, const Column& b) {
        return a.name == b.name && canonical(a.type) == canonical(b.type);
      });
}

catalog::Table crawled_table(std::string_view crawler,
                             std::string name,
                             std::string_view bucket,
                             const FoundTable& found,
                             const std::vector<Column>& columns,
                             const catalog::Table* before) {
  Parameters parameters = crawl_parameters(crawler, found.totals);
  const Parameters own = parameters;
  if (before != nullptr) {
    parameters.insert(before->parameters.begin(), before->parameters.end());
    parameters.erase(std::string(deprecated_by_parameter));
  }
  std::string input;
  json::Writer out(input);
  out.begin_object();
  out.member("Name", std::string_view(name));
  if (before != nullptr) {
    write_others(out, *before, written_members);
  }
  if (before == nullptr || !has_member(*before, "TableType")) {
    out.member("TableType", "EXTERNAL_TABLE");
  }
  write_storage(out, columns, location_of(bucket, found.folder), own);
  std::vector<Column> keys;
  for (const std::string& key : found.partition_keys) {
    keys.push_back({key, "string", {}});
  }
  write_columns(out, "PartitionKeys", keys);
  write_parameters(out, parameters);
  out.end_object();
  return parsed(input);
}

catalog::Partition crawled_partition(std::string_view crawler,
                                     std::string_view bucket,
                                     const FoundPartition& found,
                                     const std::vector<Column>& columns) {
  const Parameters parameters = crawl_parameters(crawler, found.totals);
  std::string input;
  json::Writer out(input);
  out.begin_object();
  out.key("Values");
  out.begin_array();
  for (const std::string& value : found.values) {
    out.value(std::string_view(value));
  }
  out.end_array();
  write_storage(out, columns, location_of(bucket, found.folder), {});
  write_parameters(out, parameters);
  out.end_object();
  const auto document = json::Document::parse(input);
  SLUICE_CHECK(document.has_value());
  auto partition = catalog::parse_partition_input(document->root());
  SLUICE_CHECK(partition.has_value());
  return *std::move(partition);
}

catalog::Table with_parameter(const catalog::Table& table,
                              std::string_view name,
                              const std::string& value) {
  constexpr std::array<std::string_view, 1> replaced = {"Parameters"};
  Parameters parameters = table.parameters;
  parameters.erase(std::string(name));
  if (!value.empty()) {
    parameters.emplace(name, value);
  }
  std::string input;
  json::Writer out(input);
  out.begin_object();
  write_others(out, table, replaced);
  write_parameters(out, parameters);
  out.end_object();
  return parsed(input);
}

}  // namespace sluice::query
