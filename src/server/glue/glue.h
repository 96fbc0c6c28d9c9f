// The operations of the Glue catalog (API version 2017-03-31) that format conversion needs, one
// file each.
#pragma once

#include "aws/members.h"
#include "server/api.h"

#include <span>

namespace sluice::server {

inline constexpr std::string_view glue_target = "AWSGlue";

std::span<const Operation> glue_operations();

Answer create_database(World& world, const ApiRequest& request);
Answer get_database(World& world, const ApiRequest& request);
Answer get_databases(World& world, const ApiRequest& request);
Answer delete_database(World& world, const ApiRequest& request);
Answer create_table(World& world, const ApiRequest& request);
Answer get_table(World& world, const ApiRequest& request);
Answer get_tables(World& world, const ApiRequest& request);
Answer update_table(World& world, const ApiRequest& request);
Answer delete_table(World& world, const ApiRequest& request);

// A required name (of a database, a table), by the rules of the model.
std::optional<std::string_view> read_name(aws::Members& members, std::string_view member);

// A failure of the catalog as Glue names it.
std::unexpected<aws::ApiError> glue_error(const Error& error);

// Names of a page in order: from behind NextToken (the last name of the page before), at most
// MaxResults.
struct PageRequest {
  std::string after;
  std::size_t room = 100;
};

PageRequest read_page_request(aws::Members& members);

}  // namespace sluice::server
