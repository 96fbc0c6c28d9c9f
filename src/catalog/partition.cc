// Reads and writes Glue's shape of a partition.
#include "catalog/partition.h"

#include "base/check.h"
#include "catalog/input.h"
#include "catalog/keys.h"
#include "json/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::catalog {
namespace {

// The members of PartitionInput but its values.
constexpr std::array<std::string_view, 4> input_members = {
    "LastAccessTime", "StorageDescriptor", "Parameters", "LastAnalyzedTime"};

bool has_control(std::string_view text) {
  return std::any_of(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void write_values(json::Writer& out, std::span<const std::string> values) {
  out.key("Values");
  out.begin_array();
  for (const std::string& value : values) {
    out.value(std::string_view(value));
  }
  out.end_array();
}

void write_without_columns(json::Writer& out, json::View storage) {
  out.key("StorageDescriptor");
  out.begin_object();
  for (const json::Member member : storage.members()) {
    if (member.key != "Columns") {
      out.member(member.key, member.value);
    }
  }
  out.end_object();
}

std::string canonical_input(json::View input, std::span<const std::string> values) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_values(out, values);
  write_known(out, input, input_members);
  out.end_object();
  return text;
}

}  // namespace

Result<std::vector<std::string>> read_partition_values(json::View list) {
  if (!list.is(json::Kind::array)) {
    return wrong_kind("Values", "a list of strings");
  }
  std::vector<std::string> values;
  for (const json::View element : list.elements()) {
    const auto text = element.as_string();
    if (!text) {
      return wrong_kind(fmt::format("Values[{}]", values.size()), "a string");
    }
    if (text->size() > partition_value_bytes_max) {
      return wrong_kind(fmt::format("Values[{}]", values.size()),
                        fmt::format("at most {} bytes long", partition_value_bytes_max));
    }
    if (has_control(*text)) {
      return wrong_kind(fmt::format("Values[{}]", values.size()), "without control characters");
    }
    values.emplace_back(*text);
  }
  return values;
}

Result<Partition> parse_partition_input(json::View input) {
  if (!input.is(json::Kind::object)) {
    return wrong_kind("PartitionInput", "a structure");
  }
  Partition partition;
  SLUICE_TRY(values, read_partition_values(input.find("Values")));
  partition.values = std::move(values);
  SLUICE_TRY(parameters, read_parameters(input));
  partition.parameters = std::move(parameters);
  SLUICE_TRY(storage, read_storage(input));
  partition.columns = std::move(storage.columns);
  partition.location = std::move(storage.location);
  partition.input = canonical_input(input, partition.values);
  return partition;
}

void write_partition(json::Writer& out,
                     const Partition& partition,
                     const Table& table,
                     std::string_view catalog_id,
                     bool excludes_columns) {
  const auto input = json::Document::parse(partition.input);
  SLUICE_CHECK(input.has_value());
  const json::View root = input->root();
  out.begin_object();
  for (const json::Member member : root.members()) {
    if (excludes_columns && member.key == "StorageDescriptor") {
      write_without_columns(out, member.value);
    } else {
      out.member(member.key, member.value);
    }
  }
  out.member("DatabaseName", std::string_view(table.database));
  out.member("TableName", std::string_view(table.name));
  out.member("CreationTime", partition.created);
  out.member("CatalogId", catalog_id);
  out.end_object();
}

std::string partition_key(std::span<const std::string> values) {
  return fmt::format("{}", fmt::join(values, std::string_view(&key_separator, 1)));
}

std::vector<std::string> partition_values(std::string_view key) {
  std::vector<std::string> values;
  while (true) {
    const std::size_t end = key.find(key_separator);
    values.emplace_back(key.substr(0, end));
    if (end == std::string_view::npos) {
      return values;
    }
    key.remove_prefix(end + 1);
  }
}

std::string encode(const Partition& partition) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", stored_format_version);
  out.member("created_ms", to_count(partition.created));
  out.key("input");
  out.raw(partition.input);
  out.end_object();
  return text;
}

Result<Partition> decode_partition(std::string_view text) {
  SLUICE_TRY(document, json::Document::parse(Bytes(text)));
  SLUICE_TRY(root, stored_root(document, "partition"));
  SLUICE_TRY(partition, parse_partition_input(root.find("input")));
  const auto created = root.find("created_ms").as_int64();
  if (!created) {
    return broken_definition("partition");
  }
  partition.created = unix_millis(*created);
  return partition;
}

}  // namespace sluice::catalog
