// The table of Athena's operations, and what they share.
#include "server/athena/athena.h"

#include <algorithm>
#include <array>

namespace sluice::server {
namespace {

constexpr aws::FaultNames athena_faults = {"InvalidRequestException",
                                           "InvalidRequestException",
                                           "InvalidRequestException",
                                           "TooManyRequestsException"};

constexpr aws::Pattern work_group_pattern = {
    "[a-zA-Z0-9._-]{1,128}", [](std::string_view name) {
      constexpr std::size_t characters_max = 128;
      return !name.empty() && name.size() <= characters_max &&
             name.find_first_not_of(
                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                 "._-") == std::string_view::npos;
    }};

}  // namespace

std::span<const Operation> athena_operations() {
  static constexpr std::array operations = {
      Operation{.name = "BatchGetNamedQuery", .run = batch_get_named_query},
      Operation{.name = "BatchGetPreparedStatement", .run = batch_get_prepared_statement},
      Operation{.name = "BatchGetQueryExecution", .run = batch_get_query_execution},
      Operation{.name = "CreateNamedQuery", .run = create_named_query},
      Operation{.name = "CreatePreparedStatement", .run = create_prepared_statement},
      Operation{.name = "CreateWorkGroup", .run = create_work_group},
      Operation{.name = "DeleteNamedQuery", .run = delete_named_query},
      Operation{.name = "DeletePreparedStatement", .run = delete_prepared_statement},
      Operation{.name = "DeleteWorkGroup", .run = delete_work_group},
      Operation{.name = "GetDataCatalog", .run = get_data_catalog},
      Operation{.name = "GetDatabase", .run = get_athena_database},
      Operation{.name = "GetNamedQuery", .run = get_named_query},
      Operation{.name = "GetPreparedStatement", .run = get_prepared_statement},
      Operation{.name = "GetQueryExecution", .run = get_query_execution},
      Operation{.name = "GetQueryResults", .run = get_query_results},
      Operation{.name = "GetQueryRuntimeStatistics", .run = get_query_runtime_statistics},
      Operation{.name = "GetTableMetadata", .run = get_table_metadata},
      Operation{.name = "GetWorkGroup", .run = get_work_group},
      Operation{.name = "ListDataCatalogs", .run = list_data_catalogs},
      Operation{.name = "ListDatabases", .run = list_athena_databases},
      Operation{.name = "ListEngineVersions", .run = list_engine_versions},
      Operation{.name = "ListNamedQueries", .run = list_named_queries},
      Operation{.name = "ListPreparedStatements", .run = list_prepared_statements},
      Operation{.name = "ListQueryExecutions", .run = list_query_executions},
      Operation{.name = "ListTableMetadata", .run = list_table_metadata},
      Operation{.name = "ListTagsForResource", .run = list_work_group_tags},
      Operation{.name = "ListWorkGroups", .run = list_work_groups},
      Operation{.name = "StartQueryExecution", .run = start_query_execution},
      Operation{.name = "StopQueryExecution", .run = stop_query_execution},
      Operation{.name = "TagResource", .run = tag_work_group},
      Operation{.name = "UntagResource", .run = untag_work_group},
      Operation{.name = "UpdateNamedQuery", .run = update_named_query},
      Operation{.name = "UpdatePreparedStatement", .run = update_prepared_statement},
      Operation{.name = "UpdateWorkGroup", .run = update_work_group},
  };
  return operations;
}

std::unexpected<aws::ApiError> invalid_request(std::string message, std::string_view code) {
  aws::ApiError error{"InvalidRequestException", std::move(message), 400, true};
  error.code_member = "AthenaErrorCode";
  error.code = code;
  return std::unexpected(std::move(error));
}

std::unexpected<aws::ApiError> athena_error(const Error& error, std::string_view code) {
  aws::ApiError answer = aws::api_error(error, athena_faults);
  if (answer.type == athena_faults.invalid) {
    return invalid_request(std::move(answer.message), code);
  }
  answer.is_capital = true;
  return std::unexpected(std::move(answer));
}

std::optional<aws::ApiError> athena_refusal(const aws::Members& members) {
  auto refused = members.refusal();
  if (refused && refused->type == "ValidationException") {
    return invalid_request(std::move(refused->message)).error();
  }
  return refused;
}

std::string object_with(const std::function<void(json::Writer& out)>& write) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  write(out);
  out.end_object();
  return body;
}

std::string read_work_group(aws::Members& members, std::string_view member, bool is_required) {
  const auto name =
      members.string(member, {.is_required = is_required, .pattern = &work_group_pattern});
  return std::string(name.value_or(query::primary_work_group));
}

AthenaPage read_athena_page(aws::Members& members) {
  constexpr std::int64_t page_max = 50;
  AthenaPage page;
  page.after = members.string("NextToken").value_or(std::string_view());
  page.room = static_cast<std::size_t>(
      members.integer("MaxResults", {.min = 0, .max = page_max}).value_or(page_max));
  if (page.room == 0) {
    page.room = static_cast<std::size_t>(page_max);
  }
  return page;
}

void write_page(json::Writer& out,
                std::string_view member,
                const AthenaPage& page,
                std::span<const std::string> all,
                const std::function<void(std::size_t index)>& write_one) {
  const auto first = page.after.empty() ? all.begin() : std::ranges::upper_bound(all, page.after);
  const auto left = static_cast<std::size_t>(all.end() - first);
  const auto start = static_cast<std::size_t>(first - all.begin());
  const std::size_t end = start + std::min(left, page.room);
  out.key(member);
  out.begin_array();
  for (std::size_t i = start; i < end; ++i) {
    write_one(i);
  }
  out.end_array();
  if (end < all.size()) {
    out.member("NextToken", std::string_view(all[end - 1]));
  }
}

void write_engine_version(json::Writer& out, std::string_view selected) {
  out.key("EngineVersion");
  out.begin_object();
  out.member("SelectedEngineVersion", selected);
  out.member("EffectiveEngineVersion", "Athena engine version 3");
  out.end_object();
}

}  // namespace sluice::server
