// GetQueryResults.
#include "query/athena_result.h"
#include "server/athena/athena.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::server {
namespace {

constexpr std::int64_t rows_max = 1000;

// A token names the execution and the byte of its result at which the page begins.
std::string token_of(std::string_view id, std::uint64_t start) {
  return fmt::format("{}:{}", id, start);
}

std::optional<std::uint64_t> start_in(std::string_view token, std::string_view id) {
  if (!token.starts_with(id) || token.size() <= id.size() || token[id.size()] != ':') {
    return std::nullopt;
  }
  const std::string_view digits = token.substr(id.size() + 1);
  std::uint64_t start = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), start);
  const bool is_whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  return is_whole && !digits.empty() ? std::optional(start) : std::nullopt;
}

void write_columns(json::Writer& out, const query::ResultPage& page) {
  out.key("ResultSetMetadata");
  out.begin_object();
  out.key("ColumnInfo");
  out.begin_array();
  for (const query::AthenaColumn& column : page.columns) {
    out.begin_object();
    out.member("CatalogName", "hive");
    out.member("SchemaName", "");
    out.member("TableName", "");
    out.member("Name", std::string_view(column.name));
    out.member("Label", std::string_view(column.name));
    out.member("Type", std::string_view(column.type));
    out.member("Precision", column.precision);
    out.member("Scale", column.scale);
    out.member("Nullable", "UNKNOWN");
    out.member("CaseSensitive", column.is_case_sensitive);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_rows(json::Writer& out, const query::ResultPage& page) {
  out.key("Rows");
  out.begin_array();
  for (const auto& row : page.rows) {
    out.begin_object();
    out.key("Data");
    out.begin_array();
    for (const auto& value : row) {
      out.begin_object();
      if (value) {
        out.member("VarCharValue", std::string_view(*value));
      }
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Answer get_query_results(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto id =
      members.string("QueryExecutionId", {.is_required = true, .length_min = 1, .length_max = 128});
  const auto token = members.string("NextToken", {.length_min = 1, .length_max = 1024});
  const auto count = members.integer("MaxResults", {.min = 1, .max = rows_max});
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto execution = world.executions.find(*id);
  if (!execution) {
    return athena_error(execution.error());
  }
  if (execution->state != query::ExecutionState::succeeded) {
    return invalid_request(
        execution->is_over()
            ? fmt::format("Query did not finish successfully. Final query state: {}",
                          query::state_name(execution->state))
            : fmt::format("Query has not yet finished. Current state: {}",
                          query::state_name(execution->state)),
        "INVALID_QUERY_EXECUTION_STATE");
  }
  const auto start = token ? start_in(*token, *id) : std::optional<std::uint64_t>(0);
  if (!start) {
    return invalid_request("NextToken is none that this server gave for this query");
  }
  const auto place = query::parse_place(execution->result);
  if (!place) {
    return athena_error(place.error());
  }
  const auto page = query::read_result_page(
      world.buckets, *place, *start, static_cast<std::size_t>(count.value_or(rows_max)));
  if (!page) {
    return athena_error(page.error());
  }
  return object_with([&](json::Writer& out) {
    out.member("UpdateCount", 0);
    out.key("ResultSet");
    out.begin_object();
    write_rows(out, *page);
    write_columns(out, *page);
    out.end_object();
    if (page->next) {
      out.member("NextToken", std::string_view(token_of(*id, *page->next)));
    }
  });
}

}  // namespace sluice::server
