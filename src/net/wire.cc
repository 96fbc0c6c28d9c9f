// Sockets, plain and with TLS.
#include "net/wire.h"

#include "base/check.h"
#include "net/tls_stream.h"

#include <boost/asio/buffer.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <tuple>

namespace sluice::net {
namespace {

constexpr std::size_t buffer_bytes_min = std::size_t{64} << 10;
constexpr char tls_handshake_record = 0x16;

static_assert(idle_buffer_bytes <= buffer_bytes_min);

template <class Buffers>
void drop_front(Buffers& buffers, std::size_t count) {
  for (asio::const_buffer& buffer : buffers) {
    const std::size_t part = std::min(count, buffer.size());
    buffer += part;
    count -= part;
  }
}

}  // namespace

Wire::Wire(const ConnectionServices& services, int descriptor)
    : services_(services),
      socket_(services.loop.context().get_executor()),
      received_(idle_buffer_bytes) {
  Errno error;
  socket_.assign(asio::ip::tcp::v4(), descriptor, error);
  SLUICE_CHECK(!error);
  socket_.non_blocking(true, error);
  SLUICE_CHECK(!error);
}

Wire::~Wire() = default;

Task<std::optional<bool>> Wire::begins_with_tls(Time deadline) {
  receive_deadline_ = deadline;
  has_expired_ = false;
  const auto [error] = co_await socket_.async_wait(Socket::wait_read, awaiting_tuple);
  receive_deadline_ = never;
  char first = 0;
  if (error || ::recv(socket_.native_handle(), &first, 1, MSG_PEEK) != 1) {
    co_return std::nullopt;
  }
  co_return first == tls_handshake_record;
}

Task<bool> Wire::start_tls(const TlsContext& context, Time deadline) {
  SLUICE_CHECK(received_.empty());
  tls_ = std::make_unique<TlsStream>(socket_, context);
  receive_deadline_ = deadline;
  has_expired_ = false;
  const Errno error = co_await tls_->shake_hands();
  receive_deadline_ = never;
  co_return !error;
}

Task<bool> Wire::receive(Time deadline) {
  const std::size_t capacity_max = std::max(services_.options.head_bytes_max, buffer_bytes_min);
  char* const to = received_.prepare(capacity_max);
  const asio::mutable_buffer room(to, received_.room());
  receive_deadline_ = deadline;
  has_expired_ = false;
  const auto [error, count] =
      co_await (tls_ ? tls_->read_some(room) : socket_.async_read_some(room, awaiting_tuple));
  receive_deadline_ = never;
  if (error) {
    co_return false;
  }
  received_.commit(count);
  services_.counters.bytes_in.fetch_add(count, std::memory_order_relaxed);
  co_return true;
}

// Sends what the kernel takes at once, nearly always all of it, and drops that from `buffers`.
Errno Wire::send_at_once(Buffers& buffers) {
  Errno error;
  const std::size_t sent = socket_.write_some(buffers, error);
  services_.counters.bytes_out.fetch_add(sent, std::memory_order_relaxed);
  drop_front(buffers, sent);
  return error == asio::error::would_block ? Errno() : error;
}

Task<bool> Wire::send_rest(Buffers buffers) {
  const HttpServerOptions& options = services_.options;
  ProgressRule rule(options.answer_progress_timeout, options.progress_bytes_min, now());
  has_expired_ = false;
  while (asio::buffer_size(buffers) > 0) {
    send_deadline_ = rule.deadline();
    const auto [error, sent] = co_await (tls_ ? tls_->write_some(buffers)
                                              : socket_.async_write_some(buffers, awaiting_tuple));
    send_deadline_ = never;
    if (error) {
      co_return false;
    }
    services_.counters.bytes_out.fetch_add(sent, std::memory_order_relaxed);
    rule.on_bytes(sent, now());
    drop_front(buffers, sent);
  }
  co_return true;
}

Task<bool> Wire::send(Parts parts) {
  Buffers buffers;
  std::ranges::transform(parts, buffers.begin(), [](ByteView part) { return asio::buffer(part); });
  if (!tls_ && send_at_once(buffers)) {
    co_return false;
  }
  co_return asio::buffer_size(buffers) == 0 || co_await send_rest(buffers);
}

void Wire::expire(Time& deadline) {
  deadline = never;
  has_expired_ = true;
  services_.counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
  cancel();
}

void Wire::on_tick(Time now) {
  if (now >= receive_deadline_) {
    expire(receive_deadline_);
  } else if (now >= send_deadline_) {
    expire(send_deadline_);
  }
}

void Wire::cancel() {
  Errno error;
  socket_.cancel(error);
}

bool Wire::finish_sending() {
  if (tls_) {
    tls_->say_goodbye();
    tls_.reset();
  }
  Errno error;
  socket_.shutdown(Socket::shutdown_send, error);
  return !error;
}

void Wire::close() {
  Errno error;
  socket_.shutdown(Socket::shutdown_both, error);
  socket_.close(error);
}

}  // namespace sluice::net
