// The child's side of a jq query: libjq, confined before it sees a word of the query.
//
// The program calls run_if_jq_worker() before anything else; an evaluator (jq_evaluator.h) starts
// the same program again with the words below.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace sluice::query {

// First word of a worker's command line; the second is its parent's process id.
inline constexpr const char* jq_worker_command = "jq-worker";

// A worker's exit code when it found no memory.
inline constexpr int jq_exit_no_memory = 3;

// Does the whole work and returns the exit code when `arguments` (without the program's name) are a
// worker's; std::nullopt otherwise, and nothing has happened.
std::optional<int> run_if_jq_worker(std::span<const std::string> arguments);

// Whether this program has called it.  One that has not would do something else altogether when it
// is started again as a worker.
bool can_be_jq_worker();

}  // namespace sluice::query
