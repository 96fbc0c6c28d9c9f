// The commands below `sluice heartrate`, one file each.
#pragma once

#include "cli/command.h"

namespace sluice::cli {

void add_heartrate_decode(CLI::App& group, Action& chosen);
void add_heartrate_record(CLI::App& group, Action& chosen);
void add_heartrate_scan(CLI::App& group, Action& chosen);
void add_heartrate_simulate(CLI::App& group, Action& chosen);
void add_heartrate_export(CLI::App& group, Action& chosen);
void add_heartrate_plot(CLI::App& group, Action& chosen);
void add_heartrate_summary(CLI::App& group, Action& chosen);

}  // namespace sluice::cli
