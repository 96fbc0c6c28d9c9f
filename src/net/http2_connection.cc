// HTTP/2: reading, writing, and requests side by side.
#include "net/http2_connection.h"

#include "base/check.h"
#include "net/http_channel.h"
#include "net/progress_rule.h"
#include "net/request_life.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace sluice::net {
namespace {

// Of a request's body, not looked at yet.
constexpr std::uint32_t stream_window_bytes = std::uint32_t{256} << 10;

// What goes to the socket in one call: several frames, of several streams.
constexpr std::size_t output_bytes_min = std::size_t{64} << 10;

// A peer is not read while this many frames wait for it to read.
constexpr std::size_t queued_frames_max = 1'000;

Http2Limits limits_of(const HttpServerOptions& options) {
  Http2Limits limits;
  limits.streams_max = options.streams_max;
  limits.head_bytes_max = options.head_bytes_max;
  limits.stream_window_bytes = stream_window_bytes;
  return limits;
}

}  // namespace

// One request: its channel, and its place in the connection.
class Http2Connection::Request final : public HttpChannel {
 public:
  Request(Http2Connection& connection, StreamId stream, bool has_end)
      : connection_(connection),
        stream_(stream),
        changed_(connection.services_.loop),
        life_(std::make_shared<RequestLife>(connection.services_, *this, connection.remote_)),
        has_body_end_(has_end) {}

  StreamId stream() const { return stream_; }

  RequestLife& life() { return *life_; }

  // Whether the answer has gone out whole, and the body came in whole.
  bool is_answered() const { return is_answered_; }

  bool has_body_end() const { return has_body_end_; }

  void on_body(ByteView data) {
    if (!is_body_left_) {
      inbox_.append(data);
      changed_.notify();
    }
  }

  void on_body_end() {
    has_body_end_ = true;
    changed_.notify();
  }

  void on_sent() {
    is_sent_ = true;
    changed_.notify();
  }

  // Nobody waits for the answer.
  void on_gone() {
    is_gone_ = true;
    life_->peer_gone();
    changed_.notify();
  }

  void on_tick(Time now) {
    if (taking_) {
      const std::size_t unsent = session().unsent_bytes(stream_);
      taking_->on_bytes(unsent_ - unsent, now);
      unsent_ = unsent;
      deadline_ = taking_->deadline();
    }
    if (now >= deadline_) {
      deadline_ = never;
      has_expired_ = true;
      connection_.services_.counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
      changed_.notify();
    }
  }

 private:
  Http2Session& session() { return connection_.session_; }

  BodyStep next_body() override {
    if (!taken_.empty()) {
      session().consume(stream_, taken_.size());
      connection_.to_send_.notify();
      taken_.clear();
    }
    if (inbox_.empty()) {
      return {.kind = has_body_end_ ? BodyStep::Kind::end : BodyStep::Kind::waiting,
              .data = {},
              .problem = {}};
    }
    std::swap(taken_, inbox_);
    return {.kind = BodyStep::Kind::data, .data = taken_, .problem = {}};
  }

  std::size_t ahead_bytes_max() const override { return stream_window_bytes; }

  Task<Arrival> await_body(Time deadline) override {
    has_expired_ = false;
    deadline_ = deadline;
    while (inbox_.empty() && !has_body_end_ && !is_gone_ && !has_expired_) {
      co_await changed_.wait();
    }
    deadline_ = never;
    if (!inbox_.empty() || has_body_end_) {
      co_return Arrival::came;
    }
    co_return is_gone_ ? Arrival::lost : Arrival::expired;
  }

  Task<bool> invite_body() override {
    if (inbox_.empty() && !has_body_end_) {
      session().send_continue(stream_);
      connection_.to_send_.notify();
    }
    co_return !is_gone_;
  }

  // The stream ends with the answer; the connection goes on.
  bool can_skip_body(const RequestHead& /*head*/) const override { return true; }

  Task<void> skip_body() override {
    leave_body();
    co_return;
  }

  void leave_body() override {
    is_body_left_ = true;
    inbox_ = {};
    taken_ = {};
  }

  void close_after_answer() override {}

  Task<bool> start_answer(const HttpResponse& response,
                          AnswerShape shape,
                          ByteView first,
                          bool is_whole) override {
    const ConnectionServices& services = connection_.services_;
    is_sent_ = false;
    session().start_answer(
        stream_, response, shape.length, services.date.at(services.clock.now()), first, is_whole);
    co_return co_await taken_by_peer(first, is_whole);
  }

