// Lines that are drawn again and again in one place of a terminal.
#pragma once

#include "base/clock.h"
#include "cli/terminal.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sluice::cli {

// Columns of the terminal behind standard output; 80 where it does not say.
std::size_t terminal_width();

// From the first draw on the cursor is hidden; close() (or the end) leaves the last lines standing
// and gives the cursor back.  Borrows both.  Not thread-safe.
class LiveScreen {
 public:
  static constexpr std::chrono::milliseconds interval{200};

  LiveScreen(Terminal& terminal, const Clock& clock) : terminal_(terminal), clock_(clock) {}

  ~LiveScreen() { close(); }

  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  // Whether `interval` has passed since the last draw.
  bool is_due() const;

  // Lines of at most `width` columns, as painted.
  void draw(const std::vector<std::string>& lines, std::size_t width);

  void close();

 private:
  Terminal& terminal_;
  const Clock& clock_;
  std::size_t drawn_ = 0;  // lines standing above the cursor
  std::size_t width_ = 0;  // they were drawn for
  bool is_open_ = false;
  std::chrono::nanoseconds next_draw_{0};
};

}  // namespace sluice::cli
