// A server as a process of its own, as a user would start it.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

// Owns the process: what still runs at destruction is killed.  Ctrl-C does not reach it; it ends
// with its parent at the latest.  Not thread-safe.
class ServerProcess {
 public:
  // Starts this very program with `arguments`; what it prints goes to the file `log_path`.
  static Result<ServerProcess> start(const std::vector<std::string>& arguments,
                                     const std::string& log_path);

  ServerProcess(ServerProcess&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  // The first line of `ready_file` once it is there.  Fault::io when the process ends before,
  // Fault::unavailable after `patience`, Fault::cancelled after an interruption.
  Result<std::string> wait_until_ready(const std::string& ready_file,
                                       std::chrono::milliseconds patience);

  // SIGTERM; waits for the end.  Anything but exit code 0 is an error, and so is `patience`
  // passing.
  Result<void> stop(std::chrono::milliseconds patience);

 private:
  explicit ServerProcess(pid_t id) : id_(id) {}

  // True when it has ended; `status` as waitpid() gives it.
  bool has_ended(int& status);

  pid_t id_ = -1;
};

}  // namespace sluice::cli