  Task<bool> send_body(ByteView part, bool is_last) override {
    is_sent_ = false;
    session().send_body(stream_, part, is_last);
    co_return co_await taken_by_peer(part, is_last);
  }

  void break_off() override {
    session().reset(stream_, Http2Session::Reset::internal_error);
    connection_.to_send_.notify();
  }

  // The connection is read all the time.
  void watch_peer() override {}

  Task<void> unwatch_peer() override { co_return; }

  // Waits until the part has gone out, as far as the peer's windows let it.
  Task<bool> taken_by_peer(ByteView part, bool is_last) {
    const HttpServerOptions& options = connection_.services_.options;
    connection_.to_send_.notify();
    has_expired_ = false;
    unsent_ = part.size();
    taking_.emplace(
        options.answer_progress_timeout, options.progress_bytes_min, connection_.wire_.now());
    while (!is_sent_ && !is_gone_ && !has_expired_) {
      co_await changed_.wait();
    }
    taking_.reset();
    deadline_ = never;
    if (!is_sent_) {
      break_off();
      co_return false;
    }
    is_answered_ = is_last;
    co_return true;
  }

  Http2Connection& connection_;
  const StreamId stream_;
  Signal changed_;
  const std::shared_ptr<RequestLife> life_;
  Bytes inbox_;                         // of the body: come in and not looked at
  Bytes taken_;                         // being looked at
  std::optional<ProgressRule> taking_;  // the peer's, of the answer's part being sent
  std::size_t unsent_ = 0;              // of that, at the last tick
  Time deadline_ = never;
  bool has_body_end_;
  bool is_body_left_ = false;
  bool is_sent_ = false;
  bool is_answered_ = false;
  bool is_gone_ = false;
  bool has_expired_ = false;
};

Http2Connection::Http2Connection(const ConnectionServices& services, Wire& wire, std::string remote)
    : services_(services),
      wire_(wire),
      remote_(std::move(remote)),
      session_(limits_of(services.options), *this, wire.now()),
      to_send_(services.loop),
      written_(services.loop),
      ended_(services.loop),
      idle_since_(wire.now()),
      head_since_(wire.now()) {}

Http2Connection::~Http2Connection() = default;

Task<bool> Http2Connection::serve() {
  start_writer();
  // Whatever happens, what was started has to end first.
  try {
    co_await read();
  } catch (...) {
    services_.log_thrown("a connection failed", std::current_exception());
    lose();
  }
  is_ending_ = true;
  to_send_.notify();
  while (is_writing_) {
    co_await ended_.wait();
  }
  const bool may_be_sending = !is_lost_;
  lose();
  while (!requests_.empty()) {
    co_await ended_.wait();
  }
  co_return may_be_sending;
}

Task<void> Http2Connection::read() {
  ReceiveBuffer& received = wire_.received();
  for (;;) {
    const Result<void> taken = session_.receive(received.bytes(), wire_.now());
    received.consume(received.bytes().size());
    note_head();
    start_requests();
    to_send_.notify();
    if (!taken || session_.is_over()) {
      co_return;
    }
    while (session_.queued_frames() > queued_frames_max && !is_lost_) {
      co_await written_.wait();
    }
    if (session_.is_over() || is_lost_) {
      co_return;
    }
    const bool came = co_await wire_.receive(never);
    if (!came) {
      // Cancelled by the writer after the last word, or the peer has gone.
      if (!session_.is_over()) {
        lose();
      }
      co_return;
    }
  }
}

void Http2Connection::start_writer() {
  is_writing_ = true;
  auto ended = [this](const std::exception_ptr& thrown) {
    if (thrown) {
      services_.log_thrown("a connection failed", thrown);
      lose();
    }
    is_writing_ = false;
    ended_.notify();
  };
  asio::co_spawn(wire_.executor(), write(), std::move(ended));
}

Task<void> Http2Connection::write() {
  while (!is_lost_) {
    out_.clear();
    if (session_.append_output(out_, output_bytes_min)) {
      const bool is_sent = co_await wire_.send({out_});
      if (!is_sent) {
        lose();
      }
      written_.notify();
    } else if (is_ending_) {
      co_return;
    } else if (session_.is_over()) {
      // The reader waits for more.
      wire_.cancel();
      co_return;
    } else {
      co_await to_send_.wait();
    }
  }
}

