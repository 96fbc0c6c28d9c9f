// The figures of sessions for people and for programs.
#pragma once

#include "cli/session_options.h"
#include "cli/terminal.h"

#include <string>

namespace sluice::cli {

// A table with a line for each session; when they are few, a chart of its zones for each below it.
std::string sessions_text(const Sessions& sessions,
                          const SessionSettings& settings,
                          const Paint& paint);

// One object with a newline: {"sessions": [...], "zone_bounds": [...], "left_out": [...]}.
// Durations in seconds, intervals in milliseconds; what cannot be said is null.
// docs/heart-rate-figures.md lists the members.
std::string sessions_json(const Sessions& sessions, const SessionSettings& settings);

}  // namespace sluice::cli
