// The table of Glue operations, and what they share.
#include "server/glue/glue.h"

#include <array>

namespace sluice::server {

std::span<const Operation> glue_operations() {
  static constexpr std::array operations = {
      Operation{.name = "CreateDatabase", .run = create_database},
      Operation{.name = "CreateTable", .run = create_table},
      Operation{.name = "DeleteDatabase", .run = delete_database},
      Operation{.name = "DeleteTable", .run = delete_table},
      Operation{.name = "GetDatabase", .run = get_database},
      Operation{.name = "GetDatabases", .run = get_databases},
      Operation{.name = "GetTable", .run = get_table},
      Operation{.name = "GetTables", .run = get_tables},
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

PageRequest read_page_request(aws::Members& members) {
  PageRequest page;
  page.after = members.string("NextToken").value_or(std::string_view());
  page.room =
      static_cast<std::size_t>(members.integer("MaxResults", {.min = 1, .max = 100}).value_or(100));
  return page;
}

}  // namespace sluice::server
