// Standard output and standard error.
#include "cli/terminal.h"

#include "base/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice::cli {
namespace {

std::string_view code_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "0";
    case Ink::bold:
      return "1";
    case Ink::dim:
      return "2";
    case Ink::red:
      return "31";
    case Ink::green:
      return "32";
    case Ink::yellow:
      return "33";
    case Ink::cyan:
      return "36";
  }
  return "0";
}

TerminalStream stream_of(std::FILE* file) {
  const bool is_terminal = ::isatty(::fileno(file)) == 1;
  return {
      file, is_terminal, wants_colour(is_terminal, std::getenv("NO_COLOR"), std::getenv("TERM"))};
}

void write(std::FILE* file, std::string_view text) {
  SLUICE_CHECK(file != nullptr);
  // A failure stays in the stream's error flag, where flush() finds it.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), file));
}

}  // namespace

std::string Paint::operator()(Ink ink, std::string_view text) const {
  if (!is_coloured_ || ink == Ink::plain || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\033[{}m{}\033[0m", code_of(ink), text);
}

bool wants_colour(bool is_terminal, const char* no_color, const char* term) {
  const bool is_refused = no_color != nullptr && *no_color != '\0';
  const std::string_view kind = term == nullptr ? "" : term;
  return is_terminal && !is_refused && !kind.empty() && kind != "dumb";
}

Terminal Terminal::of_process() {
  return {stream_of(stdout), stream_of(stderr)};
}

void Terminal::print(std::string_view text) {
  write(out_.file, text);
}

void Terminal::note(std::string_view text) {
  // What was printed before is seen before.
  static_cast<void>(std::fflush(out_.file));
  write(error_.file, text);
  static_cast<void>(std::fflush(error_.file));
}

void Terminal::complain(std::string_view command, std::string_view message) {
  const std::string who = command.empty() ? "sluice:" : fmt::format("sluice {}:", command);
  note(fmt::format("{} {}\n", error_paint()(Ink::red, who), message));
}

bool Terminal::flush() {
  return std::fflush(out_.file) == 0 && std::ferror(out_.file) == 0;
}

void Terminal::drop_colours() {
  out_.is_coloured = false;
  error_.is_coloured = false;
}

}  // namespace sluice::cli
