// HTTP/2 over loopback: requests side by side, bodies and answers under flow control, slow and
// hostile clients, and how it ends.
#include "net/http2_peer.h"
#include "net/loopback_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace sluice::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Http2Client {
  explicit Http2Client(std::uint16_t port, Http2Peer::Options options = {})
      : socket(port), peer(options) {}

  // Talks until `condition` holds; false when the server has closed before.
  template <class Condition>
  bool talk_until(Condition condition) {
    for (;;) {
      socket.send(peer.output());
      if (condition()) {
        return true;
      }
      const Bytes came = socket.read_some();
      if (came.empty() || !peer.input(came)) {
        return condition();
      }
    }
  }

  const Http2Answer& answer_of(std::int32_t stream) {
    talk_until([&] { return peer.answer(stream).is_closed; });
    return peer.answer(stream);
  }

  // Talks until the server closes.
  void talk_to_the_end() {
    talk_until([] { return false; });
  }

  RawClient socket;
  Http2Peer peer;
};

bool is_timed_out_after(Loopback& loopback, milliseconds timeout) {
  return Loopback::eventually([&] {
    loopback.clock.advance(timeout);
    std::this_thread::yield();
    return loopback.server->stats().connections_timed_out > 0;
  });
}

TEST(Http2Connection, AnswersManyRequestsOnOneConnection) {
  Loopback loopback;
  loopback.handler.blocks = true;
  loopback.start();
  Http2Client client(loopback.port());
  for (int round = 0; round < 3; ++round) {
    std::vector<std::int32_t> streams;
    for (int i = 0; i < 60; ++i) {
      streams.push_back(client.peer.ask("POST", "/" + std::to_string(i), {}, "x"));
    }
    for (int i = 0; i < 60; ++i) {
      const Http2Answer& answer = client.answer_of(streams[static_cast<std::size_t>(i)]);
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.body, "POST /" + std::to_string(i) + " x");
      EXPECT_EQ(answer.headers.find("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
  }
  EXPECT_EQ(loopback.server->stats().requests, 180u);
}

TEST(Http2Connection, AnAnswerThatIsLateHoldsUpNoOther) {
  Loopback loopback;
  std::promise<Responder> taken;
  loopback.handler.on_handle = [&](HttpRequest request, Responder respond) {
    if (request.target == "/late") {
      taken.set_value(std::move(respond));
    } else {
      respond(make_response(200, "text/plain", "soon"));
    }
  };
  loopback.start();
  Http2Client client(loopback.port());
  const auto late = client.peer.ask("GET", "/late");
  const auto soon = client.peer.ask("GET", "/soon");
  EXPECT_EQ(client.answer_of(soon).body, "soon");
  EXPECT_FALSE(client.peer.answer(late).is_closed);
  taken.get_future().get()(make_response(200, "text/plain", "late"));
  EXPECT_EQ(client.answer_of(late).body, "late");
}

TEST(Http2Connection, GivesTheHandlerAHeadAsOfHttp11) {
  Loopback loopback;
  std::promise<HttpRequest> taken;
  loopback.handler.on_handle = [&](HttpRequest request, Responder respond) {
    taken.set_value(std::move(request));
    respond(make_response(200, "text/plain", ""));
  };
  loopback.start();
  Http2Client client(loopback.port());
  client.answer_of(client.peer.ask("GET", "/a?b", {{"cookie", "a"}, {"cookie", "b"}}));
  const HttpRequest request = taken.get_future().get();
  EXPECT_EQ(request.version, HttpVersion::http_2);
  EXPECT_EQ(request.remote_address, "127.0.0.1");
  EXPECT_EQ(request.headers.find("Host"), "h");
  EXPECT_EQ(request.headers.find("Cookie"), "a; b");
  EXPECT_EQ(request.query(), "b");
}

TEST(Http2Connection, MovesLargeBodiesBothWays) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest request, Responder respond) {
    respond(make_response(200, "text/plain", std::move(request.body)));
  };
  loopback.start();
  Http2Client client(loopback.port());
  Bytes body;
  while (body.size() < 3'000'000) {
    body += std::to_string(body.size()) + ' ';
  }
  const auto first = client.peer.ask("POST", "/1", {}, body);
  const auto second = client.peer.ask("POST", "/2", {}, body);
  EXPECT_TRUE(client.answer_of(first).body == body);
  EXPECT_TRUE(client.answer_of(second).body == body);
  EXPECT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().body_budget_bytes_used == 0; }));
}

class CountingSink final : public BodySink {
 public:
  explicit CountingSink(std::atomic<std::size_t>& bytes) : bytes_(bytes) {}

