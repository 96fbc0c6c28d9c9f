// Executions as JSON.
#include "query/athena_execution.h"

#include "json/document.h"
#include "json/writer.h"

#include <array>

namespace sluice::query {
namespace {

constexpr std::array<std::string_view, 5> names = {
    "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"};

std::string text(json::View object, std::string_view member) {
  return std::string(object.find(member).as_string().value_or(""));
}

std::int64_t number(json::View object, std::string_view member) {
  return object.find(member).as_int64().value_or(0);
}

}  // namespace

std::string_view state_name(ExecutionState state) {
  return names[static_cast<std::size_t>(state)];
}

std::string encode(const Execution& execution) {
  std::string out;
  json::Writer json(out);
  json.begin_object();
  json.member("version", 1);
  json.member("id", std::string_view(execution.id));
  json.member("number", execution.number);
  json.member("sql", std::string_view(execution.request.sql));
  json.member("catalog", std::string_view(execution.request.catalog));
  json.member("database", std::string_view(execution.request.database));
  json.member("work_group", std::string_view(execution.request.work_group));
  json.member("output_location", std::string_view(execution.request.output_location));
  json.member("client_token", std::string_view(execution.request.client_token));
  json.member("statement_type", std::string_view(execution.request.statement_type));
  json.member("prepared_sql", std::string_view(execution.request.prepared_sql));
  json.key("parameters");
  json.begin_array();
  for (const std::string& parameter : execution.request.parameters) {
    json.value(std::string_view(parameter));
  }
  json.end_array();
  json.member("state", state_name(execution.state));
  json.member("reason", std::string_view(execution.reason));
  json.member("is_our_fault", execution.is_our_fault);
  json.member("result", std::string_view(execution.result));
  json.member("submitted_ms", to_count(execution.submitted));
  json.member("started_ms", to_count(execution.started));
  json.member("completed_ms", to_count(execution.completed));
  json.member("engine_ms", execution.figures.engine.count());
  json.member("bytes_scanned", execution.figures.bytes_scanned);
  json.member("rows", execution.figures.rows);
  json.end_object();
  return out;
}

Result<Execution> decode_execution(std::string_view stored) {
  SLUICE_TRY(document, json::Document::parse(Bytes(stored)));
  const json::View object = document.root();
  if (number(object, "version") != 1) {
    return fail(Fault::unsupported, "an execution was stored by a newer program");
  }
  Execution execution;
  execution.id = text(object, "id");
  execution.number = static_cast<std::uint64_t>(number(object, "number"));
  execution.request = {.sql = text(object, "sql"),
                       .catalog = text(object, "catalog"),
                       .database = text(object, "database"),
                       .work_group = text(object, "work_group"),
                       .output_location = text(object, "output_location"),
                       .client_token = text(object, "client_token"),
                       .parameters = {},
                       .statement_type = text(object, "statement_type"),
                       .prepared_sql = text(object, "prepared_sql")};
  for (const json::View parameter : object.find("parameters").elements()) {
    execution.request.parameters.emplace_back(parameter.as_string().value_or(""));
  }
  const std::string state = text(object, "state");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == state) {
      execution.state = static_cast<ExecutionState>(i);
    }
  }
  execution.reason = text(object, "reason");
  execution.is_our_fault = object.find("is_our_fault").as_bool().value_or(false);
  execution.result = text(object, "result");
  execution.submitted = unix_millis(number(object, "submitted_ms"));
  execution.started = unix_millis(number(object, "started_ms"));
  execution.completed = unix_millis(number(object, "completed_ms"));
  execution.figures = {.engine = std::chrono::milliseconds(number(object, "engine_ms")),
                       .bytes_scanned = static_cast<std::uint64_t>(number(object, "bytes_scanned")),
                       .rows = static_cast<std::uint64_t>(number(object, "rows"))};
  return execution;
}

}  // namespace sluice::query
