// What the commands have in common: each adds itself to the command line and, when it is called,
// leaves there what is to be done.
#pragma once

#include "cli/exit_code.h"
#include "cli/terminal.h"

#include <functional>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): the library's own name.
namespace CLI {
class App;
}

namespace sluice::cli {

// Does the work of one command.  What was wrong has been said when it returns.
using Action = std::function<ExitCode(Terminal&)>;

// Each adds a sub-command to `parent`; parsing a line that calls it fills `chosen`.
void add_serve(CLI::App& parent, Action& chosen);
void add_demo(CLI::App& parent, Action& chosen);
void add_put(CLI::App& parent, Action& chosen);
void add_convert(CLI::App& parent, Action& chosen);
void add_inspect(CLI::App& parent, Action& chosen);
void add_heartrate(CLI::App& parent, Action& chosen);
void add_query(CLI::App& parent, Action& chosen);
void add_ddl(CLI::App& parent, Action& chosen);
void add_check(CLI::App& parent, Action& chosen);

// The version of this program, "0.1.0".
std::string_view version();

}  // namespace sluice::cli
