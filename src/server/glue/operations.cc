// The table of Glue operations, and what they share.
#include "server/glue/glue.h"

#include <array>

namespace sluice::server {

std::span<const Operation> glue_operations() {
  static constexpr std::array operations = {
      Operation{.name = "BatchCreatePartition", .run = batch_create_partition},
      Operation{.name = "BatchDeletePartition", .run = batch_delete_partition},
      Operation{.name = "BatchDeleteTable", .run = batch_delete_table},
      Operation{.name = "BatchDeleteTableVersion", .run = batch_delete_table_version},
      Operation{.name = "BatchGetCrawlers", .run = batch_get_crawlers},
      Operation{.name = "BatchGetPartition", .run = batch_get_partition},
      Operation{.name = "BatchUpdatePartition", .run = batch_update_partition},
      Operation{.name = "CreateCrawler", .run = create_crawler},
      Operation{.name = "CreateDatabase", .run = create_database},
      Operation{.name = "CreatePartition", .run = create_partition},
      Operation{.name = "CreateTable", .run = create_table},
      Operation{.name = "DeleteCrawler", .run = delete_crawler},
      Operation{.name = "DeleteDatabase", .run = delete_database},
      Operation{.name = "DeletePartition", .run = delete_partition},
      Operation{.name = "DeleteTable", .run = delete_table},
      Operation{.name = "DeleteTableVersion", .run = delete_table_version},
      Operation{.name = "GetCatalogImportStatus", .run = get_catalog_import_status},
      Operation{.name = "GetColumnStatisticsForPartition", .run = get_column_statistics},
      Operation{.name = "GetColumnStatisticsForTable", .run = get_column_statistics},
      Operation{.name = "GetCrawler", .run = get_crawler},
      Operation{.name = "GetCrawlerMetrics", .run = get_crawler_metrics},
      Operation{.name = "GetCrawlers", .run = get_crawlers},
      Operation{.name = "GetDatabase", .run = get_database},
      Operation{.name = "GetDatabases", .run = get_databases},
      Operation{.name = "GetPartition", .run = get_partition},
      Operation{.name = "GetPartitionIndexes", .run = get_partition_indexes},
      Operation{.name = "GetPartitions", .run = get_partitions},
      Operation{.name = "GetTable", .run = get_table},
      Operation{.name = "GetTableVersion", .run = get_table_version},
      Operation{.name = "GetTableVersions", .run = get_table_versions},
      Operation{.name = "GetTables", .run = get_tables},
      Operation{.name = "GetTags", .run = get_tags},
      Operation{.name = "GetUserDefinedFunction", .run = get_user_defined_function},
      Operation{.name = "GetUserDefinedFunctions", .run = get_user_defined_functions},
      Operation{.name = "ListCrawlers", .run = list_crawlers},
      Operation{.name = "SearchTables", .run = search_tables},
      Operation{.name = "StartCrawler", .run = start_crawler},
      Operation{.name = "StartCrawlerSchedule", .run = start_crawler_schedule},
      Operation{.name = "StopCrawler", .run = stop_crawler},
      Operation{.name = "StopCrawlerSchedule", .run = stop_crawler_schedule},
      Operation{.name = "TagResource", .run = tag_resource},
      Operation{.name = "UntagResource", .run = untag_resource},
      Operation{.name = "UpdateCrawler", .run = update_crawler},
      Operation{.name = "UpdateDatabase", .run = update_database},
      Operation{.name = "UpdatePartition", .run = update_partition},
      Operation{.name = "UpdateTable", .run = update_table},
  };
  return operations;
}

std::optional<std::string_view> read_name(aws::Members& members, std::string_view member) {
  return members.string(member, {.is_required = true, .length_min = 1, .length_max = 255});
}

std::unexpected<aws::ApiError> glue_error(const Error& error) {
  aws::ApiError answer = aws::api_error(error, aws::glue_faults);
  answer.is_capital = true;
  return std::unexpected(std::move(answer));
}

void write_error_detail(json::Writer& out, const Error& error) {
  const aws::ApiError named = aws::api_error(error, aws::glue_faults);
  out.key("ErrorDetail");
  out.begin_object();
  out.member("ErrorCode", std::string_view(named.type));
  out.member("ErrorMessage", std::string_view(named.message));
  out.end_object();
}

PageRequest read_page_request(aws::Members& members, std::int64_t page_max) {
  PageRequest page;
  page.after = members.string("NextToken").value_or(std::string_view());
  page.room = static_cast<std::size_t>(
      members.integer("MaxResults", {.min = 1, .max = page_max}).value_or(page_max));
  return page;
}

}  // namespace sluice::server
