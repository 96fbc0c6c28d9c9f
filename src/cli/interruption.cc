// Ctrl-C and SIGTERM as a flag.
#include "cli/interruption.h"

#include "base/check.h"

#include <csignal>

namespace sluice::cli {
namespace {

// A signal handler can reach nothing but globals.
volatile std::sig_atomic_t signal_seen = 0;

void note_signal(int) {
  signal_seen = 1;
}

void set_action(int signal, void (*handler)(int), int flags) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = flags;
  SLUICE_CHECK(::sigaction(signal, &action, nullptr) == 0);
}

}  // namespace

Interruption::Interruption() {
  signal_seen = 0;
  // Waiting calls return; the second signal does what signals do.
  constexpr int once = static_cast<int>(SA_RESETHAND);
  set_action(SIGINT, note_signal, once);
  set_action(SIGTERM, note_signal, once);
}

Interruption::~Interruption() {
  set_action(SIGINT, SIG_DFL, 0);
  set_action(SIGTERM, SIG_DFL, 0);
  signal_seen = 0;
}

bool Interruption::has_happened() {
  return signal_seen != 0;
}

}  // namespace sluice::cli
