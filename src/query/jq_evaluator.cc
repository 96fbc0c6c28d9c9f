#include "query/jq_evaluator.h"

#include "base/clock.h"
#include "query/child_process.h"
#include "query/jq_protocol.h"
#include "query/jq_worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <expected>
#include <optional>
#include <utility>

namespace sluice::query {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t receive_bytes = std::size_t{64} << 10;

// Of all the processor time that a child gets; one that lives longer is started anew.
constexpr std::chrono::hours processor_time{1};

// How much longer than its computing a child is waited for.
constexpr int clock_factor = 50;

// How a child was lost: it came to an end, or it is of no more use and must be ended.
struct Loss {
  enum class Kind : std::uint8_t { ended, late, senseless, interrupted };

  Kind kind;
  ChildEnd end;  // of one that ended

  bool is_signal(int number) const {
    return kind == Kind::ended && end.by_signal && end.number == number;
  }

  // By somebody else: what we end ourselves is of another kind.
  bool was_killed() const { return is_signal(SIGKILL); }

  bool is_late() const { return kind == Kind::late || is_signal(SIGPROF); }
};

template <class T>
using Heard = std::expected<T, Loss>;

// A point in time that is waited for.
class Deadline {
 public:
  explicit Deadline(milliseconds time) : end_(SystemClock().steady() + time) {}

  milliseconds left() const {
    return std::max(milliseconds(0),
                    std::chrono::ceil<milliseconds>(end_ - SystemClock().steady()));
  }

 private:
  std::chrono::nanoseconds end_;
};

// What a loss says about the record that was being looked at, for so long at most.
std::string reason_of(const Loss& loss, milliseconds time, std::uint64_t memory_bytes) {
  if (loss.is_late()) {
    return fmt::format("the query took longer than {:.3g} s for this record",
                       std::chrono::duration<double>(time).count());
  }
  if (loss.kind == Loss::Kind::ended && !loss.end.by_signal &&
      loss.end.number == jq_exit_no_memory) {
    return fmt::format("the query needs more than {} MiB of memory for this record",
                       memory_bytes >> 20);
  }
  return loss.kind == Loss::Kind::ended
             ? fmt::format("jq ended with {} at this record", loss.end.text())
             : "jq gave an answer without sense for this record";
}

std::unexpected<Error> interrupted() {
  return fail(Fault::unavailable, "the evaluation was interrupted");
}

std::unexpected<Error> failed_start(const Loss& loss) {
  if (loss.kind == Loss::Kind::interrupted) {
    return interrupted();
  }
  if (loss.kind == Loss::Kind::late) {
    return fail(Fault::unavailable, "jq did not start in time");
  }
  // A query that libjq cannot even read ends it, and would again.
  const bool is_the_query = loss.kind == Loss::Kind::ended && !loss.was_killed() &&
                            (loss.end.by_signal || loss.end.number == jq_exit_no_memory);
  return fail(is_the_query ? Fault::invalid : Fault::unavailable,
              fmt::format("jq ended with {} before it had read the query", loss.end.text()));
}

}  // namespace

// A running worker.
class JqEvaluator::Child {
 public:
  // `interrupt` must outlive it.
  Child(ChildProcess process, const Interrupt& interrupt)
      : process_(std::move(process)), interrupt_(interrupt) {}

  // Whether it has not been asked about any record.
  bool is_fresh() const { return is_fresh_; }

  Heard<JqStarted> start(const JqStart& start, milliseconds time) {
    const Deadline deadline(time);
    if (const auto sent = send(encode(start), deadline); !sent) {
      return std::unexpected(sent.error());
    }
    const auto payload = receive(deadline);
    if (!payload) {
      return std::unexpected(payload.error());
    }
    auto started = decode_jq_started(*payload);
    return started ? Heard<JqStarted>(std::move(*started)) : senseless();
  }

  // Adds answers as they come, also when it is lost before the last.
  Heard<void> ask(const JqAsk& ask, std::size_t keys, delivery::QueryAnswers& answers) {
    is_fresh_ = false;
    Deadline deadline(ask.time * clock_factor);
    if (auto sent = send(encode(ask), deadline); !sent) {
      return sent;
    }
    const std::size_t end = answers.size() + ask.records.size();
    while (answers.size() < end) {
      const auto payload = receive(deadline);
      if (!payload) {
        return std::unexpected(payload.error());
      }
      if (!decode_jq_answers(*payload, keys, end - answers.size(), answers)) {
        return senseless();
      }
      if (ask.one_by_one) {
        deadline = Deadline(ask.time * clock_factor);
      }
    }
    return {};
  }

 private:
  static std::unexpected<Loss> senseless() {
    return std::unexpected(Loss{Loss::Kind::senseless, {}});
  }

  std::unexpected<Loss> ended() {
    return std::unexpected(Loss{Loss::Kind::ended, process_.wait()});
  }

  // Waits until the socket is ready for `events`.
  Heard<void> wait_for(short events, const Deadline& deadline) const {
    std::array<pollfd, 2> ready{
        pollfd{.fd = process_.socket(), .events = events, .revents = 0},
        pollfd{.fd = interrupt_.descriptor(), .events = POLLIN, .revents = 0}};
    for (;;) {
      const milliseconds left = deadline.left();
      const int found = ::poll(ready.data(), ready.size(), static_cast<int>(left.count()));
      if (interrupt_.is_set()) {
        return std::unexpected(Loss{Loss::Kind::interrupted, {}});
      }
      if (found > 0) {
        return {};
      }
      if (left == milliseconds(0)) {
        return std::unexpected(Loss{Loss::Kind::late, {}});
      }
    }
  }