  Result<void> write(ByteView piece) override {
    SLUICE_CHECK(piece.size() <= body_piece_bytes_max);
    bytes_ += piece.size();
    if (piece.starts_with("full")) {
      return fail(Fault::io, "the disk is full");
    }
    return {};
  }

 private:
  std::atomic<std::size_t>& bytes_;
};

TEST(Http2Connection, PutsBodiesIntoTheirSinks) {
  Loopback loopback;
  std::atomic<std::size_t> bytes = 0;
  loopback.handler.on_sink = [&](const RequestHead&) {
    return std::make_unique<CountingSink>(bytes);
  };
  loopback.handler.on_handle = [](HttpRequest request, Responder respond) {
    respond(make_response(
        request.sink_failure ? 507 : 200, "text/plain", std::to_string(request.body_bytes)));
  };
  loopback.start();
  Http2Client client(loopback.port());
  EXPECT_EQ(client.answer_of(client.peer.ask("PUT", "/", {}, Bytes(2'000'000, 'x'))).body,
            "2000000");
  EXPECT_EQ(bytes, 2'000'000u);
  // The answer does not wait for a body that nobody takes, and the connection stays.
  EXPECT_EQ(
      client.answer_of(client.peer.ask("PUT", "/", {}, "full" + Bytes(2'000'000, 'x'))).status,
      507);
  EXPECT_EQ(client.answer_of(client.peer.ask("PUT", "/", {}, "x")).status, 200);
}

TEST(Http2Connection, AnswersHeadWithTheLengthAndNoBody) {
  Loopback loopback;
  loopback.start();
  Http2Client client(loopback.port());
  const Http2Answer& answer = client.answer_of(client.peer.ask("HEAD", "/"));
  EXPECT_EQ(answer.headers.find("content-length"), "7");
  EXPECT_EQ(answer.body, "");
}

TEST(Http2Connection, InvitesABodyThatWaitsForIt) {
  Loopback loopback;
  loopback.start();
  Http2Client client(loopback.port());
  const auto stream = client.peer.ask_slowly("PUT", "/", {{"expect", "100-continue"}});
  ASSERT_TRUE(client.talk_until([&] { return client.peer.answer(stream).status == 100; }));
  client.peer.add_body(stream, "body", true);
  EXPECT_EQ(client.answer_of(stream).body, "PUT / body");
}

TEST(Http2Connection, RefusesOneRequestAndServesTheNext) {
  Loopback loopback;
  loopback.options.head_bytes_max = 1'000;
  loopback.handler.on_limit = [](const RequestHead& head) {
    return head.target == "/no" ? BodyLimit::refuse(make_response(403, "text/plain", "no"))
                                : BodyLimit::accept(10);
  };
  loopback.start();
  Http2Client client(loopback.port());
  EXPECT_EQ(client.answer_of(client.peer.ask("PUT", "/no", {}, Bytes(1'000'000, 'x'))).status, 403);
  EXPECT_EQ(client.answer_of(client.peer.ask("PUT", "/", {}, Bytes(11, 'x'))).status, 413);
  EXPECT_EQ(client
                .answer_of(client.peer.ask(
                    "PUT", "/", {{"content-length", "1000000"}}, Bytes(1'000'000, 'x')))
                .status,
            413);
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/", {{"x", Bytes(900, 'x')}})).status, 431);
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/", {{"host", "other"}})).status, 400);
  EXPECT_EQ(client.answer_of(client.peer.ask("PUT", "/", {}, "x")).status, 200);
}

TEST(Http2Connection, AnUnansweredRequestGets500) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest, Responder) {};
  loopback.start();
  Http2Client client(loopback.port());
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/")).status, 500);
}

