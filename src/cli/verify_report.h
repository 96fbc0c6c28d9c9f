// What a look at a data directory has proven, as text and as JSON.
#pragma once

#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "proof/check.h"

#include <string>

namespace sluice::cli {

// A table of the delivery streams, then each fault with its place, then what could not be proven.
std::string to_text(const proof::Verdict& verdict, const proof::Facts& facts, const Paint& paint);

// One object on a line.
std::string to_json(const proof::Verdict& verdict, const proof::Facts& facts);

// ok: proven; failed: faults; unknown: proven in part.
ExitCode exit_code_of(const proof::Verdict& verdict);

}  // namespace sluice::cli
