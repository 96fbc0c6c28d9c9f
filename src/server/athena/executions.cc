// StartQueryExecution, StopQueryExecution, GetQueryExecution, BatchGetQueryExecution,
// ListQueryExecutions, GetQueryRuntimeStatistics.
#include "query/athena_result.h"
#include "query/athena_runner.h"
#include "query/trino_tokens.h"
#include "server/athena/athena.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::server {
namespace {

using query::Execution;
using query::ExecutionState;

constexpr std::size_t identifier_characters_max = 128;
constexpr std::size_t batch_max = 50;
constexpr std::string_view results_bucket_prefix = "aws-athena-query-results-";

bool is_own_catalog(std::string_view name) {
  return std::ranges::equal(name, athena_catalog, [](char left, char right) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(left) == lower(right);
  });
}

// Where the result goes: the work group decides when it enforces its configuration.
std::expected<std::string, aws::ApiError> output_location(World& world,
                                                          const query::WorkGroup& group,
                                                          std::string_view wanted) {
  const bool is_groups = !group.output_location.empty() && (group.is_enforced || wanted.empty());
  const std::string location(is_groups ? group.output_location : std::string(wanted));
  if (location.empty()) {
    return invalid_request(
        "No output location provided. An output location is required either through the Workgroup "
        "result configuration setting or as an API input.");
  }
  const auto place = query::parse_place(location);
  if (!place) {
    return athena_error(place.error());
  }
  if (!world.buckets.head_bucket(place->bucket)) {
    // Athena's console makes the bucket of this name for whoever has none; any other name may be a
    // slip of the pen.
    const bool is_made = place->bucket.starts_with(results_bucket_prefix) &&
                         world.buckets.create_bucket(place->bucket, world.account.region);
    if (!is_made) {
      return invalid_request(
          fmt::format("Unable to verify/create output bucket {}", place->bucket));
    }
  }
  return location;
}

// The statement behind EXECUTE, and its parameters.
std::expected<void, aws::ApiError> take_prepared(World& world,
                                                 query::ExecutionRequest& wanted,
                                                 const query::AthenaStatement& statement) {
  const auto prepared = world.athena_library.prepared(wanted.work_group, statement.name.table);
  if (!prepared) {
    return invalid_request(fmt::format("{} It is looked for in the work group {}.",
                                       prepared.error().message(),
                                       wanted.work_group));
  }
  wanted.prepared_sql = prepared->sql;
  if (!statement.parameters.empty()) {
    wanted.parameters = statement.parameters;
  }
  return {};
}

struct StartMembers {
  query::ExecutionRequest wanted;
  std::string location;
};

StartMembers read_start(aws::Members& members) {
  StartMembers read;
  constexpr std::size_t token_characters_min = 32;
  read.wanted.sql =
      members
          .string("QueryString",
                  {.is_required = true, .length_min = 1, .length_max = query::sql_bytes_max})
          .value_or("");
  read.wanted.client_token =
      members
          .string("ClientRequestToken",
                  {.length_min = token_characters_min, .length_max = identifier_characters_max})
          .value_or("");
  aws::Members context = members.object("QueryExecutionContext");
  read.wanted.database =
      context.string("Database", {.length_min = 1, .length_max = 255}).value_or("");
  read.wanted.catalog =
      context.string("Catalog", {.length_min = 1, .length_max = 256}).value_or(athena_catalog);
  read.location = members.object("ResultConfiguration").string("OutputLocation").value_or("");
  read.wanted.work_group = read_work_group(members);
  for (const json::View value : members.list("ExecutionParameters", {.length_min = 1}).elements()) {
    read.wanted.parameters.emplace_back(value.as_string().value_or(""));
  }
  return read;
}

void write_context(json::Writer& out, const Execution& execution) {
  out.key("QueryExecutionContext");
  out.begin_object();
  if (!execution.request.database.empty()) {
    out.member("Database", std::string_view(execution.request.database));
  }
  out.member("Catalog", std::string_view(execution.request.catalog));
  out.end_object();
}

