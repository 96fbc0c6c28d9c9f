// Lines from a person at a terminal, by libedit.
#include "cli/line_editor.h"

#include "base/check.h"
#include "cli/interruption.h"

#include <fmt/format.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <utility>

namespace sluice::cli {
namespace {

constexpr int history_lines_max = 1000;

// mbrtowc's word for bytes that no character begins with; they are passed over.
constexpr auto not_a_character = static_cast<std::size_t>(-1);

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string path;
  std::string prompt;

  static char* prompt_of(EditLine* editor) {
    State* state = nullptr;
    el_get(editor, EL_CLIENTDATA, &state);
    return state->prompt.data();
  }

  // Waits for a character or a signal: also one that comes just before the wait, which a read alone
  // would sleep through.  1, 0 at the end of the input, or -1 with errno.
  static int next_character(EditLine*, wchar_t* character) {
    std::mbstate_t partial{};
    for (;;) {
      std::array<pollfd, 2> waited = {
          {{STDIN_FILENO, POLLIN, 0}, {Interruption::wake_descriptor(), POLLIN, 0}}};
      if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) {
        return -1;
      }
      if (Interruption::has_happened()) {
        errno = EINTR;
        return -1;
      }
      if (waited[0].revents == 0) {
        continue;
      }
      char byte = 0;
      const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
      if (count <= 0) {
        return static_cast<int>(count);
      }
      const std::size_t taken = std::mbrtowc(character, &byte, 1, &partial);
      if (taken <= 1) {
        return 1;
      }
      if (taken == not_a_character) {
        partial = {};
      }
    }
  }
};

LineEditor::LineEditor(std::string history_path) : state_(std::make_unique<State>()) {
  // Letters beyond ASCII are one character each.
  std::setlocale(LC_CTYPE, "");
  State& state = *state_;
  state.path = std::move(history_path);
  state.editor = el_init("sluice", stdin, stdout, stderr);
  state.history = history_init();
  SLUICE_CHECK(state.editor != nullptr);
  SLUICE_CHECK(state.history != nullptr);
  el_set(state.editor, EL_CLIENTDATA, &state);
  el_set(state.editor, EL_PROMPT, State::prompt_of);
  el_set(state.editor, EL_GETCFN, State::next_character);
  el_set(state.editor, EL_EDITOR, "emacs");
  el_set(state.editor, EL_HIST, history, state.history);
  el_set(state.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  history(state.history, &state.event, H_SETSIZE, history_lines_max);
  history(state.history, &state.event, H_SETUNIQUE, 1);
  if (!state.path.empty()) {
    history(state.history, &state.event, H_LOAD, state.path.c_str());
  }
}

LineEditor::~LineEditor() {
  history_end(state_->history);
  el_end(state_->editor);
}

Result<std::optional<std::string>> LineEditor::read(const std::string& prompt) {
  const Interruption interruption;
  state_->prompt = prompt;
  int count = 0;
  errno = 0;
  const char* line = el_gets(state_->editor, &count);
  if (Interruption::has_happened()) {
    el_reset(state_->editor);
    std::fputs("^C\n", stdout);
    return fail(Fault::cancelled, "interrupted");
  }
  if (line == nullptr || count <= 0) {
    std::fputs("\n", stdout);
    return std::nullopt;
  }
  std::string text(line, static_cast<std::size_t>(count));
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.pop_back();
  }
  return text;
}

void LineEditor::remember(const std::string& statement) {
  history(state_->history, &state_->event, H_ENTER, statement.c_str());
  if (!state_->path.empty()) {
    // What somebody asked is theirs alone.
    const mode_t mask = ::umask(S_IRWXG | S_IRWXO);
    history(state_->history, &state_->event, H_SAVE, state_->path.c_str());
    ::umask(mask);
  }
}

std::string query_history_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (state != nullptr && *state == '/') {
    folder = state;
  } else if (home != nullptr && *home == '/') {
    folder = std::filesystem::path(home) / ".local" / "state";
  } else {
    return "";
  }
  folder /= "sluice";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  return failed ? "" : folder / "query_history";
}

}  // namespace sluice::cli
