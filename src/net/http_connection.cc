// The life of a connection as one coroutine: head, body, handler, answer, and again.
//
// Deadlines are not timers but a time in the connection that the loop's tick compares with the
// clock: nothing is set up or cancelled per operation.  A deadline that passes cancels the socket
// operation in progress, and the coroutine sees an error where it waits.  While a handler or a
// worker is at work there is no deadline and no socket operation.
#include "net/http_connection.h"

#include "base/check.h"
#include "net/answer_head.h"
#include "net/body_framing.h"
#include "net/exchange.h"
#include "net/http_head.h"
#include "net/progress_rule.h"
#include "net/receive_buffer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::net {

namespace asio = boost::asio;

namespace {

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Errno = boost::system::error_code;
using Time = std::chrono::nanoseconds;  // of Clock::steady

template <class T>
using Task = asio::awaitable<T, Executor>;

constexpr asio::use_awaitable_t<Executor> awaiting;
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> awaiting_tuple(awaiting);

constexpr Time never = Time::max();
constexpr std::size_t idle_buffer_bytes = std::size_t{8} << 10;
constexpr std::size_t body_buffer_bytes = std::size_t{64} << 10;
constexpr std::size_t file_piece_bytes = std::size_t{128} << 10;
constexpr std::size_t budget_step_bytes = std::size_t{256} << 10;
constexpr std::size_t body_reserve_bytes_max = std::size_t{1} << 20;

// Answers up to this size are not counted: of as many as there may be connections, they hold
// little.
constexpr std::size_t answer_unbudgeted_bytes_max = std::size_t{64} << 10;

// A body that was refused by its head is read and thrown away up to this size, so that the
// connection can stay; above it the connection closes.
constexpr std::uint64_t discard_bytes_max = std::uint64_t{64} << 10;

// Before closing on a client that is still sending, what it sends is thrown away for a while:
// closing at once would reset the connection and take the answer with it.
constexpr std::uint64_t linger_bytes_max = std::uint64_t{64} << 20;
constexpr std::chrono::seconds linger_time{5};

static_assert(idle_buffer_bytes <= body_buffer_bytes);
static_assert(budget_step_bytes >= body_piece_bytes_max);

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

// What an answer has to know of its request, which the handler may have taken away by then.
struct Asker {
  Asker() = default;

  explicit Asker(const RequestHead& head)
      : is_head_request(head.method == "HEAD"), wants_close(head.wants_close) {}

  bool is_head_request = false;
  bool wants_close = true;
};

// Counts a request as in flight as long as it lives.
class InFlight {
 public:
  explicit InFlight(HttpCounters& counters) : counters_(counters) {
    counters_.requests.fetch_add(1, std::memory_order_relaxed);
    counters_.requests_in_flight.fetch_add(1, std::memory_order_relaxed);
  }

  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  ~InFlight() { counters_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed); }

 private:
  HttpCounters& counters_;
};

}  // namespace

struct HttpConnection::State : std::enable_shared_from_this<State> {
  // What the connection is doing, for those who want to close it.
  enum class Phase : std::uint8_t { idle, busy, lingering };

  // How reading a body ended.
  enum class BodyEnd : std::uint8_t {
    complete,
    refused,      // refusal_ says why
    lost,         // the connection broke
    sink_failed,  // the request carries the reason
  };

  State(const ConnectionServices& services, int descriptor, std::string remote)
      : services_(services),
        socket_(services.loop.context().get_executor()),
        received_(idle_buffer_bytes),
        remote_(std::move(remote)) {
    Errno error;
    socket_.assign(asio::ip::tcp::v4(), descriptor, error);
    SLUICE_CHECK(!error);
    socket_.non_blocking(true, error);
    SLUICE_CHECK(!error);
  }

  Time now() const { return services_.clock.steady(); }

  void log(std::string line) const {
    if (services_.options.log) {
      services_.options.log(line);
    }
  }