void write_status(json::Writer& out, const Execution& execution) {
  out.key("Status");
  out.begin_object();
  out.member("State", query::state_name(execution.state));
  if (!execution.reason.empty()) {
    out.member("StateChangeReason", std::string_view(execution.reason));
  }
  out.member("SubmissionDateTime", execution.submitted);
  if (execution.is_over()) {
    out.member("CompletionDateTime", execution.completed);
  }
  if (execution.state == ExecutionState::failed) {
    out.key("AthenaError");
    out.begin_object();
    out.member("ErrorCategory", execution.is_our_fault ? 1 : 2);
    out.member("Retryable", execution.is_our_fault);
    out.member("ErrorMessage", std::string_view(execution.reason));
    out.end_object();
  }
  out.end_object();
}

void write_times(json::Writer& out, const Execution& execution, UnixMillis now) {
  const auto span = [](UnixMillis from, UnixMillis to) {
    return std::max<std::int64_t>(0, (to - from).count());
  };
  const UnixMillis end = execution.is_over() ? execution.completed : now;
  const UnixMillis start = execution.started == UnixMillis{} ? end : execution.started;
  const std::int64_t total = span(execution.submitted, end);
  const std::int64_t queued = span(execution.submitted, start);
  const std::int64_t engine = execution.figures.engine.count();
  out.member("EngineExecutionTimeInMillis", engine);
  out.member("TotalExecutionTimeInMillis", total);
  out.member("QueryQueueTimeInMillis", queued);
  out.member("QueryPlanningTimeInMillis", 0);
  out.member("ServiceProcessingTimeInMillis", std::max<std::int64_t>(0, total - queued - engine));
}

void write_execution(json::Writer& out, const Execution& execution, UnixMillis now) {
  out.begin_object();
  out.member("QueryExecutionId", std::string_view(execution.id));
  out.member("Query", std::string_view(execution.request.sql));
  out.member("StatementType", std::string_view(execution.request.statement_type));
  out.key("ResultConfiguration");
  out.begin_object();
  out.member("OutputLocation", std::string_view(execution.result));
  out.end_object();
  out.key("ResultReuseConfiguration");
  out.raw(R"({"ResultReuseByAgeConfiguration":{"Enabled":false}})");
  write_context(out, execution);
  write_status(out, execution);
  out.key("Statistics");
  out.begin_object();
  write_times(out, execution, now);
  out.member("DataScannedInBytes", execution.figures.bytes_scanned);
  out.key("ResultReuseInformation");
  out.raw(R"({"ReusedPreviousResult":false})");
  out.end_object();
  out.member("WorkGroup", std::string_view(execution.request.work_group));
  write_engine_version(out, "Athena engine version 3");
  if (!execution.request.parameters.empty()) {
    out.key("ExecutionParameters");
    out.begin_array();
    for (const std::string& parameter : execution.request.parameters) {
      out.value(std::string_view(parameter));
    }
    out.end_array();
  }
  out.end_object();
}

std::string_view read_execution_id(aws::Members& members) {
  return members
      .string("QueryExecutionId",
              {.is_required = true, .length_min = 1, .length_max = identifier_characters_max})
      .value_or("");
}

}  // namespace

