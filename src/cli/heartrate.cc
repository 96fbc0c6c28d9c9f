// sluice heartrate: sensors, recordings and what is in them.
#include "cli/command.h"
#include "cli/heartrate_commands.h"

#include <CLI/CLI.hpp>

namespace sluice::cli {

void add_heartrate(CLI::App& parent, Action& chosen) {
  CLI::App& group = *parent.add_subcommand(
      "heartrate", "heart-rate sensors: what they send, and records without one");
  group.require_subcommand(1);
  group.footer(
      "Examples:\n"
      "  sluice heartrate scan\n"
      "  sluice heartrate record Forerunner --stream hr-kinesis-stream --duration 900\n"
      "  sluice heartrate simulate > run.ndjson\n"
      "  sluice heartrate decode 165a9a02\n"
      "  sluice heartrate summary run.ndjson\n"
      "  sluice heartrate export run.ndjson -o run.fit\n");
  add_heartrate_scan(group, chosen);
  add_heartrate_record(group, chosen);
  add_heartrate_decode(group, chosen);
  add_heartrate_simulate(group, chosen);
  add_heartrate_summary(group, chosen);
  add_heartrate_export(group, chosen);
  add_heartrate_plot(group, chosen);
}

}  // namespace sluice::cli
