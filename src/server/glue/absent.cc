// What clients of the catalog ask for in passing and this one keeps none of: functions, partition
// indexes, column statistics, the import from Athena.  The answer says so in Glue's shapes.
#include "server/glue/glue.h"

namespace sluice::server {
namespace {

// An answer whose lists are empty.
std::string empty_lists(std::initializer_list<std::string_view> names) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  for (const std::string_view name : names) {
    out.key(name);
    out.begin_array();
    out.end_array();
  }
  out.end_object();
  return body;
}

// Refuses what does not name a table that is there.
std::optional<std::unexpected<aws::ApiError>> unless_table(World& world,
                                                           const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (const auto table = world.catalog.table(name->database, name->table); !table) {
    return glue_error(table.error());
  }
  return std::nullopt;
}

}  // namespace

Answer get_user_defined_functions(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = members.string("DatabaseName", {.length_min = 1, .length_max = 255});
  members.string("Pattern", {.is_required = true, .length_min = 1, .length_max = 255});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (database) {
    if (const auto found = world.catalog.database(*database); !found) {
      return glue_error(found.error());
    }
  }
  return empty_lists({"UserDefinedFunctions"});
}

Answer get_user_defined_function(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto database = read_name(members, "DatabaseName");
  const auto name = read_name(members, "FunctionName");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (const auto found = world.catalog.database(*database); !found) {
    return glue_error(found.error());
  }
  return refuse("EntityNotFoundException", "Function " + std::string(*name) + " not found.");
}

Answer get_partition_indexes(World& world, const ApiRequest& request) {
  if (auto refused = unless_table(world, request)) {
    return *std::move(refused);
  }
  return empty_lists({"PartitionIndexDescriptorList"});
}

Answer get_column_statistics(World& world, const ApiRequest& request) {
  if (auto refused = unless_table(world, request)) {
    return *std::move(refused);
  }
  return empty_lists({"ColumnStatisticsList", "Errors"});
}

Answer get_catalog_import_status(World& /*world*/, const ApiRequest& /*request*/) {
  return std::string(R"({"ImportStatus":{"ImportCompleted":true}})");
}

}  // namespace sluice::server
