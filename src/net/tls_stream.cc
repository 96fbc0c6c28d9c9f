// TLS through Asio and OpenSSL.
#include "net/tls_stream.h"

namespace sluice::net {

TlsStream::TlsStream(Socket& socket, const TlsContext& context)
    : stream_(socket, context.context()) {}

Task<Errno> TlsStream::shake_hands() {
  const auto [error] =
      co_await stream_.async_handshake(asio::ssl::stream_base::server, awaiting_tuple);
  co_return error;
}

Task<std::tuple<Errno, std::size_t>> TlsStream::read_some(asio::mutable_buffer to) {
  return stream_.async_read_some(to, awaiting_tuple);
}

Task<std::tuple<Errno, std::size_t>> TlsStream::write_some(
    const std::array<asio::const_buffer, 3>& from) {
  return stream_.async_write_some(from, awaiting_tuple);
}

// On the non-blocking socket this writes the few bytes and then fails for want of the echo.
void TlsStream::say_goodbye() {
  Errno error;
  stream_.shutdown(error);
}

}  // namespace sluice::net