  void log_thrown(const std::string& what, const std::exception_ptr& thrown) const {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      log(what + ": " + error.what());
    } catch (...) {
      log(what + ": an exception of unknown type");
    }
  }

  // Waits for more bytes until `deadline`; false when the peer closed, the time is up or the
  // connection is being closed.
  Task<bool> receive(Time deadline) {
    const std::size_t capacity_max = std::max(services_.options.head_bytes_max, body_buffer_bytes);
    char* const to = received_.prepare(capacity_max);
    deadline_ = deadline;
    has_expired_ = false;
    const auto [error, count] =
        co_await socket_.async_read_some(asio::buffer(to, received_.room()), awaiting_tuple);
    deadline_ = never;
    if (error) {
      co_return false;
    }
    received_.commit(count);
    services_.counters.bytes_in.fetch_add(count, std::memory_order_relaxed);
    co_return true;
  }

  using Buffers = std::array<asio::const_buffer, 2>;

  static void drop_front(Buffers& buffers, std::size_t count) {
    for (asio::const_buffer& buffer : buffers) {
      const std::size_t part = std::min(count, buffer.size());
      buffer += part;
      count -= part;
    }
  }

  // Sends what the kernel takes at once, nearly always all of it, and drops that from `buffers`.
  Errno send_at_once(Buffers& buffers) {
    Errno error;
    const std::size_t sent = socket_.write_some(buffers, error);
    services_.counters.bytes_out.fetch_add(sent, std::memory_order_relaxed);
    drop_front(buffers, sent);
    return error == asio::error::would_block ? Errno() : error;
  }

  // Sends all of `buffers`; false when the peer is gone or too slow.
  Task<bool> send_rest(Buffers buffers) {
    const HttpServerOptions& options = services_.options;
    ProgressRule rule(options.answer_progress_timeout, options.progress_bytes_min, now());
    has_expired_ = false;
    while (asio::buffer_size(buffers) > 0) {
      deadline_ = rule.deadline();
      const auto [error, sent] = co_await socket_.async_write_some(buffers, awaiting_tuple);
      deadline_ = never;
      if (error) {
        co_return false;
      }
      services_.counters.bytes_out.fetch_add(sent, std::memory_order_relaxed);
      rule.on_bytes(sent, now());
      drop_front(buffers, sent);
    }
    co_return true;
  }

  // Sends both parts; false when the peer is gone or too slow.
  Task<bool> send(ByteView first, ByteView second) {
    Buffers buffers = {asio::buffer(first), asio::buffer(second)};
    if (send_at_once(buffers)) {
      co_return false;
    }
    co_return asio::buffer_size(buffers) == 0 || co_await send_rest(buffers);
  }

  // Runs `job` on a worker thread and comes back to the loop.
  Task<void> on_worker(WorkerPool::Job job) {
    auto start = [this](auto handler, WorkerPool::Job work) {
      services_.workers.post([&loop = services_.loop,
                              work = std::move(work),
                              resume = EventLoop::Job(std::move(handler))]() mutable {
        work();
        work = nullptr;
        loop.post(std::move(resume));
      });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        start, awaiting, std::move(job));
  }

  // Answers with refusal_; the connection closes.
  Task<void> refuse(const RequestHead* head) {
    services_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
    must_linger_ = true;
    HttpResponse response = services_.handler.refuse(refusal_, head);
    response.close_connection = true;
    const Asker asker = head == nullptr ? Asker() : Asker(*head);
    co_await answer(std::move(response), asker);
  }

  // The next head, or nothing when the connection is over (a refusal was answered then).
  Task<std::optional<RequestHead>> read_head() {
    const HttpServerOptions& options = services_.options;
    HeadScanner scanner;
    std::optional<Time> head_deadline;
    refusal_.status = 0;
    while (refusal_.status == 0) {
      const HeadScanner::Verdict verdict = scanner.scan(received_.bytes());
      const bool is_complete = verdict == HeadScanner::Verdict::complete;
      const std::size_t head_bytes = is_complete ? scanner.head_bytes() : received_.bytes().size();
      if (verdict == HeadScanner::Verdict::bare_lf) {
        refusal_ = HttpRefusal{400, "a line ends in a bare line feed"};
      } else if (head_bytes > options.head_bytes_max ||
                 (!is_complete && head_bytes == options.head_bytes_max)) {
        refusal_ = HttpRefusal{431, "the request line and headers are too long"};
      } else if (is_complete) {
        auto head = parse_request_head(received_.bytes().substr(0, head_bytes));
        received_.consume(head_bytes);
        if (head) {
          head->remote_address = remote_;
          co_return std::move(*head);
        }
        refusal_ = std::move(head).error();
      } else if (received_.empty()) {
        if (!co_await wait_idle()) {
          co_return std::nullopt;
        }
      } else {
        phase_ = Phase::busy;
        if (!head_deadline) {
          head_deadline = now() + options.head_timeout;
        }
        if (!co_await receive(*head_deadline)) {
          if (!has_expired_) {
            co_return std::nullopt;
          }
          refusal_ = HttpRefusal{408, "the request head took too long"};
        }
      }
    }
    co_await refuse(nullptr);
    co_return std::nullopt;
  }

  // Waits for the first byte of the next request.
  Task<bool> wait_idle() {
    if (is_closing_) {
      co_return false;
    }
    phase_ = Phase::idle;
    received_.shrink(idle_buffer_bytes);
    const HttpServerOptions& options = services_.options;
    const bool came =
        co_await receive(now() + (requests_ == 0 ? options.head_timeout : options.idle_timeout));
    phase_ = Phase::busy;
    co_return came;
  }

  // Gives what `piece` holds to the request's sink.
  Task<bool> flush(HttpRequest& request, Bytes& piece) {
    SLUICE_CHECK(piece.size() <= body_piece_bytes_max);
    Result<void> written;
    WorkerPool::Job job = [&] { written = request.sink->write(piece); };
    co_await on_worker(std::move(job));
    piece.clear();
    if (!written) {
      request.sink_failure = std::move(written).error();
      co_return false;
    }
    co_return true;
  }

  // Adds body bytes to the request, in memory or through `piece` to its sink.
  Task<BodyEnd> keep(HttpRequest& request, Bytes& piece, BodyBudget::Share& share, ByteView data) {
    request.body_bytes += data.size();
    if (!request.sink) {
      const std::size_t needed = request.body.size() + data.size();
      const std::uint64_t stepped = needed + budget_step_bytes;
      const auto wanted =
          static_cast<std::size_t>(std::min(stepped, request.content_length.value_or(stepped)));
      if (needed > share.held() && !share.grow_to(wanted) && !share.grow_to(needed)) {
        refusal_ = HttpRefusal{503, "too many request bodies in memory; try again"};
        co_return BodyEnd::refused;
      }
      request.body.append(data);
      co_return BodyEnd::complete;
    }
    while (!data.empty()) {
      const std::size_t part = std::min(data.size(), body_piece_bytes_max - piece.size());
      piece.append(data.substr(0, part));
      data.remove_prefix(part);
      if (piece.size() == body_piece_bytes_max && !co_await flush(request, piece)) {
        co_return BodyEnd::sink_failed;
      }
    }
    co_return BodyEnd::complete;
  }

  Task<BodyEnd> read_body(HttpRequest& request, std::uint64_t bytes_max, BodyBudget::Share& share) {
    const HttpServerOptions& options = services_.options;
    BodyFraming framing(request);
    ProgressRule rule(options.body_progress_timeout, options.progress_bytes_min, now());
    Bytes piece;
    if (request.sink) {
      if (!share.grow_to(body_piece_bytes_max)) {
        refusal_ = HttpRefusal{503, "too many request bodies in memory; try again"};
        co_return BodyEnd::refused;
      }
      piece.reserve(body_piece_bytes_max);
    } else {
      request.body.reserve(static_cast<std::size_t>(
          std::min<std::uint64_t>(request.content_length.value_or(0), body_reserve_bytes_max)));
    }
    while (!framing.is_done()) {
      if (received_.empty()) {
        if (!co_await receive(rule.deadline())) {
          refusal_ = HttpRefusal{408, "the request body came too slowly"};
          co_return has_expired_ ? BodyEnd::refused : BodyEnd::lost;
        }
        rule.on_bytes(received_.bytes().size(), now());
      }
      const auto step = framing.decode(received_.bytes());
      if (!step) {
        refusal_ = HttpRefusal{400, "malformed chunked body: " + step.error().message()};
        co_return BodyEnd::refused;
      }
      if (step->data.size() > bytes_max - request.body_bytes) {
        refusal_ = HttpRefusal{413, "the request body is too large"};
        co_return BodyEnd::refused;
      }
      const BodyEnd end = co_await keep(request, piece, share, step->data);
      received_.consume(step->consumed);
      if (end != BodyEnd::complete) {
        co_return end;
      }
    }
    const bool is_flushed = piece.empty() || co_await flush(request, piece);
    co_return is_flushed ? BodyEnd::complete : BodyEnd::sink_failed;
  }

  // Reads a small body and throws it away; false when the connection is over.
  Task<bool> discard_body(const RequestHead& head) {
    const HttpServerOptions& options = services_.options;
    BodyFraming framing(head);
    ProgressRule rule(options.body_progress_timeout, options.progress_bytes_min, now());
    while (!framing.is_done()) {
      if (received_.empty()) {
        if (!co_await receive(rule.deadline())) {
          co_return false;
        }
        rule.on_bytes(received_.bytes().size(), now());
      }
      const auto step = framing.decode(received_.bytes());
      if (!step) {
        co_return false;
      }
      received_.consume(step->consumed);
    }
    co_return true;
  }

  Task<Result<Bytes>> read_piece(const FileRegion& region, std::uint64_t done) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(region.length - done, file_piece_bytes));
    Bytes piece;
    Result<void> read;
    WorkerPool::Job job = [&] { read = region.file->read_at(region.offset + done, wanted, piece); };
    co_await on_worker(std::move(job));
    if (!read) {
      co_return std::unexpected<Error>(std::move(read).error());
    }
    if (piece.size() != wanted) {
      co_return fail(Fault::corrupt, "the file ends before the region to send");
    }
    co_return piece;
  }

  // Sends a file region behind the head in out_.
  Task<bool> send_file(const FileRegion& region, Bytes piece) {
    std::uint64_t done = 0;
    ByteView head = out_;
    for (;;) {
      const bool is_sent = co_await send(head, piece);
      if (!is_sent) {
        co_return false;
      }
      head = {};
      done += piece.size();
      if (done == region.length) {
        co_return true;
      }
      Result<Bytes> next = co_await read_piece(region, done);
      if (!next) {
        // The length was promised: breaking off is the only way left to say so.
        log("answer cut short: " + next.error().message());
        co_return false;
      }
      piece = std::move(*next);
    }
  }

  // Sends an answer.  False when the connection has to close, wanted or not.
  Task<bool> answer(HttpResponse response, Asker asker) {
    BodyBudget::Share share(services_.answer_budget, remote_);
    if (response.body.size() > answer_unbudgeted_bytes_max &&
        !share.grow_to(response.body.size())) {
      services_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
      response = services_.handler.refuse(
          HttpRefusal{503, "too many answers wait for their readers; try again"}, nullptr);
    }
    const bool sends_body = !asker.is_head_request && status_has_body(response.status);
    Bytes piece;
    bool sends_file = response.file && sends_body && response.file->length > 0;
    if (sends_file) {
      SLUICE_CHECK(response.file->file != nullptr);
      Result<Bytes> first = co_await read_piece(*response.file, 0);
      if (!first) {
        sends_file = false;
        log("cannot read what was to be sent: " + first.error().message());
        response = services_.handler.refuse(HttpRefusal{500, "the object cannot be read"}, nullptr);
      } else {
        piece = std::move(*first);
      }
    }
    const bool closes = response.close_connection || is_closing_ || asker.wants_close;
    AnswerFrame frame;
    frame.is_head_request = asker.is_head_request;
    frame.closes = closes;
    frame.date = services_.date.at(services_.clock.now());
    out_.clear();
    append_answer_head(out_, response, frame);
    bool is_sent = false;
    if (sends_file) {
      is_sent = co_await send_file(*response.file, std::move(piece));
    } else {
      const ByteView body = sends_body ? ByteView(response.body) : ByteView();
      Buffers buffers = {asio::buffer(ByteView(out_)), asio::buffer(body)};
      const Errno error = send_at_once(buffers);
      is_sent = !error && (asio::buffer_size(buffers) == 0 || co_await send_rest(buffers));
    }
    is_broken_ = !is_sent;
    co_return is_sent && !closes;
  }

  // Calls the handler, here or on a worker, and waits for its answer; nothing when the connection
  // was aborted meanwhile.
  Task<std::optional<HttpResponse>> ask_handler(HttpRequest request, bool on_loop) {
    const auto exchange = std::make_shared<Exchange>(services_.loop);
    exchange_ = exchange;
    if (is_aborted_) {
      exchange->abandon();
    }
    if (on_loop) {
      call_handler(std::move(request), Responder(exchange));
    } else {
      services_.workers.post([self = shared_from_this(),
                              request = std::move(request),
                              responder = Responder(exchange)]() mutable {
        self->call_handler(std::move(request), std::move(responder));
      });
    }
    if (!exchange->is_settled()) {
      auto start = [&exchange](auto handler) { exchange->wait(std::move(handler)); };
      co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(start, awaiting);
    }
    exchange_.reset();
    std::optional<HttpResponse> response = exchange->take();
    if (!response && exchange->was_dropped()) {
      log("a request was left without an answer");
      response = services_.handler.refuse(HttpRefusal{500, "internal failure"}, nullptr);
    }
    co_return response;
  }

  void call_handler(HttpRequest request, Responder responder) {
    try {
      services_.handler.handle(std::move(request), std::move(responder));
    } catch (...) {
      log_thrown("a handler threw", std::current_exception());
    }
  }

  // A sink that no handler will get may have files to close and remove.
  void discard_sink(HttpRequest& request) {
    if (request.sink) {
      services_.workers.post([sink = std::move(request.sink)]() mutable { sink.reset(); });
    }
  }

  // The handler's limit() said no: answers that, and keeps the connection where the body is small.
  Task<bool> turn_away(HttpResponse response, const RequestHead& head) {
    const bool is_discarded = !head.expects_continue && !head.is_chunked &&
                              head.content_length.value_or(0) <= discard_bytes_max;
    must_linger_ = head.has_body() && !is_discarded;
    response.close_connection = response.close_connection || must_linger_ || head.expects_continue;
    const Asker asker(head);
    const bool goes_on = co_await answer(std::move(response), asker);
    if (!goes_on) {
      co_return false;
    }
    co_return co_await discard_body(head);
  }

  // One request from its head to its answer; false when the connection is to close.
  Task<bool> process(RequestHead head) {
    const InFlight in_flight(services_.counters);
    BodyLimit limit = services_.handler.limit(head);
    if (limit.refusal) {
      co_return co_await turn_away(std::move(*limit.refusal), head);
    }
    if (head.content_length.value_or(0) > limit.bytes_max) {
      refusal_ = HttpRefusal{413, "the request body is too large"};
      co_await refuse(&head);
      co_return false;
    }
    HttpRequest request;
    static_cast<RequestHead&>(request) = std::move(head);
    BodyBudget::Share share(services_.budget, remote_);
    bool is_complete = true;
    if (request.has_body()) {
      request.sink = services_.handler.body_sink(request);
    }
    // For an empty body too: botocore, told 200 at once, misreads the connection's next answer.
    if (request.expects_continue && received_.empty()) {
      const bool is_sent = co_await send(continue_answer, ByteView());
      if (!is_sent) {
        discard_sink(request);
        co_return false;
      }
    }
    if (request.has_body()) {
      const BodyEnd end = co_await read_body(request, limit.bytes_max, share);
      if (end == BodyEnd::lost || end == BodyEnd::refused) {
        discard_sink(request);
        if (end == BodyEnd::refused) {
          co_await refuse(&request);
        }
        co_return false;
      }
      is_complete = end == BodyEnd::complete;
    }
    Asker asker(request);
    asker.wants_close = asker.wants_close || !is_complete;
    must_linger_ = !is_complete;
    const bool on_loop = !request.sink && !services_.handler.is_blocking(request);
    std::optional<HttpResponse> response = co_await ask_handler(std::move(request), on_loop);
    if (!response) {
      co_return false;
    }
    co_return co_await answer(std::move(*response), asker);
  }

  Task<void> serve_http_1() {
    for (;;) {
      std::optional<RequestHead> head = co_await read_head();
      if (!head) {
        co_return;
      }
      ++requests_;
      const bool goes_on = co_await process(std::move(*head));
      if (!goes_on) {
        co_return;
      }
    }
  }

  // Reads until the first bytes tell what is spoken; nothing when the peer left before.
  Task<Preface> read_preface() {
    const Time deadline = now() + services_.options.head_timeout;
    Preface preface = Preface::undecided;
    while (preface == Preface::undecided) {
      phase_ = received_.empty() ? Phase::idle : Phase::busy;
      if (is_closing_ && received_.empty()) {
        break;
      }
      const bool came = co_await receive(deadline);
      if (!came) {
        break;
      }
      preface = classify_preface(received_.bytes());
    }
    phase_ = Phase::busy;
    co_return preface;
  }

  // Says that no more is coming and waits for the peer to see it.
  Task<void> linger() {
    phase_ = Phase::lingering;
    Errno error;
    socket_.shutdown(Socket::shutdown_send, error);
    const Time deadline = now() + linger_time;
    std::uint64_t discarded = 0;
    while (!error && discarded < linger_bytes_max && !is_closing_) {
      discarded += received_.bytes().size();
      received_.consume(received_.bytes().size());
      const bool came = co_await receive(deadline);
      if (!came) {
        break;
      }
    }
  }

  Task<void> run(std::shared_ptr<State> self) {
    SLUICE_CHECK(self.get() == this);
    const Preface preface = co_await read_preface();
    if (preface == Preface::http_1) {
      co_await serve_http_1();
    } else if (preface == Preface::http_2) {
      log("closed a connection from " + remote_ + ": it speaks HTTP/2, which is not served");
    }
    const bool may_be_sending = must_linger_ || !received_.empty();
    if (may_be_sending && !is_broken_ && !is_aborted_) {
      co_await linger();
    }
    Errno error;
    socket_.shutdown(Socket::shutdown_both, error);
    socket_.close(error);
  }

  void cancel() {
    Errno error;
    socket_.cancel(error);
  }

  const ConnectionServices services_;
  Socket socket_;
  ReceiveBuffer received_;
  Bytes out_;  // the answer's head; kept for its memory
  const std::string remote_;
  std::shared_ptr<Exchange> exchange_;  // while a handler is at work
  HttpRefusal refusal_;
  Time deadline_ = never;
  std::uint64_t requests_ = 0;
  Phase phase_ = Phase::idle;
  bool has_expired_ = false;  // the deadline passed and cancelled the operation
  bool is_closing_ = false;   // no further request
  bool is_aborted_ = false;
  bool is_broken_ = false;    // an answer could not be sent whole
  bool must_linger_ = false;  // a body was not read to its end
};

