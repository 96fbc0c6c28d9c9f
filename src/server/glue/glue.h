// The operations of the Glue catalog (API version 2017-03-31): databases, tables and their
// versions, partitions.
#pragma once

#include "aws/members.h"
#include "server/api.h"

#include <span>

namespace sluice::server {

inline constexpr std::string_view glue_target = "AWSGlue";

std::span<const Operation> glue_operations();

Answer create_database(World& world, const ApiRequest& request);
Answer update_database(World& world, const ApiRequest& request);
Answer get_database(World& world, const ApiRequest& request);
Answer get_databases(World& world, const ApiRequest& request);
Answer delete_database(World& world, const ApiRequest& request);
Answer create_table(World& world, const ApiRequest& request);
Answer get_table(World& world, const ApiRequest& request);
Answer get_tables(World& world, const ApiRequest& request);
Answer update_table(World& world, const ApiRequest& request);
Answer delete_table(World& world, const ApiRequest& request);
Answer batch_delete_table(World& world, const ApiRequest& request);
Answer search_tables(World& world, const ApiRequest& request);
Answer get_table_version(World& world, const ApiRequest& request);
Answer get_table_versions(World& world, const ApiRequest& request);
Answer delete_table_version(World& world, const ApiRequest& request);
Answer batch_delete_table_version(World& world, const ApiRequest& request);
Answer create_partition(World& world, const ApiRequest& request);
Answer get_partition(World& world, const ApiRequest& request);
Answer get_partitions(World& world, const ApiRequest& request);
Answer update_partition(World& world, const ApiRequest& request);
Answer delete_partition(World& world, const ApiRequest& request);
Answer batch_create_partition(World& world, const ApiRequest& request);
Answer batch_get_partition(World& world, const ApiRequest& request);
Answer batch_update_partition(World& world, const ApiRequest& request);
Answer batch_delete_partition(World& world, const ApiRequest& request);
Answer get_user_defined_function(World& world, const ApiRequest& request);
Answer get_user_defined_functions(World& world, const ApiRequest& request);
Answer get_partition_indexes(World& world, const ApiRequest& request);
Answer get_column_statistics(World& world, const ApiRequest& request);
Answer get_catalog_import_status(World& world, const ApiRequest& request);
Answer create_crawler(World& world, const ApiRequest& request);
Answer update_crawler(World& world, const ApiRequest& request);
Answer get_crawler(World& world, const ApiRequest& request);
Answer get_crawlers(World& world, const ApiRequest& request);
Answer list_crawlers(World& world, const ApiRequest& request);
Answer batch_get_crawlers(World& world, const ApiRequest& request);
Answer start_crawler(World& world, const ApiRequest& request);
Answer stop_crawler(World& world, const ApiRequest& request);
Answer delete_crawler(World& world, const ApiRequest& request);
Answer get_crawler_metrics(World& world, const ApiRequest& request);
Answer start_crawler_schedule(World& world, const ApiRequest& request);
Answer stop_crawler_schedule(World& world, const ApiRequest& request);
Answer tag_resource(World& world, const ApiRequest& request);
Answer untag_resource(World& world, const ApiRequest& request);
Answer get_tags(World& world, const ApiRequest& request);

// Tags that one resource carries.
inline constexpr std::size_t tags_max = 50;

// How many things most batches take.
inline constexpr std::size_t batch_items_max = 100;

// A required name (of a database, a table), by the rules of the model.
std::optional<std::string_view> read_name(aws::Members& members, std::string_view member);

// The members DatabaseName and TableName, both required.
struct TableName {
  std::string_view database;
  std::string_view table;
};

std::optional<TableName> read_table_name(aws::Members& members);

// A failure of the catalog as Glue names it.
std::unexpected<aws::ApiError> glue_error(const Error& error);

// Writes the member ErrorDetail of one failure in a batch.
void write_error_detail(json::Writer& out, const Error& error);

// Names of a page in order: from behind NextToken (the last name of the page before), at most
// MaxResults.
struct PageRequest {
  std::string after;
  std::size_t room = 100;
};

PageRequest read_page_request(aws::Members& members, std::int64_t page_max = 100);

}  // namespace sluice::server
