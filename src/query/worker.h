// The child's side of a query: DuckDB, held to what its script allows.
//
// The program calls run_if_worker() before anything else; an engine starts the same program again
// with the words below.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace sluice::query {

// First word of a worker's command line; the second is its parent's process id.
inline constexpr const char* worker_command = "query-worker";

// Does the whole work and returns the exit code when `arguments` (without the program's name) are a
// worker's; std::nullopt otherwise, and nothing has happened.
std::optional<int> run_if_worker(std::span<const std::string> arguments);

}  // namespace sluice::query
