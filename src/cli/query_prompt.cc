// The prompt.
#include "cli/query_prompt.h"

#include "cli/quantity.h"
#include "cli/sql_text.h"

#include <fmt/format.h>

namespace sluice::cli {
namespace {

constexpr std::string_view help_text =
    "A statement ends with ; and may take several lines.\n"
    "  .tables [PART]   the tables, with columns and where they lie\n"
    "  .schema [PART]   the same\n"
    "  .help            this text\n"
    "  .quit            leave; so do exit, quit, \\q and Ctrl-D\n"
    "Ctrl-C ends a running question, and gives up one that is being typed.\n";

// What ends other prompts, alone on a line.
bool is_farewell(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with(';')) {
    line.remove_suffix(1);
  }
  return line == "exit" || line == "quit" || line == "\\q";
}

class Prompt {
 public:
  Prompt(const PromptWorld& world, bool is_interactive, Terminal& terminal)
      : world_(world), is_interactive_(is_interactive), terminal_(terminal) {}

  ExitCode run() {
    while (!is_done_) {
      const bool is_new = is_blank_sql(text_);
      const auto line = world_.read_line(is_new ? "sluice> " : "     -> ");
      if (!line) {
        text_.clear();
        if (!is_interactive_) {
          return ExitCode::interrupted;
        }
      } else if (!*line) {
        return end_of_input();
      } else if (is_new && is_farewell(**line)) {
        is_done_ = true;
      } else if (is_new && (*line)->starts_with('.')) {
        command(**line);
      } else {
        add(**line);
      }
    }
    return code_;
  }

 private:
  void add(const std::string& line) {
    text_ += line + "\n";
    for (std::size_t end = statement_end(text_); end != std::string::npos && !is_done_;
         end = statement_end(text_)) {
      const std::string statement = text_.substr(0, end);
      text_.erase(0, end);
      ask(statement);
    }
  }

  void ask(std::string statement) {
    statement.erase(0, std::min(statement.find_first_not_of(" \t\r\n"), statement.size()));
    if (is_blank_sql(statement)) {
      return;
    }
    world_.remember(statement);
    note(world_.ask(statement));
  }

  void command(const std::string& line) {
    const std::size_t blank = line.find(' ');
    const std::string word = line.substr(0, blank);
    std::string argument = blank == std::string::npos ? "" : line.substr(blank + 1);
    while (argument.ends_with(' ') || argument.ends_with(';')) {
      argument.pop_back();
    }
    if (word == ".quit" || word == ".exit") {
      is_done_ = true;
      return;
    }
    world_.remember(line);
    if (word == ".tables" || word == ".schema") {
      note(world_.list_tables(argument));
    } else if (word == ".help") {
      terminal_.print(help_text);
    } else {
      terminal_.complain("query",
                         fmt::format("there is no command {}; see .help", printable(word)));
      note(ExitCode::usage);
    }
  }

  ExitCode end_of_input() {
    if (!is_blank_sql(text_) && !is_interactive_) {
      ask(text_);  // a file's last statement may do without its ;
    }
    return code_;
  }

  // A person sees what is wrong and goes on; a script ends.
  void note(ExitCode code) {
    if (code != ExitCode::ok && !is_interactive_) {
      code_ = code;
      is_done_ = true;
    }
  }

  const PromptWorld& world_;
  bool is_interactive_;
  Terminal& terminal_;
  std::string text_;
  ExitCode code_ = ExitCode::ok;
  bool is_done_ = false;
};

}  // namespace

ExitCode run_prompt(const PromptWorld& world, bool is_interactive, Terminal& terminal) {
  if (is_interactive) {
    terminal.print("Statements end with ;   .tables shows what there is, .help says more\n");
  }
  return Prompt(world, is_interactive, terminal).run();
}

}  // namespace sluice::cli