HttpConnection::HttpConnection(const ConnectionServices& services,
                               int descriptor,
                               std::string remote_address)
    : state_(std::make_shared<State>(services, descriptor, std::move(remote_address))) {}

void HttpConnection::start(std::move_only_function<void()> on_end) {
  auto finished = [state = state_,
                   on_end = std::move(on_end)](const std::exception_ptr& thrown) mutable {
    if (thrown) {
      Errno error;
      state->socket_.close(error);
      state->log_thrown("a connection failed", thrown);
    }
    on_end();
  };
  State& state = *state_;
  asio::co_spawn(state.socket_.get_executor(), state.run(state_), std::move(finished));
}

void HttpConnection::on_tick(std::chrono::nanoseconds steady_now) {
  if (steady_now >= state_->deadline_) {
    state_->deadline_ = never;
    state_->has_expired_ = true;
    state_->services_.counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
    state_->cancel();
  }
}

void HttpConnection::close_when_idle() {
  state_->is_closing_ = true;
  if (state_->phase_ != State::Phase::busy) {
    state_->cancel();
  }
}

void HttpConnection::abort() {
  state_->is_closing_ = true;
  state_->is_aborted_ = true;
  Errno error;
  state_->socket_.close(error);
  if (state_->exchange_) {
    state_->exchange_->abandon();
  }
}

}  // namespace sluice::net
