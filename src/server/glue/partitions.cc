// CreatePartition, GetPartition, UpdatePartition, DeletePartition.
#include "server/glue/glue.h"

namespace sluice::server {

std::optional<TableName> read_table_name(aws::Members& members) {
  const auto database = read_name(members, "DatabaseName");
  const auto table = read_name(members, "TableName");
  if (!database || !table) {
    return std::nullopt;
  }
  return TableName{*database, *table};
}

Answer create_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  members.object("PartitionInput", true);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto partition = catalog::parse_partition_input(request.body.find("PartitionInput"));
  if (!partition) {
    return glue_error(partition.error());
  }
  if (auto created =
          world.catalog.create_partition(name->database, name->table, *std::move(partition));
      !created) {
    return glue_error(created.error());
  }
  return std::string("{}");
}

Answer get_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list = members.list("PartitionValues", {.is_required = true});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto values = catalog::read_partition_values(list);
  if (!values) {
    return glue_error(values.error());
  }
  const auto table = world.catalog.table(name->database, name->table);
  if (!table) {
    return glue_error(table.error());
  }
  const auto partition = world.catalog.partition(name->database, name->table, *values);
  if (!partition) {
    return glue_error(partition.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Partition");
  catalog::write_partition(out, *partition, *table, world.account.id);
  out.end_object();
  return body;
}

Answer update_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list =
      members.list("PartitionValueList", {.is_required = true, .length_max = batch_items_max});
  members.object("PartitionInput", true);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto values = catalog::read_partition_values(list);
  if (!values) {
    return glue_error(values.error());
  }
  auto partition = catalog::parse_partition_input(request.body.find("PartitionInput"));
  if (!partition) {
    return glue_error(partition.error());
  }
  if (auto updated = world.catalog.update_partition(
          name->database, name->table, *values, *std::move(partition));
      !updated) {
    return glue_error(updated.error());
  }
  return std::string("{}");
}

Answer delete_partition(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const json::View list = members.list("PartitionValues", {.is_required = true});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto values = catalog::read_partition_values(list);
  if (!values) {
    return glue_error(values.error());
  }
  if (auto removed = world.catalog.delete_partition(name->database, name->table, *values);
      !removed) {
    return glue_error(removed.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
