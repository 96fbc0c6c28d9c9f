// TLS on a connected socket.
#pragma once

#include "net/task.h"
#include "net/tls_context.h"

#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <cstddef>
#include <tuple>

namespace sluice::net {

// Borrows the socket.  A read and a write may be under way at the same time.
class TlsStream {
 public:
  TlsStream(Socket& socket, const TlsContext& context);

  Task<Errno> shake_hands();

  Task<std::tuple<Errno, std::size_t>> read_some(asio::mutable_buffer to);
  Task<std::tuple<Errno, std::size_t>> write_some(const std::array<asio::const_buffer, 3>& from);

  // Sends what tells the peer that the end is meant (close_notify), if the socket takes it, and
  // does not wait for its echo.  With no read or write under way.
  void say_goodbye();

 private:
  asio::ssl::stream<Socket&> stream_;
};

}  // namespace sluice::net
