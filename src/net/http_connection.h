// One connection of the HTTP server, from its first byte to its close.
#pragma once

#include "base/clock.h"
#include "net/body_budget.h"
#include "net/date_line.h"
#include "net/event_loop.h"
#include "net/http_handler.h"
#include "net/http_server.h"
#include "net/worker_pool.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::net {

// What the connections of a server count; see HttpServerStats.
struct HttpCounters {
  std::atomic<std::uint64_t> connections_open = 0;
  std::atomic<std::uint64_t> connections_accepted = 0;
  std::atomic<std::uint64_t> connections_refused = 0;
  std::atomic<std::uint64_t> connections_timed_out = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> requests_refused = 0;
  std::atomic<std::uint64_t> requests_in_flight = 0;
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out = 0;
};

// What a connection uses and somebody else owns; all of it outlives the connection.
struct ConnectionServices {
  const HttpServerOptions& options;
  HttpHandler& handler;
  const Clock& clock;
  HttpCounters& counters;
  BodyBudget& budget;         // of request bodies
  BodyBudget& answer_budget;  // of answers being sent
  WorkerPool& workers;
  EventLoop& loop;  // the connection's
  DateLine& date;   // the loop's
};

// A handle on the connection, which ends by itself.  Every call on the loop thread.
class HttpConnection {
 public:
  // Takes over `descriptor`, a connected non-blocking socket.
  HttpConnection(const ConnectionServices& services, int descriptor, std::string remote_address);

  // Starts reading; once.  `on_end` is called on the loop thread, never from within this call, when
  // the connection is closed and uses no service any more.
  void start(std::move_only_function<void()> on_end);

  // Ends what is past its deadline.
  void on_tick(std::chrono::nanoseconds steady_now);

  // Closes now if no request is being received or answered, otherwise after the current one.
  void close_when_idle();

  // Closes now.  A handler still at work keeps its responder; the answer goes nowhere.
  void abort();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::net
