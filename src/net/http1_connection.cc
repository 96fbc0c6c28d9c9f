// HTTP/1.1: heads, bodies and answers on one connection.
#include "net/http1_connection.h"

#include "base/check.h"
#include "net/answer_head.h"
#include "net/http_head.h"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace sluice::net {
namespace {

// A body that was refused by its head is read and thrown away up to this size, so that the
// connection can stay; above it the connection closes.
constexpr std::uint64_t discard_bytes_max = std::uint64_t{64} << 10;

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Http1Connection::Http1Connection(const ConnectionServices& services, Wire& wire, std::string remote)
    : services_(services), wire_(wire), remote_(std::move(remote)), watch_ended_(services.loop) {}

Task<bool> Http1Connection::serve() {
  while (!closes_ && !is_broken_) {
    std::optional<RequestHead> head = co_await read_head();
    if (head) {
      ++requests_;
      co_await process(std::move(*head));
    } else {
      closes_ = true;
    }
  }
  co_return !is_broken_ && (must_linger_ || !wire_.received().empty());
}

Task<void> Http1Connection::process(RequestHead head) {
  framing_.emplace(head);
  used_ = 0;
  version_ = head.version;
  closes_ = head.wants_close;
  life_ = std::make_shared<RequestLife>(services_, static_cast<HttpChannel&>(*this), remote_);
  if (is_aborted_) {
    life_->abort();
  }
  const std::shared_ptr<RequestLife> life = life_;
  co_await life->run(std::move(head));
  life_.reset();
  // A request that ended without its answer, or before its body did, leaves nothing to go on with.
  closes_ = closes_ || is_aborted_;
  wire_.received().consume(std::exchange(used_, 0));
}

// The next head, or nothing when the connection is over (a refusal was answered then).
Task<std::optional<RequestHead>> Http1Connection::read_head() {
  const HttpServerOptions& options = services_.options;
  ReceiveBuffer& received = wire_.received();
  HeadScanner scanner;
  std::optional<Time> head_deadline;
  HttpRefusal refusal{.status = 0, .reason = {}};
  while (refusal.status == 0) {
    const HeadScanner::Verdict verdict = scanner.scan(received.bytes());
    const bool is_complete = verdict == HeadScanner::Verdict::complete;
    const std::size_t head_bytes = is_complete ? scanner.head_bytes() : received.bytes().size();
    if (verdict == HeadScanner::Verdict::bare_lf) {
      refusal = HttpRefusal{400, "a line ends in a bare line feed"};
    } else if (head_bytes > options.head_bytes_max ||
               (!is_complete && head_bytes == options.head_bytes_max)) {
      refusal = HttpRefusal{431, "the request line and headers are too long"};
    } else if (is_complete) {
      auto head = parse_request_head(received.bytes().substr(0, head_bytes));
      received.consume(head_bytes);
      if (head) {
        head->remote_address = remote_;
        head->is_tls = wire_.is_tls();
        co_return std::move(*head);
      }
      refusal = std::move(head).error();
    } else if (received.empty()) {
      if (!co_await wait_idle()) {
        co_return std::nullopt;
      }
    } else {
      is_idle_ = false;
      if (!head_deadline) {
        head_deadline = wire_.now() + options.head_timeout;
      }
      if (!co_await wire_.receive(*head_deadline)) {
        if (!wire_.has_expired()) {
          co_return std::nullopt;
        }
        refusal = HttpRefusal{408, "the request head took too long"};
      }
    }
  }
  co_await refuse(std::move(refusal));
  co_return std::nullopt;
}

// Answers a request without a valid head; the connection closes.
Task<void> Http1Connection::refuse(HttpRefusal refusal) {
  version_ = HttpVersion::http_1_1;
  life_ = std::make_shared<RequestLife>(services_, static_cast<HttpChannel&>(*this), remote_);
  const std::shared_ptr<RequestLife> life = life_;
  co_await life->refuse(std::move(refusal), nullptr);
  life_.reset();
}

// Waits for the first byte of the next request.
Task<bool> Http1Connection::wait_idle() {
  if (is_closing_) {
    co_return false;
  }
  is_idle_ = true;
  wire_.received().shrink(idle_buffer_bytes);
  const HttpServerOptions& options = services_.options;
  const bool came = co_await wire_.receive(
      wire_.now() + (requests_ == 0 ? options.head_timeout : options.idle_timeout));
  is_idle_ = false;
  co_return came;
}

BodyStep Http1Connection::next_body() {
  ReceiveBuffer& received = wire_.received();
  received.consume(std::exchange(used_, 0));
  while (!framing_->is_done()) {
    if (received.empty()) {
      return {.kind = BodyStep::Kind::waiting, .data = {}, .problem = {}};
    }
    const auto step = framing_->decode(received.bytes());
    if (!step) {
      return {.kind = BodyStep::Kind::malformed,
              .data = {},
              .problem = "malformed chunked body: " + step.error().message()};
    }
    if (!step->data.empty()) {
      used_ = step->consumed;
      return {.kind = BodyStep::Kind::data, .data = step->data, .problem = {}};
    }
    received.consume(step->consumed);
  }
  return {.kind = BodyStep::Kind::end, .data = {}, .problem = {}};
}

Task<HttpChannel::Arrival> Http1Connection::await_body(Time deadline) {
  if (co_await wire_.receive(deadline)) {
    co_return Arrival::came;
  }
  const bool has_expired = wire_.has_expired();
  is_broken_ = is_broken_ || !has_expired;
  co_return has_expired ? Arrival::expired : Arrival::lost;
}

Task<bool> Http1Connection::invite_body() {
  if (!wire_.received().empty()) {
    co_return true;
  }
  co_return noted(co_await wire_.send({continue_answer}));
}

bool Http1Connection::can_skip_body(const RequestHead& head) const {
  return !head.has_body() || (!head.expects_continue && !head.has_unknown_length &&
                              head.content_length.value_or(0) <= discard_bytes_max);
}

Task<void> Http1Connection::skip_body() {
  const HttpServerOptions& options = services_.options;
  ProgressRule rule(options.body_progress_timeout, options.progress_bytes_min, wire_.now());
  BodyStep step = next_body();
  while (!closes_ && !is_broken_ && step.kind != BodyStep::Kind::end) {
    rule.on_bytes(step.data.size(), wire_.now());
    is_broken_ = step.kind == BodyStep::Kind::waiting &&
                 co_await await_body(rule.deadline()) != Arrival::came;
    step = next_body();
  }
}

void Http1Connection::leave_body() {
  must_linger_ = true;
  closes_ = true;
}

void Http1Connection::close_after_answer() {
  closes_ = true;
}

Task<bool> Http1Connection::start_answer(const HttpResponse& response,
                                         AnswerShape shape,
                                         ByteView first,
                                         bool is_whole) {
  const bool knows_chunks = version_ != HttpVersion::http_1_0;
  const bool has_open_end = !shape.length && status_has_body(response.status);
  is_chunking_ = has_open_end && !is_whole && knows_chunks;
  closes_ = closes_ || is_closing_ || (has_open_end && !is_whole && !knows_chunks);
  AnswerFrame frame;
  frame.length = shape.length;
  frame.is_chunked = has_open_end && knows_chunks;
  frame.closes = closes_;
  frame.date = services_.date.at(services_.clock.now());
  out_.clear();
  append_answer_head(out_, response, frame);
  co_return noted(co_await wire_.send({out_, first}));
}

Task<bool> Http1Connection::send_body(ByteView part, bool is_last) {
  if (!is_chunking_) {
    co_return noted(co_await wire_.send({part}));
  }
  constexpr ByteView last_chunk = "0\r\n\r\n";
  if (part.empty()) {
    co_return noted(co_await wire_.send({last_chunk}));
  }
  out_ = fmt::format("{:x}\r\n", part.size());
  const ByteView end = is_last ? ByteView("\r\n0\r\n\r\n") : ByteView("\r\n");
  co_return noted(co_await wire_.send({out_, part, end}));
}

void Http1Connection::break_off() {
  is_broken_ = true;
}

// Reads on while nothing is asked of the peer: its end shows as a failed read.  What it sends
// before the answer is at its end is the next request, and waits in the buffer; if that is full,
// the peer is known to be there.
Task<void> Http1Connection::watch(std::shared_ptr<RequestLife> life) {
  bool comes = true;
  while (comes && is_watched_ && wire_.received().bytes().size() < idle_buffer_bytes) {
    comes = co_await wire_.receive(never);
  }
  if (!comes && is_watched_) {
    is_broken_ = true;
    life->peer_gone();
  }
}

void Http1Connection::watch_peer() {
  is_watched_ = true;
  is_reading_ahead_ = true;
  auto ended = [this](const std::exception_ptr& thrown) {
    if (thrown) {
      services_.log_thrown("a connection failed", thrown);
    }
    is_reading_ahead_ = false;
    watch_ended_.notify();
  };
  asio::co_spawn(wire_.executor(), watch(life_), std::move(ended));
}

Task<void> Http1Connection::unwatch_peer() {
  is_watched_ = false;
  if (is_reading_ahead_) {
    wire_.cancel();
  }
  while (is_reading_ahead_) {
    co_await watch_ended_.wait();
  }
}

bool Http1Connection::noted(bool is_sent) {
  is_broken_ = is_broken_ || !is_sent;
  return is_sent;
}

void Http1Connection::close_when_idle() {
  is_closing_ = true;
  if (is_idle_) {
    wire_.cancel();
  }
  if (life_) {
    life_->end_source();
  }
}

void Http1Connection::abort() {
  is_closing_ = true;
  is_aborted_ = true;
  if (life_) {
    life_->abort();
  }
}

}  // namespace sluice::net
