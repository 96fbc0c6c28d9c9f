// bench_tool narrow FILE BYTES | wide FILE BYTES | simdjson FILE | simdjson-wide FILE | copy FILE |
// adversaries BYTES ROUNDS | sink ANSWER_BYTES | load PORT STREAM CONNECTIONS RECORDS MS
//
// Makes input, and prints figures as JSON, for bench/run.py.
#include "adversary.h"
#include "load.h"
#include "records.h"
#include "reference.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace sluice::bench {
namespace {

Result<void> print_seconds(const Result<double>& seconds) {
  if (!seconds) {
    return std::unexpected(seconds.error());
  }
  fmt::print("{{\"seconds\":{}}}\n", *seconds);
  return {};
}

Result<void> print_adversaries(std::size_t bytes, int rounds) {
  SLUICE_TRY(results, time_adversaries(bytes, rounds));
  std::string out;
  for (const AdversaryResult& result : results) {
    out += fmt::format("{}{{\"name\":\"{}\",\"guessing\":{},\"full\":{}}}",
                       out.empty() ? "" : ",",
                       result.name,
                       result.guessing_seconds,
                       result.full_seconds);
  }
  fmt::print("{{\"adversaries\":[{}]}}\n", out);
  return {};
}

Result<void> run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "narrow") {
    return generate_narrow(words[1], std::stoull(words[2]));
  }
  if (words.size() == 3 && words[0] == "wide") {
    return generate_wide(words[1], std::stoull(words[2]));
  }
  if (words.size() == 2 && words[0] == "simdjson") {
    return print_seconds(time_simdjson(words[1]));
  }
  if (words.size() == 2 && words[0] == "simdjson-wide") {
    return print_seconds(time_simdjson_wide(words[1]));
  }
  if (words.size() == 2 && words[0] == "copy") {
    return print_seconds(time_copy(words[1]));
  }
  if (words.size() == 3 && words[0] == "adversaries") {
    return print_adversaries(std::stoull(words[1]), std::stoi(words[2]));
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
