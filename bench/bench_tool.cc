// bench_tool generate FILE BYTES | simdjson FILE | sink ANSWER_BYTES | load PORT STREAM CONNECTIONS
// RECORDS MS
//
// Prints figures as JSON, for bench/run.py.
#include "load.h"
#include "reference.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace sluice::bench {
namespace {

Result<void> run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "generate") {
    return generate_narrow(words[1], std::stoull(words[2]));
  }
  if (words.size() == 2 && words[0] == "simdjson") {
    SLUICE_TRY(seconds, time_simdjson(words[1]));
    fmt::print("{{\"seconds\":{}}}\n", seconds);
    return {};
  }
  if (words.size() == 2 && words[0] == "sink") {
    return serve_sink(std::stoul(words[1]));
  }
  if (words.size() == 6 && words[0] == "load") {
    LoadOptions options;
    options.port = static_cast<std::uint16_t>(std::stoul(words[1]));
    options.stream = words[2];
    options.connections = std::stoul(words[3]);
    options.records_per_request = std::stoul(words[4]);
    options.duration = std::chrono::milliseconds(std::stoul(words[5]));
    SLUICE_TRY(result, run_load(options));
    fmt::print("{{\"requests\":{},\"records\":{},\"seconds\":{},\"median_ms\":{},\"p99_ms\":{}}}\n",
               result.requests,
               result.records,
               result.seconds,
               result.median_ms,
               result.p99_ms);
    return {};
  }
  return fail(Fault::invalid, "see the head of bench/bench_tool.cc for what it takes");
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  const auto done = sluice::bench::run(std::vector<std::string>(argv + 1, argv + argc));
  if (!done) {
    fmt::print(stderr, "bench_tool: {}\n", done.error().message());
  }
  return done ? 0 : 1;
}