TEST(Http2Connection, RefusesBodiesOverTheBudgetOfAll) {
  Loopback loopback;
  loopback.options.body_budget_bytes = 300'000;
  loopback.start();
  Http2Client client(loopback.port());
  const auto holding = client.peer.ask_slowly("PUT", "/holding");
  client.peer.add_body(holding, Bytes(200'000, 'x'), false);
  ASSERT_TRUE(client.talk_until([&] {
    client.peer.ask("GET", "/keeps-the-talk-going");
    return loopback.server->stats().body_budget_bytes_used > 190'000;
  }));
  EXPECT_EQ(client.answer_of(client.peer.ask("PUT", "/", {}, Bytes(200'000, 'x'))).status, 503);
  client.peer.add_body(holding, "", true);
  EXPECT_EQ(client.answer_of(holding).status, 200);
}

TEST(Http2Connection, CutsARequestWhoseBodyTricklesAndServesTheOthers) {
  Loopback loopback;
  loopback.start();
  Http2Client client(loopback.port());
  const auto stream = client.peer.ask_slowly("PUT", "/");
  client.peer.add_body(stream, "abc", false);
  client.socket.send(client.peer.output());
  ASSERT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().requests_in_flight == 1; }));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.body_progress_timeout));
  EXPECT_EQ(client.answer_of(stream).status, 408);
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/")).status, 200);
}

TEST(Http2Connection, CutsAnAnswerThatIsNotTakenAndServesTheOthers) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest request, Responder respond) {
    respond(make_response(200, "text/plain", Bytes(request.target == "/large" ? 100'000 : 1, 'x')));
  };
  loopback.start();
  Http2Client client(loopback.port(), {.window_bytes = 1'000, .consumes = false});
  const auto stream = client.peer.ask("GET", "/large");
  ASSERT_TRUE(client.talk_until([&] { return client.peer.answer(stream).body.size() == 1'000; }));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.answer_progress_timeout));
  EXPECT_NE(client.answer_of(stream).error_code, NGHTTP2_NO_ERROR);
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/small")).body, "x");
  EXPECT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().answer_budget_bytes_used == 0; }));
}

TEST(Http2Connection, CutsAClientThatReadsNothing) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest, Responder respond) {
    respond(make_response(200, "text/plain", Bytes(std::size_t{64} << 20, 'x')));
  };
  loopback.start();
  Http2Client client(loopback.port(), {.window_bytes = 0x7fff'ffff, .consumes = true});
  client.peer.ask("GET", "/");
  // The connection's window too is large: only the socket holds the answer up.
  client.socket.send(client.peer.output() +
                     http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Bytes("\x7f\0\0\0", 4)));
  ASSERT_TRUE(Loopback::eventually([&] { return loopback.server->stats().bytes_out > 1'000'000; }));
  EXPECT_TRUE(Loopback::eventually([&] {
    loopback.clock.advance(loopback.options.answer_progress_timeout);
    return loopback.server->stats().connections_open == 0;
  }));
}

TEST(Http2Connection, ClosesAConnectionThatBringsNoRequestInTime) {
  Loopback loopback;
  loopback.start();
  Http2Client client(loopback.port());
  ASSERT_TRUE(client.talk_until(
      [&] { return client.peer.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE) != 0xffff'ffff; }));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.head_timeout));
  client.talk_to_the_end();
  EXPECT_EQ(client.peer.goaway(), NGHTTP2_NO_ERROR);
}

TEST(Http2Connection, ClosesAnIdleConnectionAfterItsTimeWhateverItPings) {
  Loopback loopback;
  loopback.start();
  Http2Client client(loopback.port());
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/")).status, 200);
  loopback.clock.advance(loopback.options.idle_timeout / 2);
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/")).status, 200);
  const Bytes ping = http2_frame(NGHTTP2_PING, 0, 0, Bytes(8, 'p'));
  const auto is_timed_out = [&] { return loopback.server->stats().connections_timed_out > 0; };
  // One ping at a time: those that a server without a processor finds heaped up are a flood.
  while (!is_timed_out()) {
    const std::uint64_t heard = loopback.server->stats().bytes_in + ping.size();
    client.socket.send(ping);
    ASSERT_TRUE(Loopback::eventually(
        [&] { return loopback.server->stats().bytes_in >= heard || is_timed_out(); }));
    loopback.clock.advance(seconds(10));
  }
  client.talk_to_the_end();
  EXPECT_EQ(client.peer.goaway(), NGHTTP2_NO_ERROR);
}

TEST(Http2Connection, CutsAHeadThatTakesTooLong) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  const Bytes begun = Bytes(http2_preface) + http2_frame(NGHTTP2_SETTINGS, 0, 0, "") +
                      http2_frame(NGHTTP2_HEADERS,
                                  NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                                  1,
                                  http2_get_fields()) +
                      http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 3, http2_get_fields());
  client.send(begun);
  ASSERT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().bytes_in >= begun.size(); }));
  ASSERT_TRUE(is_timed_out_after(loopback, loopback.options.head_timeout));
  while (!client.read_some().empty()) {
  }
  EXPECT_EQ(loopback.server->stats().requests, 1u);
}

