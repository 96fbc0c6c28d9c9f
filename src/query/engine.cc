// Starting a child for a query, and listening to it.
#include "query/engine.h"

#include "base/check.h"
#include "base/clock.h"
#include "query/child_process.h"
#include "query/engine_error.h"
#include "query/worker.h"
#include "query/worker_protocol.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
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

// One run: what has been sent, what has come.
class Conversation {
 public:
  Conversation(ChildProcess child, const Script& script, ResultSink& sink)
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
                              child_.wait().text()));
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

  ChildProcess child_;
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
  SLUICE_TRY(child, ChildProcess::start(worker_command));
  return Conversation(std::move(child), script, sink).run(start, limits.time, keep_on);
}

}  // namespace sluice::query
