// The prompt of `sluice query`: statements that end with ;, and commands that begin with a dot.
#pragma once

#include "cli/asking.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "query/engine.h"

#include <functional>
#include <optional>
#include <string>

namespace sluice::cli {

// Gives the next line; what Ctrl-C does is Fault::cancelled.
using ReadLine = std::function<Result<std::optional<std::string>>(const std::string& prompt)>;

struct PromptWorld {
  ReadLine read_line;
  std::function<void(const std::string& statement)> remember;
  std::function<ExitCode(const std::string& sql)> ask;
  std::function<ExitCode(const std::string& part)> list_tables;
};

// Reads and answers until .quit, exit, quit, \q or the end of input.  ExitCode::ok when a person
// was asked
// (`is_interactive`); otherwise the first failure ends it.
ExitCode run_prompt(const PromptWorld& world, bool is_interactive, Terminal& terminal);

}  // namespace sluice::cli
