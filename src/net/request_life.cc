// The life of a request: limits, body, handler, answer.
#include "net/request_life.h"

#include "base/check.h"
#include "net/answer_head.h"
#include "net/progress_rule.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace sluice::net {
namespace {

constexpr std::size_t file_piece_bytes = std::size_t{256} << 10;
constexpr std::size_t small_file_piece_bytes = std::size_t{32} << 10;
constexpr std::size_t budget_step_bytes = std::size_t{256} << 10;
constexpr std::size_t body_reserve_bytes_max = std::size_t{1} << 20;

// Answers up to this size are not counted: of as many as there may be connections, they hold
// little.
constexpr std::size_t answer_unbudgeted_bytes_max = std::size_t{64} << 10;

constexpr std::string_view no_body_memory = "too many request bodies in memory; try again";

static_assert(budget_step_bytes >= body_piece_bytes_max);

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

// Waits until the exchange is settled.
template <class T>
Task<void> settled(Exchange<T>& exchange) {
  return suspended([&exchange](EventLoop::Job resume) { exchange.wait(std::move(resume)); });
}

}  // namespace

RequestLife::RequestLife(const ConnectionServices& services,
                         HttpChannel& channel,
                         std::string remote)
    : services_(services), channel_(channel), remote_(std::move(remote)) {}

// Runs `job` on a worker thread and comes back to the loop.
Task<void> RequestLife::on_worker(WorkerPool::Job job) {
  auto start = [this, &job](EventLoop::Job resume) {
    services_.workers.post(
        [&loop = services_.loop, work = std::move(job), resume = std::move(resume)]() mutable {
          work();
          work = nullptr;
          loop.post(std::move(resume));
        });
  };
  co_await suspended(std::move(start));
}

// A sink that no handler will get may have files to close and remove.
void RequestLife::discard_sink(HttpRequest& request) {
  if (request.sink) {
    services_.workers.post([sink = std::move(request.sink)]() mutable { sink.reset(); });
  }
}

Task<void> RequestLife::refuse(HttpRefusal refusal, const RequestHead* head) {
  services_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
  channel_.leave_body();
  channel_.close_after_answer();
  HttpResponse response = services_.handler.refuse(refusal, head);
  co_await answer(std::move(response), head != nullptr && head->method == "HEAD");
}

