// The program: hands the command line to the commands.
#include "cli/command_line.h"
#include "cli/terminal.h"

#include <string>
#include <vector>

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  sluice::cli::Terminal terminal = sluice::cli::Terminal::of_process();
  return static_cast<int>(sluice::cli::run(arguments, terminal));
}
