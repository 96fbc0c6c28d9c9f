#include "query/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace sluice::query {
namespace {

constexpr const char* this_program = "/proc/self/exe";

int spawn(const char* command, int socket, pid_t& id) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, socket, worker_socket);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, worker_socket + 1);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  // A session of its own: Ctrl-C is for the program that asked.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  std::string name = "sluice";
  std::string word = command;
  std::string parent = std::to_string(::getpid());
  const std::array<char*, 4> arguments = {name.data(), word.data(), parent.data(), nullptr};
  const std::array<char*, 1> environment = {nullptr};
  const int error =
      ::posix_spawn(&id, this_program, &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

std::string ChildEnd::text() const {
  return fmt::format("{} {}", by_signal ? "signal" : "exit code", number);
}

Result<ChildProcess> ChildProcess::start(const char* command) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail_errno(errno, "cannot make a socket for a query");
  }
  pid_t id = -1;
  const int why = spawn(command, ends[1], id);
  ::close(ends[1]);
  if (why != 0) {
    ::close(ends[0]);
    return fail_errno(why, "cannot start a process for a query");
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return ChildProcess(id, ends[0]);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), socket_(std::exchange(other.socket_, -1)) {}

ChildProcess::~ChildProcess() {
  if (socket_ >= 0) {
    ::close(socket_);
  }
  if (id_ > 0) {
    ::kill(id_, SIGKILL);
    wait();
  }
}

ChildEnd ChildProcess::wait() {
  int status = 0;
  const pid_t id = std::exchange(id_, -1);
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? ChildEnd{true, WTERMSIG(status)}
                             : ChildEnd{false, WEXITSTATUS(status)};
}

bool is_worker(std::span<const std::string> arguments, const char* command) {
  return arguments.size() == 2 && arguments[0] == command;
}

bool is_child_of_parent(std::span<const std::string> arguments) {
  return arguments[1] == std::to_string(::getppid());
}

}  // namespace sluice::query
