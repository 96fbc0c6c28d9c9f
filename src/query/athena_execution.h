// One execution of a query as Athena's API knows it, and its stored form.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

enum class ExecutionState : std::uint8_t { queued, running, succeeded, failed, cancelled };

// "QUEUED", "RUNNING", ...
std::string_view state_name(ExecutionState state);

// What was asked.
struct ExecutionRequest {
  std::string sql;  // as it came
  std::string catalog;
  std::string database;  // names without one are in it; empty: "default"
  std::string work_group;
  std::string output_location;  // "s3://bucket/folder/"
  std::string client_token;
  std::vector<std::string> parameters;
  std::string statement_type;  // "DML", "DDL" or "UTILITY"
  // What runs, where it is not `sql`: the text of a prepared statement.
  std::string prepared_sql;

  friend bool operator==(const ExecutionRequest&, const ExecutionRequest&) = default;
};

struct ExecutionFigures {
  std::chrono::milliseconds engine{0};
  std::uint64_t bytes_scanned = 0;
  std::uint64_t rows = 0;
};

struct Execution {
  std::string id;
  std::uint64_t number = 0;  // counts executions; later ones have larger ones
  ExecutionRequest request;
  ExecutionState state = ExecutionState::queued;
  std::string reason;         // why it failed or was cancelled
  bool is_our_fault = false;  // failed for no mistake of the user's
  std::string result;         // "s3://bucket/folder/<id>.csv"
  UnixMillis submitted{};
  UnixMillis started{};  // the epoch: not yet
  UnixMillis completed{};
  ExecutionFigures figures;

  bool is_over() const { return state >= ExecutionState::succeeded; }
};

// Versioned JSON.
std::string encode(const Execution& execution);
Result<Execution> decode_execution(std::string_view text);

}  // namespace sluice::query
