// What a client sees on one connection: framing, refusals, bodies, answers.
#include "net/http_connection.h"

#include "base/file_system.h"
#include "net/loopback_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

namespace sluice::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Bytes get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(HttpConnection, KeepsAliveWithLengthAndDateAndNoConnectionHeader) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  for (int i = 0; i < 3; ++i) {
    const RawAnswer answer =
        client.ask("PUT /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "PUT /a?b body");
    EXPECT_EQ(answer.headers.find("Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(answer.headers.find("Content-Length"), "13");
    EXPECT_FALSE(answer.headers.contains("Connection"));
  }
}

TEST(HttpConnection, RefusesAndClosesOnWhatCouldBeReadInTwoWays) {
  struct Case {
    Bytes bytes;
    int status;
  };

  Loopback loopback;
  loopback.start();
  const Bytes start = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const Case& c :
       {Case{start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Case{start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        Case{"GET / HTTP/1.1\nHost: h\n\n", 400},
        Case{start + "A: b\n\r\n", 400},
        Case{start + "A: b\r\n folded\r\n\r\n", 400},
        Case{start + "Host: h\r\n\r\n", 400},
        Case{"GET / HTTP/1.1\r\n\r\n", 400},
        Case{start + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400},
        Case{start + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400},
        Case{start + "Transfer-Encoding: gzip\r\n\r\n", 501},
        Case{start + "Expect: the-unexpected\r\nContent-Length: 1\r\n\r\na", 417},
        Case{"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505},
        Case{start + "A: " + Bytes(70'000, 'x') + "\r\n\r\n", 431},
        Case{"GET /" + Bytes(70'000, 'x'), 431}}) {
    RawClient client(loopback.port());
    const RawAnswer answer = client.ask(c.bytes);
    EXPECT_EQ(answer.status, c.status) << c.bytes.substr(0, 100);
    EXPECT_EQ(answer.headers.find("Connection"), "close");
    EXPECT_TRUE(client.is_closed()) << c.bytes.substr(0, 100);
  }
  EXPECT_EQ(loopback.server->stats().requests_refused, 14u);
}

TEST(HttpConnection, TakesAHeadOfTheLargestSizeAndOneByteAtATime) {
  Loopback loopback;
  loopback.options.head_bytes_max = 100;
  loopback.start();
  Bytes request = "GET / HTTP/1.1\r\nHost: h\r\nA: ";
  request += Bytes(100 - request.size() - 4, 'x') + "\r\n\r\n";
  RawClient client(loopback.port());
  for (const char byte : request) {
    client.send({&byte, 1});
  }
  EXPECT_EQ(client.read_answer().status, 200);
  request.insert(request.size() - 4, "x");
  EXPECT_EQ(client.ask(request).status, 431);
}

TEST(HttpConnection, AnswersPipelinedRequestsInOrder) {
  Loopback loopback;
  loopback.start();
  Bytes requests;
  for (int i = 0; i < 50; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
  }
  RawClient client(loopback.port());
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.read_answer().body, "POST /" + std::to_string(i) + " x");
  }
}

TEST(HttpConnection, DecodesChunkedBodies) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  const Bytes head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(client.ask(head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n").body,
            "POST / abcde");
  EXPECT_EQ(client.ask(head + "0\r\n\r\n").body, "POST / ");
}

TEST(HttpConnection, ClosesAfterHttp10AndConnectionClose) {
  Loopback loopback;
  loopback.start();
  for (const Bytes request : {"GET / HTTP/1.0\r\n\r\n",
                              "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                              "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"}) {
    RawClient client(loopback.port());
    const RawAnswer answer = client.ask(request);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.find("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(HttpConnection, AnswersHeadWithTheLengthAndNoBody) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest request, Responder respond) {
    HttpResponse response;
    response.head_length = 12'345;
    if (request.target == "/body") {
      response.body = "12345";
    }
    respond(std::move(response));
  };
  loopback.start();
  RawClient client(loopback.port());
  client.send("HEAD /body HTTP/1.1\r\nHost: h\r\n\r\nHEAD /stated HTTP/1.1\r\nHost: h\r\n\r\n" +
              get);
  EXPECT_EQ(client.read_answer(true).headers.find("Content-Length"), "5");
  EXPECT_EQ(client.read_answer(true).headers.find("Content-Length"), "12345");
  EXPECT_EQ(client.read_answer().headers.find("Content-Length"), "0");
}

TEST(HttpConnection, SendsNoBodyWith204) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest, Responder respond) {
    respond(make_response(204, "text/plain", "never sent"));
  };
  loopback.start();
  RawClient client(loopback.port());
  client.send(get + get);
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 204);
    EXPECT_FALSE(answer.headers.contains("Content-Length"));
  }
}

TEST(HttpConnection, SendsContinueOnlyWhenTheLimitAccepts) {
  Loopback loopback;
  loopback.handler.on_limit = [](const RequestHead& head) {
    return head.target == "/no" ? BodyLimit::refuse(make_response(403, "text/plain", "no"))
                                : BodyLimit::accept(10);
  };
  loopback.start();
  const Bytes rest = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ";
  {
    RawClient client(loopback.port());
    EXPECT_EQ(client.ask("PUT /yes" + rest + "4\r\n\r\n").status, 100);
    EXPECT_EQ(client.ask("body").body, "PUT /yes body");
  }
  {
    RawClient client(loopback.port());
    EXPECT_EQ(client.ask("PUT /no" + rest + "4\r\n\r\n").status, 403);
    EXPECT_TRUE(client.is_closed());
  }
  {
    RawClient client(loopback.port());
    EXPECT_EQ(client.ask("PUT /yes" + rest + "11\r\n\r\n").status, 413);
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(HttpConnection, ARefusalByTheHeadKeepsTheConnectionWhenTheBodyIsSmall) {
  Loopback loopback;
  loopback.handler.on_limit = [](const RequestHead& head) {
    return head.target == "/no" ? BodyLimit::refuse(make_response(403, "text/plain", "no"))
                                : BodyLimit::accept(10);
  };
  loopback.start();
  RawClient client(loopback.port());
  EXPECT_EQ(client.ask("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody").status, 403);
  EXPECT_EQ(client.ask("GET /no HTTP/1.1\r\nHost: h\r\n\r\n").status, 403);
  EXPECT_EQ(client.ask(get).status, 200);
  const Bytes large(1'000'000, 'x');
  const RawAnswer answer =
      client.ask("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + large);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.headers.find("Connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpConnection, RefusesBodiesOverTheLimitWhateverTheirFraming) {
  Loopback loopback;
  loopback.handler.on_limit = [](const RequestHead&) { return BodyLimit::accept(4); };
  loopback.start();
  const Bytes start = "PUT / HTTP/1.1\r\nHost: h\r\n";
  for (const Bytes& request :
       {start + "Content-Length: 5\r\n\r\nabcde",
        start + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"}) {
    RawClient client(loopback.port());
    EXPECT_EQ(client.ask(request).status, 413);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed());
  }
  RawClient client(loopback.port());
  EXPECT_EQ(client.ask(start + "Content-Length: 4\r\n\r\nabcd").status, 200);
}

TEST(HttpConnection, RefusesWhenTheBodyBudgetIsUsedUp) {
  Loopback loopback;
  loopback.options.body_budget_bytes = 1000;
  std::mutex mutex;
  std::vector<Responder> waiting;
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
  };
  loopback.start();
  const Bytes request =
      "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n" + Bytes(600, 'x');
  RawClient first(loopback.port());
  first.send(request);
  ASSERT_TRUE(Loopback::eventually([&] {
    const std::lock_guard lock(mutex);
    return waiting.size() == 1;
  }));
  EXPECT_EQ(loopback.server->stats().body_budget_bytes_used, 600u);
  RawClient second(loopback.port());
  EXPECT_EQ(second.ask(request).status, 503);
  {
    const std::lock_guard lock(mutex);
    waiting.front()(make_response(200, "text/plain", ""));
  }
  EXPECT_EQ(first.read_answer().status, 200);
  EXPECT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().body_budget_bytes_used == 0; }));
}

TEST(HttpConnection, SaysContinueForAnEmptyBodyToo) {
  Loopback loopback;
  loopback.start();
  RawClient client(loopback.port());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(HttpConnection, AnswersThatNobodyReadsAreBounded) {
  Loopback loopback;
  constexpr std::size_t answer_bytes = std::size_t{32} << 20;  // more than the kernel takes
  loopback.options.answer_budget_bytes = answer_bytes + 1000;
  loopback.handler.on_handle = [&](const HttpRequest&, Responder respond) {
    respond(make_response(200, "text/plain", Bytes(answer_bytes, 'x')));
  };
  loopback.start();
  const Bytes request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  {
    RawClient slow(loopback.port());
    slow.send(request);
    ASSERT_TRUE(Loopback::eventually(
        [&] { return loopback.server->stats().answer_budget_bytes_used == answer_bytes; }));
    RawClient second(loopback.port());
    EXPECT_EQ(second.ask(request).status, 503);
    EXPECT_EQ(slow.read_answer().body.size(), answer_bytes);
  }
  ASSERT_TRUE(
      Loopback::eventually([&] { return loopback.server->stats().answer_budget_bytes_used == 0; }));
  RawClient third(loopback.port());
  EXPECT_EQ(third.ask(request).status, 200);
}

TEST(HttpConnection, LargeBodiesGoBothWays) {
  Loopback loopback;
  loopback.start();
  Bytes body;
  for (int i = 0; body.size() < 5'000'000; ++i) {
    body += std::to_string(i);
  }
  RawClient client(loopback.port());
  std::thread sender([&] {
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
  });
  const RawAnswer answer = client.read_answer();
  sender.join();
  EXPECT_TRUE(answer.body == "PUT / " + body);
}

TEST(HttpConnection, AHandlerMayAnswerLaterFromAnotherThread) {
  Loopback loopback;
  std::vector<std::thread> threads;
  loopback.handler.on_handle = [&](HttpRequest request, Responder respond) {
    threads.emplace_back([target = request.target, respond = std::move(respond)]() mutable {
      respond(make_response(200, "text/plain", target));
    });
  };
  loopback.start();
  RawClient client(loopback.port());
  for (int i = 0; i < 100; ++i) {
    const Bytes target = "/" + std::to_string(i);
    EXPECT_EQ(client.ask("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n").body, target);
  }
  loopback.server->stop(std::chrono::seconds(5));
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(HttpConnection, AnAnswerForgottenOrThrownAwayIsA500AndTheConnectionStays) {
  Loopback loopback;
  loopback.handler.on_handle = [&](HttpRequest request, Responder) {
    if (request.target == "/throw") {
      throw std::runtime_error("broken");
    }
  };
  RawAnswer answer;
  for (const bool blocks : {false, true}) {
    loopback.handler.blocks = blocks;
    loopback.start();
    RawClient client(loopback.port());
    EXPECT_EQ(client.ask(get).status, 500);
    EXPECT_EQ(client.ask("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n").status, 500);
    EXPECT_EQ(client.ask(get).status, 500);
  }
  EXPECT_THAT(loopback.logged(), testing::Contains(HasSubstr("a handler threw: broken")));
}

TEST(HttpConnection, BlockingRequestsRunBesideTheLoop) {
  Loopback loopback;
  loopback.handler.blocks = true;
  std::promise<void> released;
  std::shared_future<void> gate = released.get_future().share();
  loopback.handler.on_handle = [&](HttpRequest request, Responder respond) {
    if (request.target == "/wait") {
      gate.wait();
    }
    respond(make_response(200, "text/plain", request.target));
  };
  loopback.start();
  RawClient slow(loopback.port());
  slow.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  RawClient quick(loopback.port());
  EXPECT_EQ(quick.ask(get).body, "/");
  released.set_value();
  EXPECT_EQ(slow.read_answer().body, "/wait");
}

// Collects what it gets, remembers the pieces' sizes, and fails where told to.
class TestSink final : public BodySink {
 public:
  explicit TestSink(std::size_t fail_after, std::atomic<int>& alive)
      : fail_after_(fail_after), alive_(alive) {
    ++alive_;
  }

  ~TestSink() override { --alive_; }

  Result<void> write(ByteView piece) override {
    pieces.push_back(piece.size());
    body.append(piece);
    if (body.size() > fail_after_) {
      return fail(Fault::throttled, "disk full");
    }
    return {};
  }

  Bytes body;
  std::vector<std::size_t> pieces;

 private:
  std::size_t fail_after_;
  std::atomic<int>& alive_;
};

struct SinkLoopback : Loopback {
  explicit SinkLoopback(std::size_t fail_after) {
    handler.on_sink = [this, fail_after](const RequestHead&) {
      return std::make_unique<TestSink>(fail_after, alive);
    };
    handler.on_handle = [this](HttpRequest request, Responder respond) {
      EXPECT_TRUE(request.is_body_streamed());
      EXPECT_TRUE(request.body.empty());
      auto& sink = dynamic_cast<TestSink&>(*request.sink);
      body = std::move(sink.body);
      pieces = sink.pieces;
      body_bytes = request.body_bytes;
      const bool failed = request.sink_failure.has_value();
      request.sink.reset();
      respond(make_response(failed ? 507 : 200, "text/plain", ""));
    };
  }

  std::atomic<int> alive = 0;
  Bytes body;
  std::vector<std::size_t> pieces;
  std::uint64_t body_bytes = 0;
};

TEST(HttpConnection, StreamsABodyIntoItsSinkInBoundedPieces) {
  SinkLoopback loopback(std::size_t{1} << 30);
  loopback.start();
  Bytes body;
  for (int i = 0; body.size() < 1'000'000; ++i) {
    body += std::to_string(i);
  }
  RawClient client(loopback.port());
  for (const bool is_chunked : {false, true}) {
    client.send("PUT / HTTP/1.1\r\nHost: h\r\n");
    if (is_chunked) {
      char size[32];
      const auto end = std::to_chars(size, size + sizeof size, body.size(), 16).ptr;
      client.send("Transfer-Encoding: chunked\r\n\r\n" + Bytes(size, end) + "\r\n" + body +
                  "\r\n0\r\n\r\n");
    } else {
      client.send("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_TRUE(loopback.body == body);
    EXPECT_EQ(loopback.body_bytes, body.size());
    EXPECT_THAT(loopback.pieces, testing::Each(testing::Le(body_piece_bytes_max)));
    EXPECT_EQ(loopback.pieces.size(), body.size() / body_piece_bytes_max + 1);
  }
  EXPECT_EQ(loopback.alive, 0);
}

TEST(HttpConnection, ASinkThatFailsEndsTheBodyAndIsToldToTheHandler) {
  SinkLoopback loopback(300'000);
  loopback.start();
  RawClient client(loopback.port());
  std::thread sender([&] {
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" +
                Bytes(5'000'000, 'x'));
    client.finish_sending();
  });
  const RawAnswer answer = client.read_answer();
  sender.join();
  EXPECT_EQ(answer.status, 507);
  EXPECT_EQ(answer.headers.find("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(loopback.alive, 0);
}

TEST(HttpConnection, ASinkIsDestroyedWhenTheClientBreaksOff) {
  SinkLoopback loopback(std::size_t{1} << 30);
  loopback.start();
  {
    RawClient client(loopback.port());
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
                Bytes(600'000, 'x'));
    ASSERT_TRUE(Loopback::eventually([&] { return loopback.alive == 1; }));
  }
  EXPECT_TRUE(Loopback::eventually([&] { return loopback.alive == 0; }));
}

// A file of generated bytes that can end early or fail.
class TestFile final : public File {
 public:
  explicit TestFile(std::uint64_t bytes, std::uint64_t fail_from = ~std::uint64_t{0})
      : bytes_(bytes), fail_from_(fail_from) {}

  static char at(std::uint64_t offset) { return static_cast<char>('a' + offset % 23); }

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    if (offset + count > fail_from_) {
      return fail(Fault::io, "unreadable sector");
    }
    for (std::uint64_t i = offset; i < std::min(offset + count, bytes_); ++i) {
      out.push_back(at(i));
    }
    return {};
  }

  Result<void> write_at(std::uint64_t, ByteView) override { return {}; }

  Result<void> sync() override { return {}; }

  Result<void> truncate(std::uint64_t) override { return {}; }

  Result<std::uint64_t> size() const override { return bytes_; }

 private:
  std::uint64_t bytes_;
  std::uint64_t fail_from_;
};

RawAnswer answer_with_file(Loopback& loopback, FileRegion region) {
  loopback.handler.on_handle = [&](HttpRequest, Responder respond) {
    HttpResponse response;
    response.status = 206;
    response.file = region;
    respond(std::move(response));
  };
  loopback.start();
  RawClient client(loopback.port());
  RawAnswer answer = client.ask(get);
  if (answer.body.size() == region.length) {
    EXPECT_EQ(client.ask(get).status, 206);
  }
  return answer;
}

TEST(HttpConnection, StreamsAFileRegion) {
  for (const std::uint64_t length : {0u, 1u, 131'072u, 131'073u, 3'000'000u}) {
    Loopback loopback;
    const RawAnswer answer =
        answer_with_file(loopback, FileRegion{std::make_shared<TestFile>(4'000'000), 777, length});
    EXPECT_EQ(answer.status, 206);
    ASSERT_EQ(answer.body.size(), length);
    for (std::uint64_t i = 0; i < length; ++i) {
      ASSERT_EQ(answer.body[i], TestFile::at(777 + i));
    }
  }
}

TEST(HttpConnection, AFileThatFailsAtOnceIsA500AndLaterABreak) {
  {
    Loopback loopback;
    const RawAnswer answer =
        answer_with_file(loopback, FileRegion{std::make_shared<TestFile>(1000, 0), 0, 1000});
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(loopback.logged(), ElementsAre(HasSubstr("unreadable sector")));
  }
  {
    Loopback loopback;
    const RawAnswer answer = answer_with_file(
        loopback, FileRegion{std::make_shared<TestFile>(1'000'000, 500'000), 0, 1'000'000});
    EXPECT_EQ(answer.status, 206);
    EXPECT_LT(answer.body.size(), 1'000'000u);
    EXPECT_THAT(loopback.logged(), ElementsAre(HasSubstr("unreadable sector")));
  }
  {
    Loopback loopback;
    const RawAnswer answer =
        answer_with_file(loopback, FileRegion{std::make_shared<TestFile>(500), 0, 1000});
    EXPECT_EQ(answer.status, 500);
  }
}

TEST(HttpConnection, TellsTheHandlerWhoAsks) {
  Loopback loopback;
  loopback.handler.on_handle = [](HttpRequest request, Responder respond) {
    respond(make_response(200, "text/plain", request.remote_address));
  };
  loopback.start();
  RawClient client(loopback.port());
  EXPECT_EQ(client.ask(get).body, "127.0.0.1");
}

}  // namespace
}  // namespace sluice::net