Answer start_query_execution(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  auto [wanted, location] = read_start(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (!is_own_catalog(wanted.catalog)) {
    return invalid_request(
        fmt::format("Catalog {} was not found; there is {} here", wanted.catalog, athena_catalog));
  }
  const auto group = world.athena_library.work_group(wanted.work_group);
  if (!group) {
    return athena_error(group.error());
  }
  if (!group->is_enabled) {
    return invalid_request(fmt::format("WorkGroup {} is disabled.", group->name));
  }
  auto checked = query::check_statement(wanted.sql, wanted.parameters);
  if (checked && checked->statement.kind == query::AthenaStatement::Kind::execute) {
    if (auto taken = take_prepared(world, wanted, checked->statement); !taken) {
      return std::unexpected(std::move(taken).error());
    }
    checked = query::check_statement(wanted.prepared_sql, wanted.parameters);
  }
  if (!checked) {
    return athena_error(checked.error(), "MALFORMED_QUERY");
  }
  auto output = output_location(world, *group, location);
  if (!output) {
    return std::unexpected(std::move(output).error());
  }
  wanted.output_location = *output;
  wanted.statement_type = checked->statement.statement_type();
  const std::string suffix(checked->result_suffix);
  const auto id = world.executions.start(
      std::move(wanted), [&](const std::string& new_id) -> Result<std::string> {
        SLUICE_TRY(place, query::place_in(*output, new_id + suffix));
        return place.url();
      });
  if (!id) {
    return athena_error(id.error());
  }
  return object_with(
      [&](json::Writer& out) { out.member("QueryExecutionId", std::string_view(*id)); });
}

Answer stop_query_execution(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view id = read_execution_id(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto stopped = world.executions.cancel(id); !stopped) {
    return athena_error(stopped.error());
  }
  return std::string("{}");
}

Answer get_query_execution(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view id = read_execution_id(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto execution = world.executions.find(id);
  if (!execution) {
    return athena_error(execution.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("QueryExecution");
    write_execution(out, *execution, world.clock.now());
  });
}

Answer batch_get_query_execution(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const json::View ids = members.list(
      "QueryExecutionIds", {.is_required = true, .length_min = 1, .length_max = batch_max});
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  std::vector<std::string> missing;
  return object_with([&](json::Writer& out) {
    out.key("QueryExecutions");
    out.begin_array();
    for (const json::View id : ids.elements()) {
      const std::string_view name = id.as_string().value_or("");
      if (const auto execution = world.executions.find(name)) {
        write_execution(out, *execution, world.clock.now());
      } else {
        missing.emplace_back(name);
      }
    }
    out.end_array();
    out.key("UnprocessedQueryExecutionIds");
    out.begin_array();
    for (const std::string& id : missing) {
      out.begin_object();
      out.member("QueryExecutionId", std::string_view(id));
      out.member("ErrorCode", "QUERY_EXECUTION_NOT_FOUND");
      out.member("ErrorMessage",
                 std::string_view(fmt::format("QueryExecution {} was not found", id)));
      out.end_object();
    }
    out.end_array();
  });
}

Answer list_query_executions(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string group = read_work_group(members);
  const AthenaPage page = read_athena_page(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto known = world.athena_library.work_group(group); !known) {
    return athena_error(known.error());
  }
  std::optional<std::uint64_t> before;
  if (!page.after.empty()) {
    std::uint64_t number = 0;
    const char* const end = page.after.data() + page.after.size();
    if (std::from_chars(page.after.data(), end, number).ptr != end) {
      return invalid_request("NextToken is none that this server gave");
    }
    before = number;
  }
  const query::ExecutionList list = world.executions.list(group, before, page.room);
  return object_with([&](json::Writer& out) {
    out.key("QueryExecutionIds");
    out.begin_array();
    for (const std::string& id : list.ids) {
      out.value(std::string_view(id));
    }
    out.end_array();
    if (list.next) {
      out.member("NextToken", std::string_view(fmt::format("{}", *list.next)));
    }
  });
}

Answer get_query_runtime_statistics(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view id = read_execution_id(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto execution = world.executions.find(id);
  if (!execution) {
    return athena_error(execution.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("QueryRuntimeStatistics");
    out.begin_object();
    out.key("Timeline");
    out.begin_object();
    write_times(out, *execution, world.clock.now());
    out.end_object();
    out.key("Rows");
    out.begin_object();
    out.member("InputBytes", execution->figures.bytes_scanned);
    out.member("OutputRows", execution->figures.rows);
    out.end_object();
    out.end_object();
  });
}

}  // namespace sluice::server
