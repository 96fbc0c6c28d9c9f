// BatchCreatePartition, BatchGetPartition, BatchUpdatePartition, BatchDeletePartition: each does
// what it can and answers with the rest.
#include "server/glue/glue.h"

namespace sluice::server {
namespace {

constexpr std::size_t get_items_max = 1000;
constexpr std::size_t delete_items_max = 25;

void write_values(json::Writer& out, std::string_view member, json::View values) {
  if (values.exists()) {
    out.member(member, values);
  }
}

void write_failure(json::Writer& out,
                   std::string_view values_member,
                   json::View values,
                   const Error& error) {
  out.begin_object();
  write_values(out, values_member, values);
  write_error_detail(out, error);
  out.end_object();
}

// The values of each element's member `Values`.
Result<std::vector<std::vector<std::string>>> read_values_of(json::View list) {
  std::vector<std::vector<std::string>> all;
  for (const json::View element : list.elements()) {
    SLUICE_TRY(values, catalog::read_partition_values(element.find("Values")));
    all.push_back(std::move(values));
  }
  return all;
}

// {"Errors": [...]} for those of `list` that have an error.
std::string write_outcomes(json::View list, const catalog::PartitionOutcomes& outcomes) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Errors");
  out.begin_array();
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    if (const auto& failed = outcomes[index++]) {
      write_failure(out, "PartitionValues", element.find("Values"), *failed);
    }
  }
  out.end_array();
  out.end_object();
  return body;
}

}  // namespace

Answer batch_create_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list =
      members.list("PartitionInputList", {.is_required = true, .length_max = batch_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::vector<catalog::Partition> partitions;
  for (const json::View element : list.elements()) {
    auto partition = catalog::parse_partition_input(element);
    if (!partition) {
      return glue_error(partition.error());
    }
    partitions.push_back(*std::move(partition));
  }
  const auto outcomes =
      world.catalog.create_partitions(name->database, name->table, std::move(partitions));
  if (!outcomes) {
    return glue_error(outcomes.error());
  }
  return write_outcomes(list, *outcomes);
}

Answer batch_delete_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list =
      members.list("PartitionsToDelete", {.is_required = true, .length_max = delete_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto values = read_values_of(list);
  if (!values) {
    return glue_error(values.error());
  }
  const auto outcomes = world.catalog.delete_partitions(name->database, name->table, *values);
  if (!outcomes) {
    return glue_error(outcomes.error());
  }
  return write_outcomes(list, *outcomes);
}

Answer batch_get_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list =
      members.list("PartitionsToGet", {.is_required = true, .length_max = get_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto table = world.catalog.table(name->database, name->table);
  if (!table) {
    return glue_error(table.error());
  }
  const auto wanted = read_values_of(list);
  if (!wanted) {
    return glue_error(wanted.error());
  }
  std::string body;
  json::Writer out(body);
  std::vector<json::View> not_found;
  out.begin_object();
  out.key("Partitions");
  out.begin_array();
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    const auto partition = world.catalog.partition(name->database, name->table, (*wanted)[index++]);
    if (partition) {
      catalog::write_partition(out, *partition, *table, world.account.id);
    } else if (partition.error().fault() == Fault::missing) {
      not_found.push_back(element.find("Values"));
    } else {
      return glue_error(partition.error());
    }
  }
  out.end_array();
  out.key("UnprocessedKeys");
  out.begin_array();
  for (const json::View values : not_found) {
    out.begin_object();
    write_values(out, "Values", values);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return body;
}

Answer batch_update_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list = members.list(
      "Entries", {.is_required = true, .length_min = 1, .length_max = batch_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (const auto table = world.catalog.table(name->database, name->table); !table) {
    return glue_error(table.error());
  }
  const auto update = [&](json::View entry) -> Result<void> {
    SLUICE_TRY(values, catalog::read_partition_values(entry.find("PartitionValueList")));
    SLUICE_TRY(partition, catalog::parse_partition_input(entry.find("PartitionInput")));
    return world.catalog.update_partition(
        name->database, name->table, values, std::move(partition));
  };
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Errors");
  out.begin_array();
  for (const json::View entry : list.elements()) {
    if (const auto updated = update(entry); !updated) {
      write_failure(out, "PartitionValueList", entry.find("PartitionValueList"), updated.error());
    }
  }
  out.end_array();
  out.end_object();
  return body;
}

}  // namespace sluice::server
