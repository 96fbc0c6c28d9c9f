// A bar on standard error while something takes its time; nothing where nobody looks.
//
//   Converting  ━━━━━━━━━━━━────────   61%  412.0 MiB/s  3 s left
#pragma once

#include "base/clock.h"
#include "cli/terminal.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

enum class ProgressUnit : std::uint8_t {
  bytes,
  records,
  milliseconds  // of a wait whose end is known: no rate
};

struct ProgressState {
  std::string_view label;
  ProgressUnit unit = ProgressUnit::bytes;
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total;  // unknown for a pipe: then there is no bar
  std::chrono::nanoseconds elapsed{0};
};

// One line without its end, at most 80 columns with a label of up to 14.
std::string progress_text(const ProgressState& state, const Paint& paint);

// Draws on a terminal once `quiet_time` has passed, at most ten times a second, and wipes its line
// at the end.  Not thread-safe.
class Progress {
 public:
  struct Settings {
    std::string label;
    ProgressUnit unit = ProgressUnit::bytes;
    std::optional<std::uint64_t> total;
    std::chrono::milliseconds quiet_time{1000};
  };

  // Borrows both.
  Progress(Terminal& terminal, const Clock& clock, Settings settings);

  ~Progress() { wipe(); }

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap enough for every block or request, not for every line.
  void advance_to(std::uint64_t done);

  // Takes the bar away; the next advance_to() may draw it again.
  void wipe();

  std::chrono::nanoseconds elapsed() const { return clock_.steady() - start_; }

 private:
  Terminal& terminal_;
  const Clock& clock_;
  Settings settings_;
  std::chrono::nanoseconds start_;
  std::chrono::nanoseconds next_draw_;
  bool is_drawn_ = false;
};

}  // namespace sluice::cli