// Outside of the session's calls, which requests must not call back from.
void Http2Connection::start_requests() {
  for (Arrived& arrived : std::exchange(arrived_, {})) {
    auto ended = [this, request = arrived.request](const std::exception_ptr& thrown) {
      if (thrown) {
        services_.log_thrown("a request failed", thrown);
      }
      finish(*request);
    };
    asio::co_spawn(wire_.executor(), serve_request(std::move(arrived)), std::move(ended));
  }
}

Task<void> Http2Connection::serve_request(Arrived arrived) {
  RequestLife& life = arrived.request->life();
  if (arrived.head) {
    arrived.head->remote_address = remote_;
    arrived.head->is_tls = wire_.is_tls();
    co_await life.run(std::move(*arrived.head));
  } else {
    co_await life.refuse(std::move(arrived.head).error(), nullptr);
  }
}

void Http2Connection::finish(Request& request) {
  if (!request.is_answered()) {
    session_.reset(request.stream(), Http2Session::Reset::internal_error);
  } else if (!request.has_body_end()) {
    session_.reset(request.stream(), Http2Session::Reset::no_error);
  }
  requests_.erase(request.stream());
  if (requests_.empty()) {
    idle_since_ = wire_.now();
    if (is_closing_) {
      session_.end();
    }
  }
  to_send_.notify();
  ended_.notify();
}

// The connection is broken or cut: nobody waits for an answer.
void Http2Connection::lose() {
  is_lost_ = true;
  for (const auto& [stream, request] : requests_) {
    request->on_gone();
  }
  wire_.cancel();
  to_send_.notify();
  written_.notify();
}

void Http2Connection::note_head() {
  const std::optional<StreamId> head = session_.head_in_progress();
  if (head != head_) {
    head_ = head;
    head_since_ = wire_.now();
  }
}

bool Http2Connection::has_head_expired(Time now) const {
  return head_ && now >= head_since_ + services_.options.head_timeout;
}

bool Http2Connection::has_been_idle(Time now) const {
  const HttpServerOptions& options = services_.options;
  return requests_.empty() &&
         now >= idle_since_ + (has_served_ ? options.idle_timeout : options.head_timeout);
}

void Http2Connection::on_tick(Time now) {
  for (const auto& [stream, request] : requests_) {
    request->on_tick(now);
  }
  if (!has_expired_ && (has_head_expired(now) || has_been_idle(now))) {
    services_.counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
    has_expired_ = true;
    session_.end();
    to_send_.notify();
  }
}

void Http2Connection::on_request(StreamId stream,
                                 std::expected<RequestHead, HttpRefusal> head,
                                 bool has_end) {
  // A client that takes its requests back has fewer open than are at work.
  if (requests_.size() >= std::size_t{2} * services_.options.streams_max) {
    return session_.reset(stream, Http2Session::Reset::refused);
  }
  has_served_ = true;
  const auto request = std::make_shared<Request>(*this, stream, has_end);
  requests_.emplace(stream, request);
  arrived_.emplace_back(request, std::move(head));
}

void Http2Connection::on_body(StreamId stream, ByteView data) {
  if (const auto found = requests_.find(stream); found != requests_.end()) {
    found->second->on_body(data);
  }
}

void Http2Connection::on_body_end(StreamId stream) {
  if (const auto found = requests_.find(stream); found != requests_.end()) {
    found->second->on_body_end();
  }
}

void Http2Connection::on_sent(StreamId stream) {
  if (const auto found = requests_.find(stream); found != requests_.end()) {
    found->second->on_sent();
  }
}

void Http2Connection::on_closed(StreamId stream) {
  if (const auto found = requests_.find(stream); found != requests_.end()) {
    found->second->on_gone();
  }
}

void Http2Connection::close_when_idle() {
  is_closing_ = true;
  session_.announce_end();
  if (requests_.empty()) {
    session_.end();
  }
  for (const auto& [stream, request] : requests_) {
    request->life().end_source();
  }
  to_send_.notify();
}

void Http2Connection::abort() {
  for (const auto& [stream, request] : requests_) {
    request->life().abort();
  }
  lose();
}

}  // namespace sluice::net
