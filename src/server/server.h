// The whole server: opens a data directory, delivers, and answers requests until it is stopped.
#pragma once

#include "base/file_system.h"
#include "base/freed_memory.h"
#include "base/result.h"
#include "server/config.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// What a process that serves should keep of what it frees: bodies, frames and answers of a usual
// size, for some connections.  It serves for months, so not more.
inline constexpr FreedMemory freed_memory = {.largest_kept_bytes = std::size_t{4} << 20,
                                             .kept_bytes = std::size_t{8} << 20};

// What stopping has left undone.
struct StopReport {
  std::vector<std::string>
      not_drained;  // delivery streams that could not deliver everything in time
};

// One per process and data directory.  start() and stop() belong to one thread.
class Server {
 public:
  // Receives one line per event an operator should know of; called on any thread.
  using Log = std::function<void(std::string_view line)>;

  // Locks and opens the data directory, creates what the configuration defines and is not there,
  // takes up all delivery streams, and listens.  When it fails nothing runs, and the message names
  // the thing, the cause and the remedy: a directory in use, an address taken, no credentials
  // beyond loopback, a certificate that cannot be used, a damaged file.  `files` is the disk of the
  // streams' logs and of what is being delivered; database and buckets lie on the system's.
  static Result<std::unique_ptr<Server>> start(
      Config config, Log log, std::unique_ptr<FileSystem> files = make_posix_file_system());

  // As stop() with OnStop::leave, if stop() was not called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "127.0.0.1:4566"
  std::string address() const;

  // Ends listening, then with OnStop::drain delivers what is buffered, for at most the configured
  // time; what is left stays in the log for the next start.
  StopReport stop(OnStop what);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::server
