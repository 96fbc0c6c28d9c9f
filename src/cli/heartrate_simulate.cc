// sluice heartrate simulate: the records of a watch that is not there.
#include "cli/command.h"
#include "cli/heartrate_commands.h"
#include "cli/quantity.h"
#include "heartrate/simulated_watch.h"

#include <CLI/CLI.hpp>
#include <date/date.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>

namespace sluice::cli {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::int64_t duration_s = 900;
  std::string start = "2025-07-13T15:55:19";
};

constexpr std::int64_t duration_s_max = 365L * 24 * 3600;

// "2025-07-13T15:55:19" or with a fraction, with or without Z.
Result<heartrate::SampleTime> parse_start(const std::string& text) {
  std::istringstream in(text.ends_with('Z') ? text.substr(0, text.size() - 1) : text);
  heartrate::SampleTime time;
  in >> date::parse("%FT%T", time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) {
    return fail(Fault::invalid,
                fmt::format("cannot read --start {}; write it as 2025-07-13T15:55:19, in UTC",
                            printable(text)));
  }
  return time;
}

ExitCode simulate(const Options& options, Terminal& terminal) {
  const auto start = parse_start(options.start);
  if (!start) {
    terminal.complain("heartrate simulate", start.error().message());
    return ExitCode::usage;
  }
  if (options.duration_s < 1 || options.duration_s > duration_s_max) {
    terminal.complain("heartrate simulate",
                      fmt::format("cannot simulate {} s; take --duration from 1 to {}",
                                  options.duration_s,
                                  duration_s_max));
    return ExitCode::usage;
  }
  heartrate::SimulatedWatch watch({options.seed, *start, std::chrono::seconds(options.duration_s)});
  while (const auto sample = watch.next()) {
    terminal.print(heartrate::to_record(*sample));
  }
  return ExitCode::ok;
}

}  // namespace

void add_heartrate_simulate(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app =
      *group.add_subcommand("simulate", "print the records of a simulated interval training");
  app.add_option("--seed", options->seed, "the same seed gives the same records (1)")
      ->type_name("N");
  app.add_option("--duration", options->duration_s, "length of the session in seconds (900)")
      ->type_name("S");
  app.add_option("--start", options->start, "time of the first record, UTC (2025-07-13T15:55:19)")
      ->type_name("TIME");
  app.footer(
      "Examples:\n"
      "  sluice heartrate simulate --duration 60 --seed 7\n"
      "  sluice heartrate simulate | sluice put --stream hr-kinesis-stream -\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return simulate(*options, terminal); };
  });
}

}  // namespace sluice::cli
