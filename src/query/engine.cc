// Starting a child for a query, and listening to it.
#include "query/engine.h"

#include "base/check.h"
#include "base/clock.h"
#include "query/engine_error.h"
#include "query/worker.h"
#include "query/worker_protocol.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::chrono::milliseconds look_interval{50};
constexpr std::size_t receive_bytes = std::size_t{256} << 10;
constexpr const char* this_program = "/proc/self/exe";

std::string folder_of_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink(this_program, path.data(), path.size());
  const std::string_view whole(path.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  return std::string(whole.substr(0, whole.rfind('/')));
}

std::vector<std::string> places_of_library() {
  const std::string here = folder_of_program();
  return {here + "/libduckdb.so",
          here + "/../duckdb/libduckdb.so",
          here + "/../lib/sluice/libduckdb.so",
          "/usr/lib/sluice/libduckdb.so",
          "/usr/local/lib/sluice/libduckdb.so"};
}

bool is_readable(const std::string& path) {
  return ::access(path.c_str(), R_OK) == 0;
}

// A running child and our end of the socket.  What still runs at destruction is killed.
class Child {
 public:
  static Result<Child> start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return fail_errno(errno, "cannot make a socket for a query");
    }
    pid_t id = -1;
    const int why = spawn(ends[1], id);
    ::close(ends[1]);
    if (why != 0) {
      ::close(ends[0]);
      return fail_errno(why, "cannot start a process for a query");
    }
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return Child(id, ends[0]);
  }

  Child(Child&& other) noexcept
      : id_(std::exchange(other.id_, -1)), socket_(std::exchange(other.socket_, -1)) {}

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child& operator=(Child&&) = delete;

  ~Child() {
    if (socket_ >= 0) {
      ::close(socket_);
    }
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      wait();
    }
  }

  int socket() const { return socket_; }

  // What became of it, once it has closed its socket.
  std::string how_it_ended() {
    const int status = wait();
    return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                               : fmt::format("exit code {}", WEXITSTATUS(status));
  }

 private:
  Child(pid_t id, int socket) : id_(id), socket_(socket) {}

  // Nothing of this process but the one socket: no descriptors, no environment, no terminal.
  static int spawn(int socket, pid_t& id) {
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
    std::string command = worker_command;
    std::string parent = std::to_string(::getpid());
    const std::array<char*, 4> arguments = {name.data(), command.data(), parent.data(), nullptr};
    const std::array<char*, 1> environment = {nullptr};
    const int error = ::posix_spawn(
        &id, this_program, &actions, &attributes, arguments.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  int wait() {
    int status = 0;
    while (::waitpid(std::exchange(id_, -1), &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  pid_t id_;
  int socket_;
};

// One run: what has been sent, what has come.
class Conversation {
 public:
  Conversation(Child child, const Script& script, ResultSink& sink)
      : child_(std::move(child)), script_(script), sink_(sink) {}

  Result<RunStatistics> run(ByteView start,
                            std::chrono::milliseconds time_max,
                            const std::function<bool()>& keep_on) {
    const SystemClock clock;
    const auto begun = clock.steady();
    put_frame(outgoing_, FrameKind::start, start);
    while (!done_) {
      if (!keep_on()) {
        return fail(Fault::cancelled, "the query was cancelled");
      }
      if (clock.steady() - begun >= time_max) {
        return fail(Fault::unavailable,
                    fmt::format("the query took longer than its limit of {:.3g} s",
                                std::chrono::duration<double>(time_max).count()));
      }
      SLUICE_TRY_DO(exchange());
    }
    return RunStatistics{
        .rows = done_->rows,
        .bytes_scanned = done_->bytes_scanned,
        .files_opened = done_->files_opened,
        .time = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - begun),
        .is_guarded_by_kernel = done_->is_confined};
  }

 private:
  // Waits a moment for the socket, and does what it is ready for.
  Result<void> exchange() {
    const bool has_more = !outgoing_.empty();
    pollfd ready{.fd = child_.socket(),
                 .events = static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN),
                 .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(look_interval.count())) <= 0) {
      return {};  // nothing yet, or a signal: the caller looks what is wanted
    }
    if ((ready.revents & POLLOUT) != 0) {
      const ssize_t sent =
          ::send(child_.socket(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      outgoing_.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    if ((ready.revents & ~POLLOUT) != 0) {
      return receive();
    }
    return {};
  }

  Result<void> receive() {
    buffer_.resize(receive_bytes);
    const ssize_t got = ::recv(child_.socket(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      return {};
    }
    if (got <= 0) {
      return fail(Fault::io,
                  fmt::format("the query's process ended unexpectedly ({}); it may have needed "
                              "more memory than it may use",
                              child_.how_it_ended()));
    }
    incoming_.add({buffer_.data(), static_cast<std::size_t>(got)});
    for (;;) {
      SLUICE_TRY(frame, incoming_.next());
      if (!frame) {
        return {};
      }
      SLUICE_TRY_DO(take(*frame));
    }
  }

  Result<void> take(const Frame& frame) {
    const bool is_in_order = !done_ && (frame.kind == FrameKind::failed ||
                                        columns_.has_value() == (frame.kind != FrameKind::columns));
    if (!is_in_order || frame.kind == FrameKind::start) {
      return fail(Fault::corrupt, "the query's process sent its messages out of order");
    }
    if (frame.kind == FrameKind::columns) {
      SLUICE_TRY(columns, decode_columns(frame.payload));
      columns_ = columns.size();
      return sink_.begin(columns);
    }
    if (frame.kind == FrameKind::rows) {
      return decode_rows(frame.payload, *columns_, [&](auto values) { return sink_.row(values); });
    }
    if (frame.kind == FrameKind::done) {
      SLUICE_TRY(done, decode_done(frame.payload));
      done_ = done;
      return {};
    }
    SLUICE_TRY(failed, decode_failed(frame.payload));
    if (!failed.offset) {
      return fail(failed.fault, failed.message);
    }
    const TextPosition position = position_of(script_.sql, *failed.offset);
    sink_.wrong_at(position);
    return fail(failed.fault,
                fmt::format("line {}:{}: {}", position.line, position.column, failed.message));
  }

  Child child_;
  const Script& script_;
  ResultSink& sink_;
  Bytes outgoing_;
  Bytes buffer_;
  FrameReader incoming_;
  std::optional<std::size_t> columns_;
  std::optional<DoneMessage> done_;
};

}  // namespace

Result<Engine> Engine::find(const std::string& library) {
  const char* named = library.empty() ? std::getenv("SLUICE_DUCKDB") : library.c_str();
  if (named != nullptr && *named != '\0') {
    if (!is_readable(named)) {
      return fail(Fault::missing, fmt::format("there is no DuckDB library at {}", named));
    }
    return Engine(named);
  }
  for (const std::string& place : places_of_library()) {
    if (is_readable(place)) {
      return Engine(place);
    }
  }
  return fail(
      Fault::missing,
      "SQL needs DuckDB's library, libduckdb.so, and there is none: `./dev setup` places it; "
      "without it take libduckdb-linux-amd64.zip of DuckDB 1.5 and put the file into "
      "/usr/local/lib/sluice, or name it in SLUICE_DUCKDB");
}

Result<RunStatistics> Engine::run(const Script& script,
                                  const EngineLimits& limits,
                                  ResultSink& sink,
                                  const std::function<bool()>& keep_on) const {
  SLUICE_CHECK(limits.threads > 0);
  const Bytes start = encode(StartMessage{library_, limits, script});
  if (start.size() > frame_bytes_max) {
    return fail(Fault::too_large,
                fmt::format("a query with its tables may be {} MiB long and this is {}",
                            frame_bytes_max >> 20,
                            start.size() >> 20));
  }
  SLUICE_TRY(child, Child::start());
  return Conversation(std::move(child), script, sink).run(start, limits.time, keep_on);
}

}  // namespace sluice::query
