// The program: hands the command line to the commands, or is the child of a query.
#include "cli/command_line.h"
#include "cli/terminal.h"
#include "query/jq_worker.h"
#include "query/worker.h"

#include <string>
#include <vector>

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  if (const auto code = sluice::query::run_if_worker(arguments)) {
    return *code;
  }
  if (const auto code = sluice::query::run_if_jq_worker(arguments)) {
    return *code;
  }
  sluice::cli::Terminal terminal = sluice::cli::Terminal::of_process();
  return static_cast<int>(sluice::cli::run(arguments, terminal));
}
