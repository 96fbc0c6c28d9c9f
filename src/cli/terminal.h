// Standard output and standard error, with colours where a person looks and nowhere else.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace sluice::cli {

enum class Ink : std::uint8_t { plain, bold, dim, red, green, yellow, cyan };

// Puts colour around text, or leaves it alone.  Value type.
class Paint {
 public:
  explicit Paint(bool is_coloured) : is_coloured_(is_coloured) {}

  std::string operator()(Ink ink, std::string_view text) const;

  bool is_coloured() const { return is_coloured_; }

 private:
  bool is_coloured_;
};

// Whether a stream gets colours: it is a terminal that knows them, and NO_COLOR is unset or empty.
// The strings are the environment's, or nullptr.
bool wants_colour(bool is_terminal, const char* no_color, const char* term);

// One of the two streams of a process.
struct TerminalStream {
  std::FILE* file = nullptr;  // borrowed
  bool is_terminal = false;
  bool is_coloured = false;
};

// Not thread-safe.
class Terminal {
 public:
  // The streams of this process.
  static Terminal of_process();

  Terminal(TerminalStream out, TerminalStream error) : out_(out), error_(error) {}

  // To standard output, as it is.
  void print(std::string_view text);

  // To standard error, as it is.
  void note(std::string_view text);

  // "sluice convert: <message>", on a line of its own on standard error.  `command` empty: without.
  void complain(std::string_view command, std::string_view message);

  // False when something printed could not be written: a full disk, a closed pipe.
  bool flush();

  void drop_colours();

  Paint paint() const { return Paint(out_.is_coloured); }

  Paint error_paint() const { return Paint(error_.is_coloured); }

  bool is_out_terminal() const { return out_.is_terminal; }

  bool is_error_terminal() const { return error_.is_terminal; }

 private:
  TerminalStream out_;
  TerminalStream error_;
};

}  // namespace sluice::cli
