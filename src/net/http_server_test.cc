// The server as a whole: limits in number and time, start and stop, figures.
#include "net/http_server.h"

#include "net/loopback_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

namespace sluice::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const Bytes get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// Waits until the server has read `bytes` in all, so that the clock can go on.
bool has_received(const Loopback& loopback, std::uint64_t bytes) {
  return Loopback::eventually([&] { return loopback.server->stats().bytes_in >= bytes; });
}

// Moves the clock past `timeout` until the server has noticed: the deadline is set after the bytes
// before it are counted, so one step might come too early.
bool is_timed_out_after(Loopback& loopback, milliseconds timeout) {
  return Loopback::eventually([&] {
    loopback.clock.advance(timeout);
    std::this_thread::yield();
    return loopback.server->stats().connections_timed_out > 0;
  });
}

TEST(HttpServer, SaysWhyItCannotListen) {
  Loopback loopback;
  loopback.start();
  HttpServerOptions options;
  options.port = loopback.port();
  HttpServer second(options, loopback.handler, loopback.clock);
  const auto started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().message(), HasSubstr("another program listens there"));
  EXPECT_EQ(loopback.server->address(), "127.0.0.1:" + std::to_string(loopback.port()));
}

TEST(HttpServer, StopsWithoutHavingStarted) {
  Loopback loopback;
  HttpServer server(loopback.options, loopback.handler, loopback.clock);
  server.stop(seconds(1));
  EXPECT_EQ(server.port(), 0);
}

TEST(HttpServer, ClosesIdleConnectionsAtOnceWhenItStops) {
  Loopback loopback;
  loopback.start();
  RawClient fresh(loopback.port());
  RawClient used(loopback.port());
  EXPECT_EQ(used.ask(get).status, 200);
  ASSERT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().connections_accepted == 2; }));
  // Would take an hour if it waited for them.
  loopback.server->stop(std::chrono::hours(1));
  EXPECT_TRUE(fresh.is_closed());
  EXPECT_TRUE(used.is_closed());
  EXPECT_EQ(loopback.server->stats().connections_open, 0u);
}

TEST(HttpServer, LetsARequestInFlightFinishAndClosesAfterIt) {
  Loopback loopback;
  std::promise<Responder> taken;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    taken.set_value(std::move(respond));
  };
  loopback.start();
  RawClient client(loopback.port());
  client.send(get);
  Responder respond = taken.get_future().get();
  std::thread stopping([&] { loopback.server->stop(std::chrono::hours(1)); });
  // The listener closes first; then the answer is let go.
  EXPECT_EQ(loopback.server->stats().requests_in_flight, 1u);
  respond(make_response(200, "text/plain", "late"));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "late");
  stopping.join();
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, CutsWhatIsNotFinishedByTheDeadlineAndALateAnswerGoesNowhere) {
  Loopback loopback;
  std::promise<Responder> taken;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    taken.set_value(std::move(respond));
  };
  loopback.start();
  RawClient waiting(loopback.port());
  waiting.send(get);
  RawClient half_sent(loopback.port());
  half_sent.send("GET / HT");
  Responder respond = taken.get_future().get();
  ASSERT_TRUE(has_received(loopback, get.size() + 8));
  loopback.server->stop(milliseconds(0));
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_TRUE(half_sent.is_closed());
  loopback.server.reset();
  respond(make_response(200, "text/plain", "too late"));
}

TEST(HttpServer, StopsUnderLoad) {
  for (const std::size_t loops : {1u, 3u}) {
    Loopback loopback;
    loopback.options.loop_threads = loops;
    loopback.handler.blocks = true;
    loopback.start();
    std::atomic<int> answered = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 6; ++i) {
      // Connected here: a thread that starts late would find the port closed.
      clients.emplace_back([&, connected = std::make_unique<RawClient>(loopback.port())] {
        RawClient& client = *connected;
        while (client.ask("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody").status ==
               200) {
          ++answered;
        }
      });
    }
    EXPECT_TRUE(Loopback::eventually([&] { return answered > 200; }));
    loopback.server->stop(seconds(10));
    for (std::thread& client : clients) {
      client.join();
    }
    EXPECT_EQ(loopback.server->stats().connections_open, 0u);
    EXPECT_EQ(loopback.server->stats().requests_in_flight, 0u);
  }
}

