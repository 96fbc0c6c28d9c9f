// A connection's beginning and end: TLS or not, which version of HTTP, and a close that loses no
// answer.
#include "net/http_connection.h"

#include "base/check.h"
#include "net/http1_connection.h"
#include "net/http2_connection.h"
#include "net/http_head.h"
#include "net/wire.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace sluice::net {
namespace {

// Before closing on a client that is still sending, what it sends is thrown away for a while:
// closing at once would reset the connection and take the answer with it.
constexpr std::uint64_t linger_bytes_max = std::uint64_t{64} << 20;
constexpr std::chrono::seconds linger_time{5};

constexpr std::string_view wants_tls =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 41\r\n"
    "Connection: close\r\n\r\n"
    "this server takes TLS only: use https://\n";

}  // namespace

struct HttpConnection::State : std::enable_shared_from_this<State> {
  State(const ConnectionServices& services, int descriptor, std::string remote)
      : services_(services), wire_(services, descriptor), remote_(std::move(remote)) {}

  // Tells TLS from plain text and shakes hands; false when that is the end of the connection.
  Task<bool> secure(Time deadline) {
    const HttpServerOptions& options = services_.options;
    if (!options.tls) {
      co_return true;
    }
    const std::optional<bool> is_tls = co_await wire_.begins_with_tls(deadline);
    if (!is_tls) {
      co_return false;
    }
    is_idle_ = false;
    if (*is_tls) {
      co_return co_await wire_.start_tls(*options.tls, deadline);
    }
    if (options.requires_tls) {
      must_linger_ = co_await wire_.send({wants_tls});
      co_return false;
    }
    co_return true;
  }

  // Reads until the first bytes tell what is spoken; nothing when the peer left before.
  Task<Preface> read_preface(Time deadline) {
    Preface preface = Preface::undecided;
    while (preface == Preface::undecided) {
      is_idle_ = wire_.received().empty();
      if (is_closing_ && is_idle_) {
        break;
      }
      const bool came = co_await wire_.receive(deadline);
      if (!came) {
        break;
      }
      preface = classify_preface(wire_.received().bytes());
    }
    is_idle_ = false;
    co_return preface;
  }

  Task<void> serve_http_1() {
    http_1_.emplace(services_, wire_, remote_);
    if (is_closing_) {
      http_1_->close_when_idle();
    }
    must_linger_ = co_await http_1_->serve();
  }

  Task<void> serve_http_2() {
    http_2_.emplace(services_, wire_, remote_);
    if (is_closing_) {
      http_2_->close_when_idle();
    }
    must_linger_ = co_await http_2_->serve();
  }

  // Says that no more is coming and waits for the peer to see it.
  Task<void> linger() {
    is_idle_ = true;
    ReceiveBuffer& received = wire_.received();
    const Time deadline = wire_.now() + linger_time;
    std::uint64_t discarded = 0;
    while (discarded < linger_bytes_max && !is_closing_) {
      discarded += received.bytes().size();
      received.consume(received.bytes().size());
      const bool came = co_await wire_.receive(deadline);
      if (!came) {
        break;
      }
    }
  }

  Task<void> run(std::shared_ptr<State> self) {
    SLUICE_CHECK(self.get() == this);
    const Time deadline = wire_.now() + services_.options.head_timeout;
    if (co_await secure(deadline)) {
      const Preface preface = co_await read_preface(deadline);
      if (preface == Preface::http_1) {
        co_await serve_http_1();
      } else if (preface == Preface::http_2) {
        co_await serve_http_2();
      }
    }
    if (!is_aborted_ && wire_.finish_sending() && must_linger_) {
      co_await linger();
    }
    wire_.close();
  }

  const ConnectionServices services_;
  Wire wire_;
  const std::string remote_;
  std::optional<Http1Connection> http_1_;
  std::optional<Http2Connection> http_2_;
  bool is_idle_ = true;      // before and after HTTP: nothing is lost by a close
  bool is_closing_ = false;  // no further request
  bool is_aborted_ = false;
  bool must_linger_ = false;
};

HttpConnection::HttpConnection(const ConnectionServices& services,
                               int descriptor,
                               std::string remote_address)
    : state_(std::make_shared<State>(services, descriptor, std::move(remote_address))) {}

void HttpConnection::start(std::move_only_function<void()> on_end) {
  auto finished = [state = state_,
                   on_end = std::move(on_end)](const std::exception_ptr& thrown) mutable {
    if (thrown) {
      state->wire_.close();
      state->services_.log_thrown("a connection failed", thrown);
    }
    on_end();
  };
  State& state = *state_;
  asio::co_spawn(state.wire_.executor(), state.run(state_), std::move(finished));
}

void HttpConnection::on_tick(std::chrono::nanoseconds steady_now) {
  state_->wire_.on_tick(steady_now);
  if (state_->http_2_) {
    state_->http_2_->on_tick(steady_now);
  }
}

void HttpConnection::close_when_idle() {
  state_->is_closing_ = true;
  if (state_->is_idle_) {
    state_->wire_.cancel();
  }
  if (state_->http_1_) {
    state_->http_1_->close_when_idle();
  }
  if (state_->http_2_) {
    state_->http_2_->close_when_idle();
  }
}

void HttpConnection::abort() {
  state_->is_closing_ = true;
  state_->is_aborted_ = true;
  state_->wire_.close();
  if (state_->http_1_) {
    state_->http_1_->abort();
  }
  if (state_->http_2_) {
    state_->http_2_->abort();
  }
}

}  // namespace sluice::net
