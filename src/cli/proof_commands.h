// The commands that look at what was delivered and why, and that deliver the rest, one file each.
#pragma once

#include "cli/command.h"

namespace sluice::cli {

void add_verify(CLI::App& parent, Action& chosen);
void add_recover(CLI::App& parent, Action& chosen);
void add_explain(CLI::App& parent, Action& chosen);
void add_replay(CLI::App& parent, Action& chosen);
void add_backfill(CLI::App& parent, Action& chosen);

}  // namespace sluice::cli