TEST(HttpServer, RefusesConnectionsOverItsLimit) {
  Loopback loopback;
  loopback.options.connections_max = 2;
  loopback.start();
  auto first = std::make_unique<RawClient>(loopback.port());
  RawClient second(loopback.port());
  EXPECT_EQ(first->ask(get).status, 200);
  EXPECT_EQ(second.ask(get).status, 200);
  {
    RawClient third(loopback.port());
    EXPECT_EQ(third.read_answer().status, 503);
    EXPECT_TRUE(third.is_closed());
  }
  first.reset();
  ASSERT_TRUE(Loopback::eventually([&] { return loopback.server->stats().connections_open == 1; }));
  RawClient fourth(loopback.port());
  EXPECT_EQ(fourth.ask(get).status, 200);
  EXPECT_EQ(loopback.server->stats().connections_refused, 1u);
}

TEST(HttpServer, AnswersOrClosesWhenAHeadTakesTooLong) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  client.send("GET / HTTP/1.1\r\nHo");
  ASSERT_TRUE(has_received(loopback, 18));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.head_timeout));
  EXPECT_EQ(client.read_answer().status, 408);
  client.finish_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, AHeadThatTricklesIsCutAllTheSame) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  std::uint64_t sent = 0;
  const Bytes head = "GET / HTTP/1.1\r\nHost: h\r\nA: " + Bytes(1000, 'x');
  for (const char byte : head) {
    if (!client.send({&byte, 1})) {
      break;
    }
    ++sent;
    if (!Loopback::eventually([&] {
          const HttpServerStats stats = loopback.server->stats();
          return stats.bytes_in >= sent || stats.connections_timed_out > 0;
        }) ||
        loopback.server->stats().connections_timed_out > 0) {
      break;
    }
    loopback.clock.advance(seconds(1));
  }
  EXPECT_EQ(loopback.server->stats().connections_timed_out, 1u);
  EXPECT_LT(sent, head.size());
  EXPECT_EQ(client.read_answer().status, 408);
}

TEST(HttpServer, ClosesIdleConnectionsSilentlyAfterTheirTime) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  EXPECT_EQ(client.ask(get).status, 200);
  loopback.clock.advance(seconds(200));
  EXPECT_EQ(client.ask(get).status, 200);
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.idle_timeout));
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, CutsABodyThatTrickles) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  const Bytes start = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc";
  client.send(start);
  ASSERT_TRUE(has_received(loopback, start.size()));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.body_progress_timeout));
  EXPECT_EQ(client.read_answer().status, 408);
}

TEST(HttpServer, CutsAClientThatDoesNotTakeItsAnswer) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest, Responder respond) {
    respond(make_response(200, "text/plain", Bytes(std::size_t{64} << 20, 'x')));
  };
  loopback.start();
  RawClient client(loopback.port());
  client.send(get);
  ASSERT_TRUE(Loopback::eventually([&] { return loopback.server->stats().bytes_out > 0; }));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.answer_progress_timeout));
  EXPECT_LT(client.read_answer().body.size(), std::size_t{64} << 20);
}

TEST(HttpServer, SpreadsConnectionsOverItsLoops) {
  Loopback loopback;
  loopback.options.loop_threads = 2;
  std::mutex mutex;
  std::set<pthread_t> threads;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    const std::lock_guard lock(mutex);
    threads.insert(pthread_self());
    respond(make_response(200, "text/plain", ""));
  };
  loopback.start();
  RawClient first(loopback.port());
  RawClient second(loopback.port());
  EXPECT_EQ(first.ask(get).status, 200);
  EXPECT_EQ(second.ask(get).status, 200);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(threads.size(), 2u);
}

TEST(HttpServer, CountsWhatItDoes) {
  Loopback loopback;
  loopback.start();
  {
    RawClient client(loopback.port());
    EXPECT_EQ(client.ask(get).status, 200);
    EXPECT_EQ(client.ask(get).status, 200);
    EXPECT_EQ(client.ask("broken\r\n\r\n").status, 400);
  }
  ASSERT_TRUE(Loopback::eventually([&] { return loopback.server->stats().connections_open == 0; }));
  const HttpServerStats stats = loopback.server->stats();
  EXPECT_EQ(stats.connections_accepted, 1u);
  EXPECT_EQ(stats.requests, 2u);
  EXPECT_EQ(stats.requests_refused, 1u);
  EXPECT_EQ(stats.requests_in_flight, 0u);
  EXPECT_EQ(stats.bytes_in, 2 * get.size() + 10);
  EXPECT_GT(stats.bytes_out, 3 * 50u);
}

}  // namespace
}  // namespace sluice::net
