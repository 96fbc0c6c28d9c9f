// The command line: which command, with which options.
#pragma once

#include "cli/exit_code.h"
#include "cli/terminal.h"

#include <span>
#include <string>

namespace sluice::cli {

// Parses the arguments (without the program's name) and does what they ask for.
ExitCode run(std::span<const std::string> arguments, Terminal& terminal);

}  // namespace sluice::cli
