// The server: the listener, the loops with their connections, the workers, and how all of it ends.
#include "net/http_server.h"

#include "base/check.h"
#include "net/body_budget.h"
#include "net/date_line.h"
#include "net/event_loop.h"
#include "net/http_connection.h"
#include "net/listener.h"
#include "net/worker_pool.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::net {

namespace {

constexpr std::chrono::milliseconds at_once{0};
constexpr std::chrono::milliseconds pause_when_accept_fails{100};
constexpr int accepts_per_turn_max = 64;

constexpr std::string_view too_many_connections =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Length: 0\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

struct HttpServer::State {
  // A loop and its connections; these are touched on the loop's thread only.
  struct Seat {
    DateLine date;
    std::list<HttpConnection> connections;
    bool is_closing = false;
    EventLoop loop;  // destroyed first: its jobs use the rest
  };

  enum class Stage : std::uint8_t { made, running, stopped };

  State(HttpServerOptions chosen, HttpHandler& used_handler, const Clock& used_clock)
      : options(std::move(chosen)),
        handler(used_handler),
        clock(used_clock),
        budget(options.body_budget_bytes, options.body_budget_bytes_per_address),
        answer_budget(options.answer_budget_bytes, 0),
        file_budget(options.file_budget_bytes, 0) {
    SLUICE_CHECK(options.loop_threads > 0);
    SLUICE_CHECK(options.worker_threads > 0);
    SLUICE_CHECK(options.connections_max > 0);
    SLUICE_CHECK(options.tick.count() > 0);
  }

  void start_threads() {
    workers = std::make_unique<WorkerPool>(options.worker_threads);
    for (std::size_t i = 0; i < options.loop_threads; ++i) {
      Seat& seat = *seats.emplace_back(std::make_unique<Seat>());
      seat.loop.every(options.tick, [this, &seat] { tick(seat); });
    }
    seats.front()->loop.watch(listener->descriptor(), [this] { return accept_waiting(); });
    for (const auto& seat : seats) {
      seat->loop.start();
    }
  }

  void tick(Seat& seat) {
    const std::chrono::nanoseconds now = clock.steady();
    for (HttpConnection& connection : seat.connections) {
      connection.on_tick(now);
    }
  }

  // Takes what waits at the listener; on the first loop.  Returns how long to leave it alone.
  std::chrono::milliseconds accept_waiting() {
    for (int i = 0; i < accepts_per_turn_max; ++i) {
      auto accepted = listener->accept();
      if (!accepted) {
        if (!std::exchange(accept_fails, true) && options.log) {
          options.log(accepted.error().message());
        }
        return pause_when_accept_fails;
      }
      accept_fails = false;
      if (!*accepted) {
        break;
      }
      place(std::move(**accepted));
    }
    return at_once;
  }

  void place(AcceptedSocket accepted) {
    if (counters.connections_open.load() >= options.connections_max) {
      counters.connections_refused.fetch_add(1);
      static_cast<void>(send(accepted.descriptor,
                             too_many_connections.data(),
                             too_many_connections.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT));
      close(accepted.descriptor);
      return;
    }
    counters.connections_accepted.fetch_add(1);
    counters.connections_open.fetch_add(1);
    const std::size_t turn = next_seat++ % seats.size();
    Seat& seat = *seats[turn];
    if (turn == 0) {
      adopt(seat, std::move(accepted));
      return;
    }
    seat.loop.post([this, &seat, accepted = std::move(accepted)]() mutable {
      adopt(seat, std::move(accepted));
    });
  }

  // Adds a connection to `seat`; on its thread.
  void adopt(Seat& seat, AcceptedSocket accepted) {
    const ConnectionServices services{options,
                                      handler,
                                      clock,
                                      counters,
                                      budget,
                                      answer_budget,
                                      file_budget,
                                      *workers,
                                      seat.loop,
                                      seat.date};
    const auto where = seat.connections.emplace(
        seat.connections.end(), services, accepted.descriptor, std::move(accepted.remote_address));
    if (seat.is_closing) {
      where->close_when_idle();
    }
    where->start([this, &seat, where] {
      seat.connections.erase(where);
      const std::lock_guard lock(mutex);
      if (counters.connections_open.fetch_sub(1) == 1) {
        all_closed.notify_all();
      }
    });
  }

