// Bodies that come over time, by HTTP/1.1 and by HTTP/2: sent as they come, no faster than they are
// taken, and given up when nobody wants them.
#include "net/body_source.h"

#include "net/http2_peer.h"
#include "net/loopback_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <thread>

namespace sluice::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// What the test and the source share: pieces wait here for next(), or next() for pieces.
struct Tap {
  void give(Bytes bytes, bool is_last = false) {
    const std::lock_guard lock(mutex);
    pieces.push_back({std::move(bytes), is_last});
    serve();
  }

  void ask(Duty<BodyPiece> duty) {
    const std::lock_guard lock(mutex);
    ++asked;
    waiting.emplace(std::move(duty));
    serve();
  }

  // With the lock held.
  void serve() {
    if (waiting && !pieces.empty()) {
      Duty<BodyPiece> duty = std::move(*waiting);
      waiting.reset();
      BodyPiece piece = std::move(pieces.front());
      pieces.pop_front();
      duty(std::move(piece));
    }
  }

  void drop() {
    const std::lock_guard lock(mutex);
    waiting.reset();
  }

  bool is_waiting() {
    const std::lock_guard lock(mutex);
    return waiting.has_value();
  }

  std::mutex mutex;
  std::deque<BodyPiece> pieces;
  std::optional<Duty<BodyPiece>> waiting;
  std::atomic<int> asked = 0;
  std::atomic<bool> is_gone = false;
};

class TapSource final : public BodySource {
 public:
  explicit TapSource(std::shared_ptr<Tap> tap) : tap_(std::move(tap)) {}

  ~TapSource() override { tap_->is_gone = true; }

  void next(Duty<BodyPiece> give) override { tap_->ask(std::move(give)); }

 private:
  std::shared_ptr<Tap> tap_;
};

// A server that answers everything from one tap.
struct Tapped : Loopback {
  Tapped() {
    handler.on_handle = [this](HttpRequest, Responder respond) {
      HttpResponse response;
      response.headers.add("Content-Type", "application/vnd.amazon.eventstream");
      response.source = std::make_unique<TapSource>(tap);
      respond(std::move(response));
    };
    start();
  }

  bool is_waiting() {
    return eventually([this] { return tap->is_waiting(); });
  }

  bool is_gone() {
    return eventually([this] { return tap->is_gone.load(); });
  }

  std::shared_ptr<Tap> tap = std::make_shared<Tap>();
};

const Bytes get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// Reads until `wanted` has come; false when the server closes before.
bool reads_until(RawClient& client, Bytes& came, ByteView wanted) {
  while (!came.contains(wanted)) {
    const Bytes some = client.read_some();
    if (some.empty()) {
      return false;
    }
    came += some;
  }
  return true;
}

