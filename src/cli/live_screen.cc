#include "cli/live_screen.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice::cli {

std::size_t terminal_width() {
  winsize size{};
  constexpr std::size_t otherwise = 80;
  const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : otherwise;
}

bool LiveScreen::is_due() const {
  return clock_.steady() >= next_draw_;
}

void LiveScreen::draw(const std::vector<std::string>& lines, std::size_t width) {
  next_draw_ = clock_.steady() + interval;
  std::string text;
  if (!is_open_) {
    text += "\033[?25l";
    is_open_ = true;
  } else if (width < width_) {
    // The terminal has broken the old lines; where they begin now it alone knows.
    text += "\033[H\033[2J";
  } else if (drawn_ > 0) {
    text += fmt::format("\033[{}A\r", drawn_);
  }
  for (const std::string& line : lines) {
    text += line + "\033[K\n";
  }
  text += "\033[J";
  drawn_ = lines.size();
  width_ = width;
  terminal_.print(text);
  static_cast<void>(terminal_.flush());
}

void LiveScreen::close() {
  if (is_open_) {
    terminal_.print("\033[?25h");
    static_cast<void>(terminal_.flush());
    is_open_ = false;
  }
}

}  // namespace sluice::cli
