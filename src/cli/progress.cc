// A bar on standard error.
#include "cli/progress.h"

#include "cli/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t bar_columns = 20;
constexpr std::chrono::milliseconds draw_interval{100};

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t index = 0; index < times; ++index) {
    out += text;
  }
  return out;
}

std::string amount(ProgressUnit unit, double value) {
  const auto whole = static_cast<std::uint64_t>(value);
  switch (unit) {
    case ProgressUnit::bytes:
      return human_bytes(whole);
    case ProgressUnit::records:
      return counted(whole, "record", "records");
    case ProgressUnit::milliseconds:
      return human_duration(std::chrono::milliseconds(whole));
  }
  return "";
}

// Whole seconds: a digit behind the point that changes ten times a second helps nobody.
std::string time_left(double seconds) {
  constexpr double too_long_to_say = 100.0 * 3600;
  if (seconds > too_long_to_say) {
    return "";
  }
  const auto whole = static_cast<std::int64_t>(seconds + 1);
  constexpr std::int64_t spelled_out_from = 100;  // below it human_duration() shows tenths
  return whole < spelled_out_from ? fmt::format("{} s", whole)
                                  : human_duration(std::chrono::seconds(whole));
}

}  // namespace

std::string progress_text(const ProgressState& state, const Paint& paint) {
  const double seconds = std::chrono::duration<double>(state.elapsed).count();
  const double done = static_cast<double>(state.done);
  const double per_second = seconds > 0 ? done / seconds : 0;
  const std::string rate = amount(state.unit, per_second) + "/s";
  if (!state.total || *state.total == 0) {
    return fmt::format("{}  {}  {}", state.label, amount(state.unit, done), paint(Ink::dim, rate));
  }
  const double total = static_cast<double>(*state.total);
  const double part = std::min(1.0, done / total);
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar_columns));
  std::string line = fmt::format("{}  {}{}  {:3.0f}%",
                                 state.label,
                                 paint(Ink::cyan, repeated("━", filled)),
                                 paint(Ink::dim, repeated("─", bar_columns - filled)),
                                 part * 100);
  if (per_second > 0) {
    const std::string left = time_left((total - std::min(done, total)) / per_second);
    line += state.unit == ProgressUnit::milliseconds ? "" : "  " + paint(Ink::dim, rate);
    line += left.empty() ? "" : paint(Ink::dim, fmt::format("  {} left", left));
  }
  return line;
}

Progress::Progress(Terminal& terminal, const Clock& clock, Settings settings)
    : terminal_(terminal),
      clock_(clock),
      settings_(std::move(settings)),
      start_(clock.steady()),
      next_draw_(start_ + settings_.quiet_time) {}

void Progress::advance_to(std::uint64_t done) {
  if (!terminal_.is_error_terminal()) {
    return;
  }
  const std::chrono::nanoseconds now = clock_.steady();
  if (now < next_draw_) {
    return;
  }
  next_draw_ = now + draw_interval;
  const ProgressState state{settings_.label, settings_.unit, done, settings_.total, now - start_};
  terminal_.note("\r\033[K" + progress_text(state, terminal_.error_paint()));
  is_drawn_ = true;
}

void Progress::wipe() {
  if (is_drawn_) {
    terminal_.note("\r\033[K");
    is_drawn_ = false;
  }
}

}  // namespace sluice::cli
