// sluice heartrate scan: the heart-rate sensors in range.
#include "base/clock.h"
#include "cli/command.h"
#include "cli/heartrate_commands.h"
#include "cli/interruption.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "cli/sensor_listing.h"
#include "heartrate/bluez_radio.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>

namespace sluice::cli {
namespace {

struct Options {
  double time_s = 5;
  bool is_json = false;
};

constexpr double time_s_max = 3600;

ExitCode scan(const Options& options, Terminal& terminal) {
  // Written so that NaN is refused too.
  if (!(options.time_s > 0 && options.time_s <= time_s_max)) {
    terminal.complain(
        "heartrate scan",
        fmt::format(
            "cannot look for {} s; take --time above 0, up to {}", options.time_s, time_s_max));
    return ExitCode::usage;
  }
  const std::chrono::milliseconds time(std::llround(std::ceil(options.time_s * 1000)));
  const SystemClock clock;
  const Interruption interruption;
  Progress progress(
      terminal,
      clock,
      {"Looking", ProgressUnit::milliseconds, static_cast<std::uint64_t>(time.count())});
  const auto radio = heartrate::make_bluez_radio(clock, heartrate::system_sample_time);
  const auto found = radio->scan(time, [&progress] {
    const auto elapsed = std::chrono::floor<std::chrono::milliseconds>(progress.elapsed());
    progress.advance_to(static_cast<std::uint64_t>(elapsed.count()));
    return !Interruption::has_happened();
  });
  progress.wipe();
  if (!found) {
    terminal.complain("heartrate scan", printable(found.error().message()));
    return exit_code_of(found.error().fault());
  }
  if (options.is_json) {
    terminal.print(sensors_json(*found));
  } else if (!found->empty()) {
    terminal.print(sensors_text(*found, terminal.paint()));
  }
  if (Interruption::has_happened()) {
    return ExitCode::interrupted;
  }
  if (found->empty()) {
    terminal.complain("heartrate scan",
                      "no heart-rate sensor is in range; wear it, have the watch broadcast its "
                      "heart rate, and look longer with --time");
    return ExitCode::failed;
  }
  return ExitCode::ok;
}

}  // namespace

void add_heartrate_scan(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("scan", "list the Bluetooth sensors in range");
  app.add_option("--time", options->time_s, "how long to look, in seconds (5)")->type_name("S");
  app.add_flag("--json", options->is_json, "one JSON object a line for each sensor");
  app.footer(
      "Strongest signal first.  A battery is known once the sensor was connected.\n"
      "Needs BlueZ (Debian: bluez).  The exit code is 1 when no sensor is in range,\n"
      "3 without Bluetooth or with it switched off.\n"
      "\n"
      "Examples:\n"
      "  sluice heartrate scan\n"
      "  sluice heartrate scan --time 20 --json | jq -r .address\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return scan(*options, terminal); };
  });
}

}  // namespace sluice::cli
