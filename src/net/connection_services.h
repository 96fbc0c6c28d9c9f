// What every connection of a server shares.
#pragma once

#include "base/clock.h"
#include "net/body_budget.h"
#include "net/date_line.h"
#include "net/event_loop.h"
#include "net/http_handler.h"
#include "net/http_server.h"
#include "net/worker_pool.h"

#include <atomic>
#include <cstdint>
#include <exception>
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
  BodyBudget& file_budget;    // of files read ahead
  WorkerPool& workers;
  EventLoop& loop;  // the connection's
  DateLine& date;   // the loop's

  void log(std::string line) const;

  // "<what>: <the exception's text>"
  void log_thrown(const std::string& what, const std::exception_ptr& thrown) const;
};

}  // namespace sluice::net
