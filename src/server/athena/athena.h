// The operations of Athena (API version 2017-05-18), a file for each group.
#pragma once

#include "aws/members.h"
#include "query/athena_execution.h"
#include "server/api.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::server {

inline constexpr std::string_view athena_target = "AmazonAthena";

// The only data catalog, in the case of letters that Athena writes it in.
inline constexpr std::string_view athena_catalog = "AwsDataCatalog";

std::span<const Operation> athena_operations();

Answer start_query_execution(World& world, const ApiRequest& request);
Answer stop_query_execution(World& world, const ApiRequest& request);
Answer get_query_execution(World& world, const ApiRequest& request);
Answer batch_get_query_execution(World& world, const ApiRequest& request);
Answer list_query_executions(World& world, const ApiRequest& request);
Answer get_query_runtime_statistics(World& world, const ApiRequest& request);
Answer get_query_results(World& world, const ApiRequest& request);

Answer create_work_group(World& world, const ApiRequest& request);
Answer get_work_group(World& world, const ApiRequest& request);
Answer list_work_groups(World& world, const ApiRequest& request);
Answer update_work_group(World& world, const ApiRequest& request);
Answer delete_work_group(World& world, const ApiRequest& request);

Answer create_named_query(World& world, const ApiRequest& request);
Answer get_named_query(World& world, const ApiRequest& request);
Answer batch_get_named_query(World& world, const ApiRequest& request);
Answer list_named_queries(World& world, const ApiRequest& request);
Answer update_named_query(World& world, const ApiRequest& request);
Answer delete_named_query(World& world, const ApiRequest& request);

Answer create_prepared_statement(World& world, const ApiRequest& request);
Answer get_prepared_statement(World& world, const ApiRequest& request);
Answer batch_get_prepared_statement(World& world, const ApiRequest& request);
Answer list_prepared_statements(World& world, const ApiRequest& request);
Answer update_prepared_statement(World& world, const ApiRequest& request);
Answer delete_prepared_statement(World& world, const ApiRequest& request);

Answer list_data_catalogs(World& world, const ApiRequest& request);
Answer get_data_catalog(World& world, const ApiRequest& request);
Answer list_athena_databases(World& world, const ApiRequest& request);
Answer get_athena_database(World& world, const ApiRequest& request);
Answer list_table_metadata(World& world, const ApiRequest& request);
Answer get_table_metadata(World& world, const ApiRequest& request);

Answer list_engine_versions(World& world, const ApiRequest& request);
Answer list_work_group_tags(World& world, const ApiRequest& request);
Answer tag_work_group(World& world, const ApiRequest& request);
Answer untag_work_group(World& world, const ApiRequest& request);

// InvalidRequestException with an AthenaErrorCode.
std::unexpected<aws::ApiError> invalid_request(std::string message,
                                               std::string_view code = "INVALID_INPUT");

// A failure of ours as Athena names it.
std::unexpected<aws::ApiError> athena_error(const Error& error,
                                            std::string_view code = "INVALID_INPUT");

// What is wrong with the members so far, with Athena's name for it.
std::optional<aws::ApiError> athena_refusal(const aws::Members& members);

// {"...": ...}
std::string object_with(const std::function<void(json::Writer& out)>& write);

// [a-zA-Z0-9._-]{1,128}; `primary` when it is absent and not required.
std::string read_work_group(aws::Members& members,
                            std::string_view member = "WorkGroup",
                            bool is_required = false);

// MaxResults and NextToken of a list whose tokens are the last name of the page before.
struct AthenaPage {
  std::string after;
  std::size_t room = 50;
};

AthenaPage read_athena_page(aws::Members& members);

// Writes the names of `all` (in order) that the page holds, and NextToken when there are more.
// `write_one` writes the one at an index.
void write_page(json::Writer& out,
                std::string_view member,
                const AthenaPage& page,
                std::span<const std::string> all,
                const std::function<void(std::size_t index)>& write_one);

void write_engine_version(json::Writer& out, std::string_view selected);

}  // namespace sluice::server
