// The socket of one connection, in plain text or TLS, with what was received, and its deadlines.
//
// Deadlines are not timers but times that the loop's tick compares with the clock: nothing is set
// up or cancelled per operation.  A deadline that passes cancels the socket's operations, and the
// coroutines see an error where they wait.
#pragma once

#include "net/connection_services.h"
#include "net/progress_rule.h"
#include "net/receive_buffer.h"
#include "net/task.h"
#include "net/tls_context.h"

#include <array>
#include <cstddef>
#include <memory>

namespace sluice::net {

class TlsStream;

inline constexpr std::size_t idle_buffer_bytes = std::size_t{8} << 10;

// Every call on the loop thread.  One coroutine may receive while another one sends.
class Wire {
 public:
  // Takes over `descriptor`, a connected non-blocking socket.
  Wire(const ConnectionServices& services, int descriptor);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  // Waits for the peer's first byte; whether it begins a TLS handshake.  Nothing is used up.
  // Nothing when none came.
  Task<std::optional<bool>> begins_with_tls(Time deadline);

  // The server's side of the handshake; from then on everything goes through TLS.  Before anything
  // was received.  False when it failed.
  Task<bool> start_tls(const TlsContext& context, Time deadline);

  // Waits for more bytes in received(), up to `deadline`; false when the peer has closed, the time
  // is up or the connection is being closed.
  Task<bool> receive(Time deadline);

  // Up to this many parts go out in one call.
  using Parts = std::array<ByteView, 3>;

  // Sends all of them; false when the peer is gone or too slow.
  Task<bool> send(Parts parts);

  bool is_tls() const { return tls_ != nullptr; }

  ReceiveBuffer& received() { return received_; }

  // The last receive() or send() failed because its deadline passed.
  bool has_expired() const { return has_expired_; }

  void on_tick(Time now);

  // Ends the operations in progress, as if they had failed.
  void cancel();

  // Says that no more is coming.  False when the connection is broken.
  bool finish_sending();

  void close();

  Time now() const { return services_.clock.steady(); }

  Executor executor() { return socket_.get_executor(); }

 private:
  using Buffers = std::array<asio::const_buffer, 3>;

  Errno send_at_once(Buffers& buffers);
  Task<bool> send_rest(Buffers buffers);
  void expire(Time& deadline);

  const ConnectionServices services_;
  Socket socket_;
  std::unique_ptr<TlsStream> tls_;
  ReceiveBuffer received_;
  Time receive_deadline_ = never;
  Time send_deadline_ = never;
  bool has_expired_ = false;
};

}  // namespace sluice::net