TEST(BodySourceOverHttp11, SendsEachPieceAsAChunkAsSoonAsItComesAndKeepsTheConnection) {
  Tapped tapped;
  RawClient client(tapped.port());
  client.send(get);
  Bytes came;
  ASSERT_TRUE(reads_until(client, came, "\r\n\r\n"));
  EXPECT_THAT(came, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(came, Not(HasSubstr("Content-Length")));
  tapped.tap->give("one");
  ASSERT_TRUE(reads_until(client, came, "\r\n3\r\none\r\n"));
  tapped.tap->give(Bytes(300, 'x'));
  ASSERT_TRUE(reads_until(client, came, "\r\n12c\r\n" + Bytes(300, 'x') + "\r\n"));
  tapped.tap->give("end", true);
  ASSERT_TRUE(reads_until(client, came, "\r\n3\r\nend\r\n0\r\n\r\n"));
  EXPECT_TRUE(tapped.is_gone());
  tapped.tap->is_gone = false;
  client.send(get);
  came.clear();
  ASSERT_TRUE(reads_until(client, came, "\r\n\r\n"));
  tapped.tap->give("", true);
  EXPECT_TRUE(reads_until(client, came, "\r\n\r\n0\r\n\r\n"));
}

TEST(BodySourceOverHttp11, AnswersARequestThatWasSentMeanwhile) {
  Tapped tapped;
  RawClient client(tapped.port());
  client.send(get);
  ASSERT_TRUE(tapped.is_waiting());
  client.send(get);
  ASSERT_TRUE(
      Loopback::eventually([&] { return tapped.server->stats().bytes_in == 2 * get.size(); }));
  tapped.tap->give("a", true);
  Bytes came;
  ASSERT_TRUE(reads_until(client, came, "\r\n1\r\na\r\n0\r\n\r\n"));
  tapped.tap->give("b", true);
  EXPECT_TRUE(reads_until(client, came, "\r\n1\r\nb\r\n0\r\n\r\n"));
}

TEST(BodySourceOverHttp11, EndsWithTheConnectionForAClientThatKnowsNoChunks) {
  Tapped tapped;
  RawClient client(tapped.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  tapped.tap->give("one");
  tapped.tap->give("two", true);
  Bytes came;
  EXPECT_FALSE(reads_until(client, came, "never"));
  EXPECT_THAT(came, EndsWith("\r\n\r\nonetwo"));
}

TEST(BodySourceOverHttp11, AnswersHeadWithoutAskingForABody) {
  Tapped tapped;
  RawClient client(tapped.port());
  EXPECT_EQ(client.ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_EQ(tapped.tap->asked, 0);
  EXPECT_TRUE(tapped.is_gone());
}

TEST(BodySourceOverHttp11, IsGivenUpWhenTheClientGoes) {
  Tapped tapped;
  auto client = std::make_unique<RawClient>(tapped.port());
  client->send(get);
  ASSERT_TRUE(tapped.is_waiting());
  client.reset();
  EXPECT_TRUE(tapped.is_gone());
  EXPECT_TRUE(Loopback::eventually([&] { return tapped.server->stats().connections_open == 0; }));
  // Still owed; goes nowhere.
  tapped.tap->give("late", true);
}

TEST(BodySourceOverHttp11, BreaksTheAnswerOffWhenAPieceIsDropped) {
  Tapped tapped;
  RawClient client(tapped.port());
  client.send(get);
  ASSERT_TRUE(tapped.is_waiting());
  tapped.tap->drop();
  Bytes came;
  EXPECT_FALSE(reads_until(client, came, "0\r\n\r\n"));
}

TEST(BodySourceOverHttp11, IsAskedNoFasterThanTheClientReads) {
  Tapped tapped;
  const Bytes large(4'000'000, 'x');
  for (int i = 0; i < 20; ++i) {
    tapped.tap->give(large);
  }
  RawClient client(tapped.port());
  client.send(get);
  // What the kernel holds for a client that does not read is a few megabytes.
  ASSERT_TRUE(Loopback::eventually([&] { return tapped.server->stats().bytes_out > 0; }));
  EXPECT_TRUE(Loopback::eventually([&] {
    tapped.clock.advance(tapped.options.answer_progress_timeout);
    return tapped.tap->is_gone.load();
  }));
  EXPECT_LT(tapped.tap->asked, 15);
  EXPECT_EQ(tapped.server->stats().answer_budget_bytes_used, 0u);
}

TEST(BodySourceOverHttp11, EndsBetweenPiecesWhenTheServerStops) {
  Tapped tapped;
  RawClient client(tapped.port());
  client.send(get);
  tapped.tap->give("one");
  ASSERT_TRUE(Loopback::eventually([&] { return tapped.tap->asked == 2; }));
  tapped.server->stop(std::chrono::hours(1));
  Bytes came;
  EXPECT_TRUE(reads_until(client, came, "\r\n3\r\none\r\n0\r\n\r\n"));
}

struct Http2Client {
  explicit Http2Client(std::uint16_t port, Http2Peer::Options options = {})
      : socket(port), peer(options) {}

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

  bool has_body(std::int32_t stream, ByteView body) {
    return talk_until([&] { return peer.answer(stream).body == body; });
  }

  bool is_closed(std::int32_t stream) {
    return talk_until([&] { return peer.answer(stream).is_closed; });
  }

  RawClient socket;
  Http2Peer peer;
};

TEST(BodySourceOverHttp2, SendsEachPieceAsSoonAsItComes) {
  Tapped tapped;
  Http2Client client(tapped.port());
  const auto stream = client.peer.ask("GET", "/");
  ASSERT_TRUE(client.talk_until([&] { return client.peer.answer(stream).status == 200; }));
  tapped.tap->give("one");
  ASSERT_TRUE(client.has_body(stream, "one"));
  EXPECT_FALSE(client.peer.answer(stream).is_closed);
  tapped.tap->give("two", true);
  ASSERT_TRUE(client.is_closed(stream));
  EXPECT_EQ(client.peer.answer(stream).body, "onetwo");
  EXPECT_EQ(client.peer.answer(stream).error_code, NGHTTP2_NO_ERROR);
  EXPECT_TRUE(tapped.is_gone());
}

TEST(BodySourceOverHttp2, IsGivenUpWhenTheClientTakesTheRequestBack) {
  Tapped tapped;
  Http2Client client(tapped.port());
  const auto stream = client.peer.ask("GET", "/");
  ASSERT_TRUE(client.talk_until([&] { return client.peer.answer(stream).status == 200; }));
  ASSERT_TRUE(tapped.is_waiting());
  client.peer.reset(stream);
  client.socket.send(client.peer.output());
  EXPECT_TRUE(tapped.is_gone());
  tapped.tap->drop();
  EXPECT_EQ(tapped.server->stats().connections_open, 1u);
}

TEST(BodySourceOverHttp2, IsGivenUpWhenTheClientGoes) {
  Tapped tapped;
  auto client = std::make_unique<Http2Client>(tapped.port());
  client->peer.ask("GET", "/");
  client->socket.send(client->peer.output());
  ASSERT_TRUE(tapped.is_waiting());
  client.reset();
  EXPECT_TRUE(tapped.is_gone());
}

TEST(BodySourceOverHttp2, ResetsTheStreamWhenAPieceIsDropped) {
  Tapped tapped;
  Http2Client client(tapped.port());
  const auto stream = client.peer.ask("GET", "/");
  client.socket.send(client.peer.output());
  ASSERT_TRUE(tapped.is_waiting());
  tapped.tap->drop();
  ASSERT_TRUE(client.is_closed(stream));
  EXPECT_EQ(client.peer.answer(stream).error_code, NGHTTP2_INTERNAL_ERROR);
}

TEST(BodySourceOverHttp2, IsAskedNoFasterThanTheWindowOpens) {
  Tapped tapped;
  tapped.tap->give(Bytes(150, 'a'));
  tapped.tap->give(Bytes(150, 'b'));
  tapped.tap->give(Bytes(150, 'c'), true);
  Http2Client client(tapped.port(), {.window_bytes = 100, .consumes = false});
  const auto stream = client.peer.ask("GET", "/");
  ASSERT_TRUE(client.has_body(stream, Bytes(100, 'a')));
  EXPECT_EQ(tapped.tap->asked, 1);
  client.peer.consume(stream, 100);
  ASSERT_TRUE(client.has_body(stream, Bytes(150, 'a') + Bytes(50, 'b')));
  EXPECT_EQ(tapped.tap->asked, 2);
}

TEST(BodySourceOverHttp2, EndsBetweenPiecesWhenTheServerStops) {
  Tapped tapped;
  Http2Client client(tapped.port());
  const auto stream = client.peer.ask("GET", "/");
  tapped.tap->give("one");
  ASSERT_TRUE(client.has_body(stream, "one"));
  ASSERT_TRUE(Loopback::eventually([&] { return tapped.tap->asked == 2; }));
  std::thread stopping([&] { tapped.server->stop(std::chrono::hours(1)); });
  EXPECT_TRUE(client.is_closed(stream));
  EXPECT_EQ(client.peer.answer(stream).error_code, NGHTTP2_NO_ERROR);
  stopping.join();
}

}  // namespace
}  // namespace sluice::net
