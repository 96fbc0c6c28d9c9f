// The HTTP server: sockets in, HttpHandler calls out.
//
// HTTP/1.1, HTTP/2 with prior knowledge and, where a certificate is given, both over TLS, told
// apart by a connection's first bytes, all on one port.
//
// One or more loop threads move bytes and parse heads; a small worker pool runs what may block
// (handlers that say so, body sinks, reading files that are sent).  Every resource has a bound:
// connections, header bytes, body bytes (per request by the handler, all together by a budget), and
// time (per head, per stretch of body, idle).
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "net/http_handler.h"
#include "net/tls_context.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::net {

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // an address or a name; "0.0.0.0" or "::" for all
  std::uint16_t port = 0;          // 0: any free port, see HttpServer::port

  std::size_t connections_max = 4096;  // further ones get a 503 and are closed
  std::size_t loop_threads = 1;
  std::size_t worker_threads = 4;

  // Null: plain text only.
  std::shared_ptr<const TlsContext> tls;
  bool requires_tls = false;  // with `tls`: plain text is refused

  std::uint32_t streams_max = 100;  // requests that an HTTP/2 connection may have open at once

  std::size_t head_bytes_max = std::size_t{64} << 10;  // request line and header fields
  std::size_t body_budget_bytes = std::size_t{256}
                                  << 20;  // bodies in memory, all requests together

  // Answers that wait for their readers, all together; one that does not fit becomes a 503.
  std::size_t answer_budget_bytes = std::size_t{256} << 20;

  // Pieces of files that are read ahead of their readers, all together; without a share of it an
  // answer is sent in small pieces, one after the other.
  std::size_t file_budget_bytes = std::size_t{32} << 20;

  // The part of the body budget that one remote address may hold; 0: all of it.
  std::size_t body_budget_bytes_per_address = 0;

  std::chrono::milliseconds head_timeout{15'000};  // from its first byte to its last
  std::chrono::milliseconds idle_timeout{
      300'000};  // between requests; client pools idle for minutes

  // A body, and the peer's taking of an answer, must move at least progress_bytes_min in every
  // stretch of this length, or come to its end.
  std::chrono::milliseconds body_progress_timeout{15'000};
  std::chrono::milliseconds answer_progress_timeout{60'000};
  std::size_t progress_bytes_min = std::size_t{16} << 10;

  // How often deadlines are looked at, in real time.
  std::chrono::milliseconds tick{250};

  // Receives one line per event an operator should know of.  Called on any thread; may be empty.
  std::function<void(std::string_view line)> log;
};

// Totals since start, and what is open now.  Read without locks: single figures are right, sums of
// them may be a request apart.
struct HttpServerStats {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // over connections_max
  std::uint64_t connections_timed_out = 0;
  std::uint64_t requests = 0;            // valid heads received
  std::uint64_t requests_refused = 0;    // answered by HttpHandler::refuse, malformed ones included
  std::uint64_t requests_in_flight = 0;  // head received, answer not yet out
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t body_budget_bytes_used = 0;
  std::uint64_t answer_budget_bytes_used = 0;
};

// start(), stop() and the destructor belong to one thread; the rest is thread-safe.
class HttpServer {
 public:
  // `handler` and `clock` must outlive the server.  The clock gives the Date header and the
  // deadlines.
  HttpServer(HttpServerOptions options, HttpHandler& handler, const Clock& clock);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Stops, without waiting for requests in flight, unless stop() was called.
  ~HttpServer();

  // Binds, listens and starts the threads.  On failure nothing runs, and the message says what to
  // change.  May be called once.
  Result<void> start();

  // Takes no new connections, closes idle ones at once, lets requests in flight finish for up to
  // `deadline`, cuts the rest, joins all threads.  A handler or sink that blocks on a worker is
  // waited for, however long it takes.  May be called more than once.
  void stop(std::chrono::milliseconds deadline);

  // The port listened on; after start().
  std::uint16_t port() const;

  // "127.0.0.1:4566"; after start().
  std::string address() const;

  HttpServerStats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::net
