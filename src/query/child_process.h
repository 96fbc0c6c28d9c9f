// The program started again as a worker, in a child process that is given nothing of its parent but
// one socket: no descriptors, no environment, no terminal.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <span>
#include <string>

namespace sluice::query {

// The worker's end of the socket.
inline constexpr int worker_socket = 3;

// How a child ended.
struct ChildEnd {
  bool by_signal = false;
  int number = 0;  // the signal, or the exit code

  // "signal 9", "exit code 1".
  std::string text() const;
};

// A running child and our end of the socket, which does not block.  What still runs at destruction
// is killed.
class ChildProcess {
 public:
  // `command` is the first word of the worker's command line; the second is this process's id.
  static Result<ChildProcess> start(const char* command);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  int socket() const { return socket_; }

  // What became of it, once it has closed its socket.  Once.
  ChildEnd wait();

 private:
  ChildProcess(pid_t id, int socket) : id_(id), socket_(socket) {}

  pid_t id_;
  int socket_;
};

// In the child: whether `arguments` (without the program's name) are those of a worker of that
// command.
bool is_worker(std::span<const std::string> arguments, const char* command);

// In the worker: whether it was started by who says so, and not by hand.
bool is_child_of_parent(std::span<const std::string> arguments);

}  // namespace sluice::query