// Gives what `piece` holds to the request's sink.
Task<bool> RequestLife::flush(HttpRequest& request, Bytes& piece) {
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
Task<RequestLife::BodyEnd> RequestLife::keep(HttpRequest& request,
                                             Bytes& piece,
                                             BodyBudget::Share& share,
                                             ByteView data) {
  request.body_bytes += data.size();
  if (!request.sink) {
    const std::size_t needed = request.body.size() + data.size();
    const std::uint64_t stepped = needed + budget_step_bytes;
    const auto wanted =
        static_cast<std::size_t>(std::min(stepped, request.content_length.value_or(stepped)));
    if (needed > share.held() && !share.grow_to(wanted) && !share.grow_to(needed)) {
      refusal_ = HttpRefusal{503, std::string(no_body_memory)};
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

Task<RequestLife::BodyEnd> RequestLife::read_body(HttpRequest& request,
                                                  std::uint64_t bytes_max,
                                                  BodyBudget::Share& share) {
  Bytes piece;
  if (request.sink) {
    if (!share.grow_to(body_piece_bytes_max + channel_.ahead_bytes_max())) {
      refusal_ = HttpRefusal{503, std::string(no_body_memory)};
      co_return BodyEnd::refused;
    }
    piece.reserve(body_piece_bytes_max);
  } else {
    request.body.reserve(static_cast<std::size_t>(
        std::min<std::uint64_t>(request.content_length.value_or(0), body_reserve_bytes_max)));
  }
  const BodyEnd end = co_await read_steps(request, bytes_max, share, piece);
  if (end != BodyEnd::complete || piece.empty()) {
    co_return end;
  }
  const bool is_flushed = co_await flush(request, piece);
  co_return is_flushed ? BodyEnd::complete : BodyEnd::sink_failed;
}

Task<RequestLife::BodyEnd> RequestLife::read_steps(HttpRequest& request,
                                                   std::uint64_t bytes_max,
                                                   BodyBudget::Share& share,
                                                   Bytes& piece) {
  const HttpServerOptions& options = services_.options;
  ProgressRule rule(
      options.body_progress_timeout, options.progress_bytes_min, services_.clock.steady());
  for (;;) {
    const BodyStep step = channel_.next_body();
    switch (step.kind) {
      case BodyStep::Kind::end:
        co_return BodyEnd::complete;
      case BodyStep::Kind::malformed:
        refusal_ = HttpRefusal{400, step.problem};
        co_return BodyEnd::refused;
      case BodyStep::Kind::waiting: {
        const HttpChannel::Arrival arrival = co_await channel_.await_body(rule.deadline());
        if (arrival != HttpChannel::Arrival::came) {
          refusal_ = HttpRefusal{408, "the request body came too slowly"};
          co_return arrival == HttpChannel::Arrival::expired ? BodyEnd::refused : BodyEnd::lost;
        }
        break;
      }
      case BodyStep::Kind::data: {
        rule.on_bytes(step.data.size(), services_.clock.steady());
        if (step.data.size() > bytes_max - request.body_bytes) {
          refusal_ = HttpRefusal{413, "the request body is too large"};
          co_return BodyEnd::refused;
        }
        const BodyEnd end = co_await keep(request, piece, share, step.data);
        if (end != BodyEnd::complete) {
          co_return end;
        }
        break;
      }
    }
  }
}

// Calls the handler, here or on a worker, and waits for its answer; nothing when the request was
// aborted meanwhile.
Task<std::optional<HttpResponse>> RequestLife::ask_handler(HttpRequest request, bool on_loop) {
  const auto exchange = std::make_shared<Exchange<HttpResponse>>(services_.loop);
  answer_exchange_ = exchange;
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
    co_await settled(*exchange);
  }
  answer_exchange_.reset();
  std::optional<HttpResponse> response = exchange->take();
  if (!response && exchange->was_dropped()) {
    services_.log("a request was left without an answer");
    response = services_.handler.refuse(HttpRefusal{500, "internal failure"}, nullptr);
  }
  co_return response;
}

void RequestLife::call_handler(HttpRequest request, Responder responder) {
  try {
    services_.handler.handle(std::move(request), std::move(responder));
  } catch (...) {
    services_.log_thrown("a handler threw", std::current_exception());
  }
}

// The handler's limit() said no: answers that, and keeps the connection where the body is small.
Task<void> RequestLife::turn_away(HttpResponse response, RequestHead head) {
  const bool skips_body = channel_.can_skip_body(head);
  if (!skips_body) {
    channel_.leave_body();
  }
  if (response.close_connection || head.expects_continue || !skips_body) {
    channel_.close_after_answer();
  }
  co_await answer(std::move(response), head.method == "HEAD");
  if (skips_body) {
    co_await channel_.skip_body();
  }
}

Task<void> RequestLife::run(RequestHead head) {
  const InFlight in_flight(services_.counters);
  if (is_peer_gone_) {
    co_return;
  }
  BodyLimit limit = services_.handler.limit(head);
  if (limit.refusal) {
    co_return co_await turn_away(std::move(*limit.refusal), std::move(head));
  }
  if (head.content_length.value_or(0) > limit.bytes_max) {
    co_return co_await refuse(HttpRefusal{413, "the request body is too large"}, &head);
  }
  HttpRequest request;
  static_cast<RequestHead&>(request) = std::move(head);
  BodyBudget::Share share(services_.budget, remote_);
  if (request.has_body()) {
    request.sink = services_.handler.body_sink(request);
  }
  // For an empty body too: botocore, told 200 at once, misreads the connection's next answer.
  if (request.expects_continue) {
    const bool is_invited = co_await channel_.invite_body();
    if (!is_invited) {
      co_return discard_sink(request);
    }
  }
  if (request.has_body()) {
    const BodyEnd end = co_await read_body(request, limit.bytes_max, share);
    if (end == BodyEnd::lost || end == BodyEnd::refused) {
      discard_sink(request);
      if (end == BodyEnd::refused) {
        co_await refuse(refusal_, &request);
      }
      co_return;
    }
    if (end == BodyEnd::sink_failed) {
      channel_.leave_body();
      channel_.close_after_answer();
    }
  }
  const bool is_head_request = request.method == "HEAD";
  const bool on_loop = !request.sink && !services_.handler.is_blocking(request);
  std::optional<HttpResponse> response = co_await ask_handler(std::move(request), on_loop);
  if (response) {
    co_await answer(std::move(*response), is_head_request);
  }
}

// Has a worker read the piece behind `done`; what it needs lives as long as that takes.
std::shared_ptr<RequestLife::PieceExchange> RequestLife::begin_read(const FileRegion& region,
                                                                    std::uint64_t done,
                                                                    std::size_t bytes_max) {
  auto piece = std::make_shared<PieceExchange>(services_.loop);
  services_.workers.post([region, done, bytes_max, give = Duty<Result<Bytes>>(piece)]() mutable {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(region.length - done, bytes_max));
    Bytes bytes;
    if (auto read = region.file->read_at(region.offset + done, wanted, bytes); !read) {
      give(std::unexpected<Error>(std::move(read).error()));
    } else if (bytes.size() != wanted) {
      give(fail(Fault::corrupt, "the file ends before the region to send"));
    } else {
      give(std::move(bytes));
    }
  });
  return piece;
}

Task<Result<Bytes>> RequestLife::finish_read(PieceExchange& piece) {
  if (!piece.is_settled()) {
    co_await settled(piece);
  }
  std::optional<Result<Bytes>> read = piece.take();
  SLUICE_CHECK(read.has_value());
  co_return *std::move(read);
}

Task<void> RequestLife::answer(HttpResponse response, bool is_head_request) {
  if (response.close_connection) {
    channel_.close_after_answer();
  }
  if (response.source) {
    co_return co_await answer_over_time(std::move(response), is_head_request);
  }
  const bool sends_body = !is_head_request && status_has_body(response.status);
  if (response.file && sends_body && response.file->length > 0) {
    co_return co_await answer_file(response, is_head_request);
  }
  BodyBudget::Share share(services_.answer_budget, remote_);
  if (response.body.size() > answer_unbudgeted_bytes_max && !share.grow_to(response.body.size())) {
    services_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
    response = services_.handler.refuse(
        HttpRefusal{503, "too many answers wait for their readers; try again"}, nullptr);
  }
  const AnswerShape shape{is_head_request, declared_length(response, is_head_request)};
  const ByteView body = sends_body ? ByteView(response.body) : ByteView();
  co_await channel_.start_answer(response, shape, body, true);
}

Task<void> RequestLife::answer_file(const HttpResponse& response, bool is_head_request) {
  const FileRegion& region = *response.file;
  SLUICE_CHECK(region.file != nullptr);
  BodyBudget::Share share(services_.file_budget, remote_);
  const bool reads_ahead = share.grow_to(2 * file_piece_bytes);
  const std::size_t piece_bytes = reads_ahead ? file_piece_bytes : small_file_piece_bytes;
  auto next = begin_read(region, 0, piece_bytes);
  Result<Bytes> piece = co_await finish_read(*next);
  if (!piece) {
    services_.log("cannot read what was to be sent: " + piece.error().message());
    co_return co_await answer(
        services_.handler.refuse(HttpRefusal{500, "the object cannot be read"}, nullptr),
        is_head_request);
  }
  const AnswerShape shape{is_head_request, region.length};
  std::uint64_t done = 0;
  bool is_sent = true;
  while (is_sent && done < region.length) {
    const bool is_first = done == 0;
    done += piece->size();
    const bool is_last = done == region.length;
    // The disk and the peer are waited for side by side.
    next = is_last || !reads_ahead ? nullptr : begin_read(region, done, piece_bytes);
    is_sent = is_first ? co_await channel_.start_answer(response, shape, *piece, is_last)
                       : co_await channel_.send_body(*piece, is_last);
    if (is_last || (!is_sent && next == nullptr)) {
      co_return;
    }
    next = next != nullptr ? std::move(next) : begin_read(region, done, piece_bytes);
    // Also where nobody wants it any more: a file has one reader at a time.
    piece = co_await finish_read(*next);
    if (!piece && is_sent) {
      // The length was promised: breaking off is the only way left to say so.
      services_.log("answer cut short: " + piece.error().message());
      co_return channel_.break_off();
    }
  }
}

Task<void> RequestLife::answer_over_time(HttpResponse response, bool is_head_request) {
  const std::unique_ptr<BodySource> source = std::move(response.source);
  const AnswerShape shape{is_head_request, std::nullopt};
  const bool is_whole = is_head_request || !status_has_body(response.status);
  const bool is_started = co_await channel_.start_answer(response, shape, ByteView(), is_whole);
  if (!is_started || is_whole) {
    co_return;
  }
  BodyBudget::Share share(services_.answer_budget, remote_);
  channel_.watch_peer();
  co_await send_pieces(*source, share);
  co_await channel_.unwatch_peer();
}

Task<void> RequestLife::send_pieces(BodySource& source, BodyBudget::Share& share) {
  bool is_over = false;
  while (!is_over) {
    std::optional<BodyPiece> piece = co_await next_piece(source);
    if (!piece && ends_source_) {
      piece = BodyPiece{{}, true};
    }
    if (!piece) {
      co_return channel_.break_off();
    }
    SLUICE_CHECK(piece->is_last || !piece->bytes.empty());
    if (piece->bytes.size() > answer_unbudgeted_bytes_max && !share.grow_to(piece->bytes.size())) {
      services_.log("an answer was broken off: too many wait for their readers");
      co_return channel_.break_off();
    }
    const bool is_sent = co_await channel_.send_body(piece->bytes, piece->is_last);
    is_over = !is_sent || piece->is_last;
    share.clear();
  }
}

// Nothing when there will be none: dropped, or nobody wants it any longer.
Task<std::optional<BodyPiece>> RequestLife::next_piece(BodySource& source) {
  if (is_peer_gone_ || ends_source_) {
    co_return std::nullopt;
  }
  const auto exchange = std::make_shared<Exchange<BodyPiece>>(services_.loop);
  piece_exchange_ = exchange;
  try {
    source.next(Duty<BodyPiece>(exchange));
  } catch (...) {
    services_.log_thrown("the source of an answer's body threw", std::current_exception());
  }
  if (!exchange->is_settled()) {
    co_await settled(*exchange);
  }
  piece_exchange_.reset();
  co_return is_peer_gone_ ? std::nullopt : exchange->take();
}

void RequestLife::peer_gone() {
  is_peer_gone_ = true;
  if (piece_exchange_) {
    piece_exchange_->abandon();
  }
}

void RequestLife::end_source() {
  ends_source_ = true;
  if (piece_exchange_) {
    piece_exchange_->abandon();
  }
}

void RequestLife::abort() {
  is_aborted_ = true;
  peer_gone();
  if (answer_exchange_) {
    answer_exchange_->abandon();
  }
}

}  // namespace sluice::net
