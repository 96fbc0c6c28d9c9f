// Ctrl-C and SIGTERM as a flag.
#include "cli/interruption.h"

#include "base/check.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

namespace sluice::cli {
namespace {

// A signal handler can reach nothing but globals.
volatile std::sig_atomic_t signal_seen = 0;
volatile std::sig_atomic_t wake = -1;

void note_signal(int) {
  const int error_before = errno;
  signal_seen = 1;
  const std::uint64_t one = 1;
  // Fails only when it is readable already.
  static_cast<void>(::write(wake, &one, sizeof(one)) < 0);
  errno = error_before;
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
  wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  SLUICE_CHECK(wake >= 0);
  // Waiting calls return; the second signal does what signals do.
  constexpr int once = static_cast<int>(SA_RESETHAND);
  set_action(SIGINT, note_signal, once);
  set_action(SIGTERM, note_signal, once);
}

Interruption::~Interruption() {
  set_action(SIGINT, SIG_DFL, 0);
  set_action(SIGTERM, SIG_DFL, 0);
  ::close(wake);
  wake = -1;
  signal_seen = 0;
}

bool Interruption::has_happened() {
  return signal_seen != 0;
}

int Interruption::wake_descriptor() {
  return wake;
}

}  // namespace sluice::cli
