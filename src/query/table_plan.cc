// Tables, streams and partitions put together.
#include "query/table_plan.h"

#include "delivery/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::string_view projection_names = "projection.";
constexpr std::string_view projection_enabled = "projection.enabled";
constexpr std::string_view location_template = "storage.location.template";

bool equals_folded(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(a) == lower(b);
  });
}

bool has_column(const columnar::Schema& schema, std::string_view name) {
  return std::ranges::any_of(schema.columns, [&](const columnar::Field& column) {
    return equals_folded(column.name, name);
  });
}

bool fills(const delivery::DeliveryStream& stream, const catalog::Table& table) {
  return stream.s3.converts() && stream.s3.conversion->schema &&
         equals_folded(stream.s3.conversion->schema->database, table.database) &&
         equals_folded(stream.s3.conversion->schema->table, table.name);
}

std::string with_slash(const std::string& text) {
  return text.empty() || text.ends_with('/') ? text : text + "/";
}

// Where a delivery stream puts what it cannot convert, as far as that lies among its data.
std::vector<std::string> error_outputs(const delivery::S3Destination& destination,
                                       std::string_view data) {
  std::vector<std::string> begin;
  if (destination.error_output_prefix) {
    begin.push_back(
        destination.error_output_prefix->substr(0, destination.error_output_prefix->find("!{")));
  } else {
    begin.push_back(
        destination.prefix.value_or("") +
        std::string(delivery::object_kind_name(delivery::ObjectKind::format_conversion_failed)));
  }
  std::erase_if(begin, [&](const std::string& each) {
    return each.size() <= data.size() || !each.starts_with(data);
  });
  return begin;
}

TablePlace place_of(const delivery::DeliveryStream& stream) {
  TablePlace place;
  place.bucket = stream.s3.bucket();
  place.layout = layout_of_prefix(stream.s3.prefix);
  place.prefix = place.layout.root;
  const auto folders = static_cast<std::size_t>(std::ranges::count(place.prefix, '/'));
  if (!place.layout.columns.empty() && place.layout.columns.front().segment == folders) {
    place.prefix += place.layout.columns.front().before;
  }
  place.excluded = error_outputs(stream.s3, place.prefix);
  return place;
}

// The columns a place's keys imply, for a table that declares none.
void imply_columns(TablePlan& plan) {
  for (TablePlace& place : plan.places) {
    for (PartitionColumn& column : place.layout.columns) {
      const auto is_same = [&](const columnar::Field& other) { return other.name == column.name; };
      if (has_column(plan.schema, column.name)) {
        const std::string plain = std::exchange(column.name, "partition_" + column.name);
        for (std::string& folder : place.layout.folders) {
          const std::size_t at = folder.find("${" + plain + "}");
          folder = at == std::string::npos ? folder : folder.insert(at + 2, "partition_");
        }
      }
      if (std::ranges::none_of(plan.partition_columns, is_same)) {
        plan.partition_columns.push_back({column.name, column.type});
      }
    }
  }
}

// Registered partitions, or nothing.
void add_partitions(TablePlan& plan, std::span<const catalog::Partition> partitions) {
  for (const catalog::Partition& partition : partitions) {
    if (const auto location = parse_s3_location(partition.location)) {
      plan.places.push_back({.bucket = location->bucket,
                             .prefix = with_slash(location->key),
                             .excluded = {},
                             .layout = {},
                             .values = partition.values});
    }
  }
}

// The parameters of a table that is projected; none of another.
std::map<std::string, std::string> projection_of(const catalog::Table& table) {
  const auto enabled = table.parameters.find(std::string(projection_enabled));
  if (enabled == table.parameters.end() || !equals_folded(enabled->second, "true")) {
    return {};
  }
  std::map<std::string, std::string> projection;
  for (const auto& [name, value] : table.parameters) {
    if (name.starts_with(projection_names) || name == location_template) {
      projection.emplace(name, value);
    }
  }
  return projection;
}

// A place whose keys are said to look like a template.
void add_projection(TablePlan& plan) {
  const auto given = plan.projection.find(std::string(location_template));
  if (given == plan.projection.end()) {
    return;
  }
  if (const auto location = parse_s3_location(given->second)) {
    KeyLayout layout = layout_of_template(location->key, plan.partition_columns);
    plan.places.push_back({.bucket = location->bucket,
                           .prefix = layout.root,
                           .excluded = {},
                           .layout = std::move(layout),
                           .values = {}});
  }
}

// Whether the prefix of every stream has all the columns that the table declares.
bool implies_all(const TablePlan& plan) {
  return std::ranges::all_of(plan.places, [&](const TablePlace& place) {
    return std::ranges::all_of(plan.partition_columns, [&](const columnar::Field& key) {
      return std::ranges::find(place.layout.columns, key.name, &PartitionColumn::name) !=
             place.layout.columns.end();
    });
  });
}

void add_streams(TablePlan& plan,
                 const catalog::Table& table,
                 std::span<const delivery::DeliveryStream> streams) {
  for (const delivery::DeliveryStream& stream : streams) {
    if (fills(stream, table)) {
      plan.places.push_back(place_of(stream));
    }
  }
  if (!plan.partition_columns.empty() && !implies_all(plan)) {
    for (TablePlace& place : plan.places) {
      place.layout = layout_of_hive(place.layout.root, plan.partition_columns);
    }
  }
}