  // Waits until the loop has done what it was given so far and `job`.
  static void run_on(EventLoop& loop, const std::function<void()>& job) {
    std::promise<void> done;
    loop.post([&] {
      job();
      done.set_value();
    });
    done.get_future().wait();
  }

  void close_listener() {
    run_on(seats.front()->loop, [this] {
      seats.front()->loop.unwatch();
      listener.reset();
    });
  }

  void for_each_connection(void (HttpConnection::*action)()) {
    for (const auto& seat : seats) {
      seat->loop.post([&seat = *seat, action] {
        seat.is_closing = true;
        for (HttpConnection& connection : seat.connections) {
          (connection.*action)();
        }
      });
    }
  }

  void stop(std::chrono::milliseconds deadline) {
    close_listener();
    for_each_connection(&HttpConnection::close_when_idle);
    const auto is_empty = [this] { return counters.connections_open.load() == 0; };
    std::unique_lock lock(mutex);
    if (!all_closed.wait_for(lock, deadline, is_empty)) {
      for_each_connection(&HttpConnection::abort);
      all_closed.wait(lock, is_empty);
    }
    lock.unlock();
    // The workers' last jobs post to the loops, so the loops go last.
    workers.reset();
    for (const auto& seat : seats) {
      SLUICE_CHECK(seat->connections.empty());
      seat->loop.stop();
    }
    seats.clear();
  }

  const HttpServerOptions options;
  HttpHandler& handler;
  const Clock& clock;
  HttpCounters counters;
  BodyBudget budget;
  BodyBudget answer_budget;
  BodyBudget file_budget;
  std::optional<Listener> listener;
  std::uint16_t port = 0;
  std::string address;
  std::unique_ptr<WorkerPool> workers;
  std::vector<std::unique_ptr<Seat>> seats;
  std::size_t next_seat = 0;  // first loop only
  bool accept_fails = false;  // first loop only
  Stage stage = Stage::made;
  std::mutex mutex;  // for all_closed
  std::condition_variable all_closed;
};

HttpServer::HttpServer(HttpServerOptions options, HttpHandler& handler, const Clock& clock)
    : state_(std::make_unique<State>(std::move(options), handler, clock)) {}

HttpServer::~HttpServer() {
  stop(at_once);
}

Result<void> HttpServer::start() {
  State& state = *state_;
  SLUICE_CHECK(state.stage == State::Stage::made);
  SLUICE_TRY(listener, Listener::open(state.options.host, state.options.port));
  state.port = listener.port();
  state.address = listener.address();
  state.listener = std::move(listener);
  state.start_threads();
  state.stage = State::Stage::running;
  return {};
}

void HttpServer::stop(std::chrono::milliseconds deadline) {
  if (state_->stage == State::Stage::running) {
    state_->stop(deadline);
  }
  state_->stage = State::Stage::stopped;
}

std::uint16_t HttpServer::port() const {
  return state_->port;
}

std::string HttpServer::address() const {
  return state_->address;
}

HttpServerStats HttpServer::stats() const {
  const HttpCounters& counters = state_->counters;
  HttpServerStats stats;
  stats.connections_open = counters.connections_open.load();
  stats.connections_accepted = counters.connections_accepted.load();
  stats.connections_refused = counters.connections_refused.load();
  stats.connections_timed_out = counters.connections_timed_out.load();
  stats.requests = counters.requests.load();
  stats.requests_refused = counters.requests_refused.load();
  stats.requests_in_flight = counters.requests_in_flight.load();
  stats.bytes_in = counters.bytes_in.load();
  stats.bytes_out = counters.bytes_out.load();
  stats.body_budget_bytes_used = state_->budget.used();
  stats.answer_budget_bytes_used = state_->answer_budget.used();
  return stats;
}

}  // namespace sluice::net
