// Lines from a person at a terminal, with editing and a history that lasts.
#pragma once

#include "base/result.h"

#include <memory>
#include <optional>
#include <string>

namespace sluice::cli {

// At most one at a time in a process.  Not thread-safe.
class LineEditor {
 public:
  // Reads the history of earlier times; without `history_path`, or when it cannot be read, there is
  // none.
  explicit LineEditor(std::string history_path);

  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;
  ~LineEditor();

  // A line without its end.  std::nullopt at the end of input.  Fault::cancelled for Ctrl-C, which
  // gives up what was typed.
  Result<std::optional<std::string>> read(const std::string& prompt);

  // Remembers a statement, now and for later runs.
  void remember(const std::string& statement);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// $XDG_STATE_HOME/sluice/query_history, else ~/.local/state/sluice/query_history; empty when
// neither is known.  The folder is made.
std::string query_history_path();

}  // namespace sluice::cli
