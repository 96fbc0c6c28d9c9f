// A server as a process of its own.
#include "cli/server_process.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "cli/environment.h"
#include "cli/interruption.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds look_interval{5};
constexpr int exit_code_no_program = 127;  // as shells say it

// In the child, where only calls that are safe after fork() may be made.
[[noreturn]] void become(char** arguments, int log) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv("/proc/self/exe", arguments);
  ::_exit(exit_code_no_program);
}

std::string how_it_ended(int status) {
  return WIFEXITED(status) ? fmt::format("exit code {}", WEXITSTATUS(status))
                           : fmt::format("signal {}", WTERMSIG(status));
}

}  // namespace

Result<ServerProcess> ServerProcess::start(const std::vector<std::string>& arguments,
                                           const std::string& log_path) {
  constexpr mode_t log_mode = 0640;
  const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, log_mode);
  if (log < 0) {
    return fail_errno(errno, fmt::format("cannot write {}", log_path));
  }
  std::vector<std::string> words = {"sluice"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  const pid_t id = ::fork();
  if (id == 0) {
    become(pointers.data(), log);
  }
  const int why = errno;
  ::close(log);
  if (id < 0) {
    return fail_errno(why, "cannot start a process");
  }
  return ServerProcess(id);
}

ServerProcess::~ServerProcess() {
  if (id_ > 0) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
}

bool ServerProcess::has_ended(int& status) {
  SLUICE_CHECK(id_ > 0);
  if (::waitpid(id_, &status, WNOHANG) != id_) {
    return false;
  }
  id_ = -1;
  return true;
}

Result<std::string> ServerProcess::wait_until_ready(const std::string& ready_file,
                                                    std::chrono::milliseconds patience) {
  const auto files = make_posix_file_system();
  const SystemClock clock;
  const auto deadline = clock.steady() + patience;
  while (clock.steady() < deadline) {
    if (files->exists(ready_file)) {
      SLUICE_TRY(text, read_file(*files, ready_file));
      return text.substr(0, text.find('\n'));
    }
    int status = 0;
    if (has_ended(status)) {
      return fail(Fault::io, fmt::format("the server did not start ({})", how_it_ended(status)));
    }
    if (!pause_unless_interrupted(look_interval)) {
      return fail(Fault::cancelled, "interrupted");
    }
  }
  return fail(Fault::unavailable,
              fmt::format("the server is not ready after {} s",
                          std::chrono::duration_cast<std::chrono::seconds>(patience).count()));
}

Result<void> ServerProcess::stop(std::chrono::milliseconds patience) {
  SLUICE_CHECK(id_ > 0);
  ::kill(id_, SIGTERM);
  const SystemClock clock;
  const auto deadline = clock.steady() + patience;
  int status = 0;
  while (!has_ended(status)) {
    if (clock.steady() >= deadline) {
      return fail(Fault::unavailable, "the server does not stop");
    }
    if (!pause_unless_interrupted(look_interval)) {
      return fail(Fault::cancelled, "interrupted");
    }
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(Fault::io, fmt::format("the server failed ({})", how_it_ended(status)));
  }
  return {};
}

}  // namespace sluice::cli
