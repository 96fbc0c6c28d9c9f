// bench_tool narrow FILE BYTES | customers FILE BYTES CUSTOMERS | wide FILE BYTES | simdjson FILE |
// simdjson-wide FILE | copy FILE | adversaries BYTES ROUNDS | sink ANSWER_BYTES |
// server-without-log FOLDER SHARDS | load PORT STREAM CONNECTIONS RECORDS MS [REQUESTS_A_SECOND
// [INVOCATION_IDS]] | send PORT STREAM FILE CONNECTIONS | fetch PORT STREAM MS | plain-writes FILE
// RECORDS REQUESTS MS | s3-put ENDPOINT FILE TIMES whole|parts
//
// Makes input, and prints figures as JSON, for bench/run.py.
#include "adversary.h"
#include "bare_server.h"
#include "fetch.h"
#include "load.h"
#include "records.h"
#include "reference.h"
#include "s3_put.h"
#include "send.h"

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

Result<void> print_load(const std::vector<std::string>& words) {
  LoadOptions options;
  options.port = static_cast<std::uint16_t>(std::stoul(words[1]));
  options.stream = words[2];
  options.connections = std::stoul(words[3]);
  options.records_per_request = std::stoul(words[4]);
  options.duration = std::chrono::milliseconds(std::stoul(words[5]));
  options.requests_per_second = words.size() > 6 ? std::stod(words[6]) : 0;
  options.has_invocation_ids = words.size() > 7 && words[7] == "1";
  SLUICE_TRY(result, run_load(options));
  fmt::print("{{\"requests\":{},\"records\":{},\"seconds\":{},\"median_ms\":{},\"p99_ms\":{}}}\n",
             result.requests,
             result.records,
             result.seconds,
             result.median_ms,
             result.p99_ms);
  return {};
}

Result<void> print_send(const std::vector<std::string>& words) {
  SLUICE_TRY(records,
             run_send({.port = static_cast<std::uint16_t>(std::stoul(words[1])),
                       .stream = words[2],
                       .path = words[3],
                       .connections = std::stoul(words[4])}));
  fmt::print("{{\"records\":{}}}\n", records);
  return {};
}

Result<void> print_fetch(const std::vector<std::string>& words) {
  SLUICE_TRY(result,
             run_fetch(static_cast<std::uint16_t>(std::stoul(words[1])),
                       words[2],
                       std::chrono::milliseconds(std::stoul(words[3]))));
  fmt::print("{{\"answers\":{},\"records\":{},\"bytes\":{},\"seconds\":{}}}\n",
             result.answers,
             result.records,
             result.bytes,
             result.seconds);
  return {};
}

Result<void> print_plain_writes(const std::vector<std::string>& words) {
  SLUICE_TRY(result,
             write_plainly(words[1],
                           std::stoul(words[2]),
                           std::stoul(words[3]),
                           std::chrono::milliseconds(std::stoul(words[4]))));
  fmt::print("{{\"records\":{},\"bytes\":{},\"seconds\":{}}}\n",
             result.records,
             result.bytes,
             result.seconds);
  return {};
}

// The works of the stream's benchmark; false if `words` name none.
Result<bool> run_stream_work(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "sink") {
    SLUICE_TRY_DO(serve_sink(std::stoul(words[1])));
    return true;
  }
  if (words.size() == 3 && words[0] == "server-without-log") {
    SLUICE_TRY_DO(serve_without_log(words[1], static_cast<std::uint32_t>(std::stoul(words[2]))));
    return true;
  }
  if (words.size() >= 6 && words.size() <= 8 && words[0] == "load") {
    SLUICE_TRY_DO(print_load(words));
    return true;
  }
  if (words.size() == 5 && words[0] == "send") {
    SLUICE_TRY_DO(print_send(words));
    return true;
  }
  if (words.size() == 4 && words[0] == "fetch") {
    SLUICE_TRY_DO(print_fetch(words));
    return true;
  }
  if (words.size() == 5 && words[0] == "plain-writes") {
    SLUICE_TRY_DO(print_plain_writes(words));
    return true;
  }
  return false;
}

Result<void> run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "narrow") {
    return generate_narrow(words[1], std::stoull(words[2]));
  }
  if (words.size() == 4 && words[0] == "customers") {
    return generate_customers(words[1], std::stoull(words[2]), std::stoull(words[3]));
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
  if (words.size() == 5 && words[0] == "s3-put") {
    return print_seconds(time_s3_puts({.endpoint = words[1],
                                       .path = words[2],
                                       .times = std::stoul(words[3]),
                                       .in_parts = words[4] == "parts"}));
  }
  SLUICE_TRY(is_done, run_stream_work(words));
  if (is_done) {
    return {};
  }
  return fail(Fault::invalid, "see the head of bench/bench_tool.cc for what it takes");
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  try {
    const auto done = sluice::bench::run(std::vector<std::string>(argv + 1, argv + argc));
    if (!done) {
      fmt::print(stderr, "bench_tool: {}\n", done.error().message());
    }
    return done ? 0 : 1;
  } catch (...) {
    std::fputs("bench_tool: a word that should be a number is none\n", stderr);
    return 1;
  }
}
