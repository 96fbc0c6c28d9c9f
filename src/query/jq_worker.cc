#include "query/jq_worker.h"

#include "query/child_process.h"
#include "query/confinement.h"
#include "query/jq_program.h"
#include "query/jq_protocol.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::size_t answers_bytes_flushed = std::size_t{64} << 10;
constexpr std::size_t receive_bytes = std::size_t{64} << 10;

// Set before main() does anything else, and never again.
bool has_been_asked = false;

// Nobody is left to answer, or what was asked makes no sense.
[[noreturn]] void give_up() {
  ::_exit(1);
}

[[noreturn]] void end_without_memory() {
  ::_exit(jq_exit_no_memory);
}

timeval timeval_of(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), std::chrono::microseconds(time - seconds).count()};
}

// The socket to the evaluator.
class Line {
 public:
  // From here on receive() looks up after so long.
  void set_idle_time(std::chrono::milliseconds time) {
    const timeval value = timeval_of(time);
    ::setsockopt(worker_socket, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof(value));
  }

  // Only a worker that has been asked may end of itself: the evaluator takes one that has not for
  // one that the first record ended.
  void may_end_when_idle() { may_end_ = true; }

  // The next message, borrowed until the next call.
  ByteView receive() {
    for (;;) {
      const auto payload = frames_.next();
      if (!payload) {
        give_up();
      }
      if (*payload) {
        return **payload;
      }
      const ssize_t got = ::recv(worker_socket, buffer_, sizeof(buffer_), 0);
      const bool waits_on = errno == EINTR || (errno == EAGAIN && !may_end_);
      if (got == 0 || (got < 0 && !waits_on)) {
        give_up();
      }
      frames_.add({buffer_, static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
    }
  }

  void send(ByteView payload) {
    frame_.clear();
    put_jq_frame(frame_, payload);
    for (ByteView rest = frame_; !rest.empty();) {
      const ssize_t sent = ::send(worker_socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR) {
        give_up();
      }
      rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
  }

 private:
  JqFrames frames_;
  Bytes frame_;
  bool may_end_ = false;
  char buffer_[receive_bytes] = {};
};

// Ends this process, by SIGPROF, once it has computed for so long; zero for never.
void bound_computing(std::chrono::milliseconds time) {
  const itimerval timer{{0, 0}, timeval_of(time)};
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

void answer(JqProgram& program, std::size_t keys, const JqAsk& ask, Line& line) {
  delivery::QueryAnswers answers;
  Bytes out;
  bound_computing(ask.time);
  for (const ByteView record : ask.records) {
    answers.reset(keys);
    program.evaluate(record, answers);
    put_jq_answer(out, answers, 0);
    if (ask.one_by_one || out.size() >= answers_bytes_flushed) {
      line.send(out);
      out.clear();
      bound_computing(ask.time);
    }
  }
  bound_computing({});
  if (!out.empty()) {
    line.send(out);
  }
}

[[noreturn]] void work(Line& line, const JqStart& start) {
  line.set_idle_time(start.idle_time);
  const auto confined =
      confine_to_socket({start.memory_bytes, start.processor_time, worker_socket});
  if (!confined) {
    line.send(encode(JqStarted{JqStarted::Outcome::unable, confined.error().message()}));
    ::_exit(0);
  }
  std::set_new_handler(end_without_memory);
  auto program = JqProgram::compile(start.query, start.keys, [](void*) { end_without_memory(); });
  if (!program) {
    line.send(encode(JqStarted{JqStarted::Outcome::refused, program.error().message()}));
    ::_exit(0);
  }
  line.send(encode(JqStarted{}));
  for (;;) {
    const auto ask = decode_jq_ask(line.receive());
    if (!ask) {
      give_up();
    }
    answer(*program, start.keys.size(), *ask, line);
    line.may_end_when_idle();
  }
}

}  // namespace

std::optional<int> run_if_jq_worker(std::span<const std::string> arguments) {
  has_been_asked = true;
  if (!is_worker(arguments, jq_worker_command)) {
    return std::nullopt;
  }
  if (!is_child_of_parent(arguments)) {
    return 1;  // started by hand, or the evaluator has gone already
  }
  Line line;
  const auto start = decode_jq_start(line.receive());
  if (!start) {
    return 1;
  }
  work(line, *start);
}

bool can_be_jq_worker() {
  return has_been_asked;
}

}  // namespace sluice::query