void add_location(TablePlan& plan) {
  if (plan.location) {
    const std::string root = with_slash(plan.location->key);
    plan.places.push_back({.bucket = plan.location->bucket,
                           .prefix = root,
                           .excluded = {},
                           .layout = layout_of_hive(root, plan.partition_columns),
                           .values = {}});
  }
}

std::vector<std::string_view> folders_of(std::string_view prefix) {
  std::vector<std::string_view> folders;
  for (std::size_t slash = prefix.find('/'); slash != std::string_view::npos;
       slash = prefix.find('/')) {
    folders.push_back(prefix.substr(0, slash));
    prefix.remove_prefix(slash + 1);
  }
  return folders;
}

// The folder of a registered partition that is a column's value, or ends in it: "2025",
// "year=2025". Each of `used` is another column's.
std::optional<PartitionColumn> segment_of_value(const TablePlace& place,
                                                std::size_t column,
                                                const std::vector<std::size_t>& used) {
  const std::string_view value = place.values[column];
  const auto folders = folders_of(place.prefix);
  for (std::size_t i = 0; i < folders.size() && !value.empty(); ++i) {
    const bool is_free = std::ranges::find(used, i) == used.end();
    const std::string_view folder = folders[i];
    if (is_free && (folder == value || folder.ends_with("=" + std::string(value)))) {
      PartitionColumn found;
      found.segment = i;
      found.before = folder.substr(0, folder.size() - value.size());
      return found;
    }
  }
  return std::nullopt;
}

std::optional<PartitionColumn> segment_at(const TablePlan& plan,
                                          const TablePlace& place,
                                          std::size_t column,
                                          const std::vector<std::size_t>& used) {
  if (place.is_registered()) {
    return column < place.values.size() ? segment_of_value(place, column, used) : std::nullopt;
  }
  const auto found = std::ranges::find(
      place.layout.columns, plan.partition_columns[column].name, &PartitionColumn::name);
  return found == place.layout.columns.end() ? std::nullopt : std::optional(*found);
}

// Fills plan.segments.
void settle_segments(TablePlan& plan) {
  plan.segments.assign(plan.partition_columns.size(), std::nullopt);
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < plan.segments.size() && !plan.places.empty(); ++i) {
    const auto first = segment_at(plan, plan.places.front(), i, used);
    const bool is_shared = first && std::ranges::all_of(plan.places, [&](const TablePlace& place) {
                             const auto other = segment_at(plan, place, i, used);
                             return other && other->segment == first->segment &&
                                    other->before == first->before && other->after == first->after;
                           });
    if (is_shared) {
      plan.segments[i] = first;
      used.push_back(first->segment);
    }
  }
}

}  // namespace

TablePlan plan_table(const catalog::Table& table,
                     std::span<const delivery::DeliveryStream> streams,
                     std::span<const catalog::Partition> partitions) {
  TablePlan plan;
  plan.database = table.database;
  plan.name = table.name;
  Result<columnar::Schema> schema = catalog::record_schema(table);
  if (!schema) {
    plan.problem = schema.error().message();
    return plan;
  }
  plan.schema = *std::move(schema);
  for (const catalog::Column& key : table.partition_keys) {
    const auto type = columnar::parse_type(key.type);
    if (!type || has_column(plan.schema, key.name)) {
      plan.problem = type ? fmt::format("partition key {} is a column too", key.name)
                          : fmt::format("partition key {}: {}", key.name, type.error().message());
      return plan;
    }
    plan.partition_columns.push_back({key.name, *type});
  }
  plan.location = parse_s3_location(table.location);
  const bool has_keys = !plan.partition_columns.empty();
  if (has_keys) {
    plan.projection = projection_of(table);
    add_partitions(plan, partitions);
  }
  if (has_keys && plan.places.empty()) {
    add_projection(plan);
  }
  if (plan.places.empty()) {
    add_streams(plan, table, streams);
  }
  if (plan.places.empty()) {
    add_location(plan);
  }
  if (!has_keys) {
    imply_columns(plan);
  }
  settle_segments(plan);
  return plan;
}

void add_hive_columns(TablePlan& plan, const std::vector<std::string>& keys) {
  if (!plan.partition_columns.empty() || plan.places.size() != 1) {
    return;
  }
  TablePlace& place = plan.places.front();
  std::vector<columnar::Field> fields = hive_keys_in(place.prefix, keys);
  std::erase_if(fields,
                [&](const columnar::Field& field) { return has_column(plan.schema, field.name); });
  place.layout = layout_of_hive(place.prefix, fields);
  imply_columns(plan);
  settle_segments(plan);
}

std::optional<std::string_view> partition_value(const TablePlan& plan,
                                                const TablePlace& place,
                                                std::size_t column,
                                                std::string_view key) {
  if (place.is_registered()) {
    return column < place.values.size() ? std::optional<std::string_view>(place.values[column])
                                        : std::nullopt;
  }
  const auto found = std::ranges::find(
      place.layout.columns, plan.partition_columns[column].name, &PartitionColumn::name);
  return found == place.layout.columns.end() ? std::nullopt : value_of(*found, key);
}

std::optional<S3Location> parse_s3_location(std::string_view text) {
  for (const std::string_view scheme : {"s3://", "s3a://", "s3n://"}) {
    if (text.starts_with(scheme)) {
      const std::string_view rest = text.substr(scheme.size());
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      if (slash == 0) {
        return std::nullopt;
      }
      return S3Location{std::string(rest.substr(0, slash)),
                        std::string(rest.substr(std::min(slash + 1, rest.size())))};
    }
  }
  return std::nullopt;
}

}  // namespace sluice::query