TEST(Http2Connection, SendsAFloodingClientAwayAndLivesOn) {
  Loopback loopback;
  loopback.start();
  Http2Client flooding(loopback.port());
  Bytes pings;
  for (int i = 0; i < 100'000; ++i) {
    pings += http2_frame(NGHTTP2_PING, 0, 0, Bytes(8, 'p'));
  }
  flooding.socket.send(flooding.peer.output() + pings);
  flooding.talk_to_the_end();
  EXPECT_EQ(flooding.peer.goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  Http2Client other(loopback.port());
  EXPECT_EQ(other.answer_of(other.peer.ask("GET", "/")).status, 200);
}

TEST(Http2Connection, RequestsTakenBackStillCountWhileTheirHandlersAreAtWork) {
  Loopback loopback;
  loopback.options.streams_max = 10;
  std::mutex mutex;
  std::vector<Responder> held;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(respond));
  };
  loopback.start();
  Http2Client client(loopback.port());
  // In rounds, so that each request has reached its handler when it is taken back.
  for (std::size_t round = 1; round <= 2; ++round) {
    std::vector<std::int32_t> streams;
    for (int i = 0; i < 10; ++i) {
      streams.push_back(client.peer.ask("GET", "/"));
    }
    client.socket.send(client.peer.output());
    ASSERT_TRUE(Loopback::eventually([&] {
      const std::lock_guard lock(mutex);
      return held.size() == round * 10;
    }));
    for (const std::int32_t stream : streams) {
      client.peer.reset(stream);
    }
  }
  const auto refused = client.peer.ask("GET", "/");
  EXPECT_EQ(client.answer_of(refused).error_code, NGHTTP2_REFUSED_STREAM);
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(held.size(), 20u);
    held.clear();
  }
  ASSERT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().requests_in_flight == 0; }));
  const auto served = client.peer.ask("GET", "/");
  client.socket.send(client.peer.output());
  ASSERT_TRUE(Loopback::eventually([&] {
    const std::lock_guard lock(mutex);
    return held.size() == 1;
  }));
  held.front()(make_response(200, "text/plain", ""));
  EXPECT_EQ(client.answer_of(served).status, 200);
  held.clear();
}

TEST(Http2Connection, AClientThatLeavesWhileAHandlerIsAtWorkIsLetGo) {
  Loopback loopback;
  std::promise<Responder> taken;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    taken.set_value(std::move(respond));
  };
  loopback.start();
  auto client = std::make_unique<Http2Client>(loopback.port());
  client->peer.ask("GET", "/");
  client->socket.send(client->peer.output());
  Responder respond = taken.get_future().get();
  client.reset();
  respond(make_response(200, "text/plain", "late"));
  EXPECT_TRUE(Loopback::eventually([&] { return loopback.server->stats().connections_open == 0; }));
}

TEST(Http2Connection, ClosesIdleConnectionsAtOnceWhenTheServerStops) {
  Loopback loopback;
  loopback.start();
  Http2Client client(loopback.port());
  EXPECT_EQ(client.answer_of(client.peer.ask("GET", "/")).status, 200);
  // Would take an hour if it waited for them.
  loopback.server->stop(std::chrono::hours(1));
  client.talk_to_the_end();
  EXPECT_EQ(client.peer.goaway(), NGHTTP2_NO_ERROR);
}

TEST(Http2Connection, LetsRequestsInFlightFinishWhenTheServerStops) {
  Loopback loopback;
  std::promise<Responder> taken;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    taken.set_value(std::move(respond));
  };
  loopback.start();
  Http2Client client(loopback.port());
  const auto stream = client.peer.ask("GET", "/");
  client.socket.send(client.peer.output());
  Responder respond = taken.get_future().get();
  std::thread stopping([&] { loopback.server->stop(std::chrono::hours(1)); });
  ASSERT_TRUE(client.talk_until([&] { return client.peer.goaway().has_value(); }));
  respond(make_response(200, "text/plain", "late"));
  EXPECT_EQ(client.answer_of(stream).body, "late");
  client.talk_to_the_end();
  stopping.join();
}

TEST(Http2Connection, CutsWhatIsNotFinishedByTheDeadline) {
  Loopback loopback;
  std::promise<Responder> taken;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    taken.set_value(std::move(respond));
  };
  loopback.start();
  Http2Client client(loopback.port());
  client.peer.ask("GET", "/");
  client.socket.send(client.peer.output());
  Responder respond = taken.get_future().get();
  loopback.server->stop(milliseconds(0));
  client.talk_to_the_end();
  loopback.server.reset();
  respond(make_response(200, "text/plain", "too late"));
}

TEST(Http2Connection, ServesManyShortConnections) {
  Loopback loopback;
  loopback.options.loop_threads = 2;
  loopback.start();
  for (int i = 0; i < 300; ++i) {
    Http2Client client(loopback.port());
    ASSERT_EQ(client.answer_of(client.peer.ask("POST", "/", {}, "x")).status, 200);
  }
  EXPECT_TRUE(Loopback::eventually([&] { return loopback.server->stats().connections_open == 0; }));
}

}  // namespace
}  // namespace sluice::net