  Heard<void> send(ByteView payload, const Deadline& deadline) {
    outgoing_.clear();
    put_jq_frame(outgoing_, payload);
    for (ByteView rest = outgoing_; !rest.empty();) {
      const ssize_t sent = ::send(process_.socket(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno != EAGAIN && errno != EINTR) {
        return ended();
      } else if (auto waited = wait_for(POLLOUT, deadline); !waited) {
        return waited;
      }
    }
    return {};
  }

  // The next payload, borrowed until the next call.
  Heard<ByteView> receive(const Deadline& deadline) {
    buffer_.resize(receive_bytes);
    for (;;) {
      const auto payload = incoming_.next();
      if (!payload) {
        return senseless();
      }
      if (*payload) {
        return **payload;
      }
      if (const auto waited = wait_for(POLLIN, deadline); !waited) {
        return std::unexpected(waited.error());
      }
      const ssize_t got = ::recv(process_.socket(), buffer_.data(), buffer_.size(), 0);
      if (got > 0) {
        incoming_.add({buffer_.data(), static_cast<std::size_t>(got)});
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        return ended();
      }
    }
  }

  ChildProcess process_;
  const Interrupt& interrupt_;
  Bytes outgoing_;
  Bytes buffer_;
  JqFrames incoming_;
  bool is_fresh_ = true;
};

JqEvaluator::JqEvaluator(std::string query, std::vector<std::string> keys, JqLimits limits)
    : query_(std::move(query)), keys_(std::move(keys)), limits_(limits) {}

JqEvaluator::~JqEvaluator() = default;

void JqEvaluator::interrupt() {
  interrupt_.set();
}

Result<void> JqEvaluator::start() {
  if (interrupt_.is_set()) {
    return interrupted();
  }
  if (child_) {
    return {};
  }
  if (!can_be_jq_worker()) {
    return fail(Fault::unsupported, "this program runs no jq; only plain selections are answered");
  }
  SLUICE_TRY(process, ChildProcess::start(jq_worker_command));
  auto child = std::make_unique<Child>(std::move(process), interrupt_);
  const auto started = child->start({.memory_bytes = limits_.memory_bytes,
                                     .processor_time = processor_time,
                                     .idle_time = limits_.idle_time,
                                     .query = query_,
                                     .keys = keys_},
                                    limits_.start_time);
  if (!started) {
    return failed_start(started.error());
  }
  if (started->outcome != JqStarted::Outcome::runs) {
    const bool is_refused = started->outcome == JqStarted::Outcome::refused;
    return fail(is_refused ? Fault::invalid : Fault::unavailable, started->why);
  }
  child_ = std::move(child);
  return {};
}

Result<void> JqEvaluator::evaluate(std::span<const ByteView> records,
                                   delivery::QueryAnswers& answers) {
  losses_ = 0;
  while (!records.empty()) {
    if (records[0].size() > jq_record_bytes_max) {
      answers.refuse("the record is larger than jq is given");
      records = records.subspan(1);
      continue;
    }
    const std::size_t size = batch_size(records);
    SLUICE_TRY_DO(evaluate_batch(records.first(size), answers));
    records = records.subspan(size);
  }
  return {};
}

milliseconds JqEvaluator::record_time() const {
  return losses_ < limits_.patience ? limits_.record_time : limits_.impatient_record_time;
}

std::size_t JqEvaluator::batch_size(std::span<const ByteView> records) const {
  std::size_t bytes = records[0].size();
  std::size_t size = 1;
  while (size < records.size() && size < limits_.batch_records &&
         bytes + records[size].size() <= limits_.batch_bytes) {
    bytes += records[size++].size();
  }
  return size;
}

Result<void> JqEvaluator::evaluate_batch(std::span<const ByteView> records,
                                         delivery::QueryAnswers& answers) {
  bool one_by_one = records.size() == 1;
  while (!records.empty()) {
    SLUICE_TRY_DO(start());
    const bool is_fresh = child_->is_fresh();
    const milliseconds time = one_by_one ? record_time() : limits_.batch_time;
    const std::size_t before = answers.size();
    const auto heard = child_->ask(
        {.one_by_one = one_by_one, .time = time, .records = {records.begin(), records.end()}},
        keys_.size(),
        answers);
    const std::size_t answered = answers.size() - before;
    records = records.subspan(answered);
    if (heard) {
      continue;
    }
    child_.reset();
    if (heard.error().kind == Loss::Kind::interrupted) {
      return interrupted();
    }
    ++losses_;
    if (is_fresh && heard.error().was_killed()) {
      return fail(Fault::unavailable, "jq's process was killed from outside");
    }
    if (is_fresh && one_by_one && answered == 0) {
      answers.refuse(reason_of(heard.error(), time, limits_.memory_bytes));
      records = records.subspan(1);
    }
    one_by_one = true;
  }
  return {};
}

}  // namespace sluice::query
