// The session without a socket: what a proper client gets, and what an improper one.
#include "net/http2_session.h"

#include "net/http2_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sluice::net {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

// Keeps what the session tells.
class Heard final : public Http2Session::Listener {
 public:
  struct Request {
    std::expected<RequestHead, HttpRefusal> head;
    Bytes body;
    bool has_end = false;
    int sent = 0;
    bool is_closed = false;
  };

  void on_request(StreamId stream,
                  std::expected<RequestHead, HttpRefusal> head,
                  bool has_end) override {
    requests.emplace(stream, Request{.head = std::move(head), .body = {}, .has_end = has_end});
  }

  void on_body(StreamId stream, ByteView data) override { requests.at(stream).body += data; }

  void on_body_end(StreamId stream) override { requests.at(stream).has_end = true; }

  void on_sent(StreamId stream) override { ++requests.at(stream).sent; }

  void on_closed(StreamId stream) override {
    // A stream may be closed before its head was whole.
    if (const auto found = requests.find(stream); found != requests.end()) {
      found->second.is_closed = true;
    }
  }

  std::map<StreamId, Request> requests;
};

struct Wired {
  explicit Wired(Http2Peer::Options options = {}, Http2Limits limits = {})
      : peer(options), session(limits, heard, seconds(0)) {}

  // Passes on what both sides have to say, until neither has anything left.
  void exchange() {
    for (bool goes_on = true; goes_on;) {
      const Bytes to_server = peer.output();
      if (!to_server.empty()) {
        EXPECT_TRUE(session.receive(to_server, now).has_value());
      }
      Bytes to_peer;
      session.append_output(to_peer, 1'000'000'000);
      EXPECT_TRUE(peer.input(to_peer));
      goes_on = !to_server.empty() || !to_peer.empty();
    }
  }

  void respond(StreamId stream, int status, ByteView body, bool is_whole = true) {
    HttpResponse response = make_response(status, "text/plain", "");
    const auto length = is_whole ? std::optional<std::uint64_t>(body.size()) : std::nullopt;
    session.start_answer(stream, response, length, "now", body, is_whole);
  }

  Http2Session::Time now = seconds(0);
  Heard heard;
  Http2Peer peer;
  Http2Session session;
};

// A session that gets its bytes by hand.
struct Attacked {
  explicit Attacked(Http2Limits limits = {}) : session(limits, heard, seconds(0)) {
    EXPECT_TRUE(session.receive(Bytes(http2_preface) + http2_frame(NGHTTP2_SETTINGS, 0, 0, ""), now)
                    .has_value());
  }

  Result<void> receive(ByteView bytes) { return session.receive(bytes, now); }

  // What the client would learn: the error code of GOAWAY, or nothing.
  std::optional<std::uint32_t> goaway() {
    Bytes out;
    session.append_output(out, 1'000'000'000);
    Http2Peer peer;
    peer.output();
    static_cast<void>(peer.input(out));
    return peer.goaway();
  }

  Http2Session::Time now = seconds(0);
  Heard heard;
  Http2Session session;
};

TEST(Http2Session, AnnouncesItsLimits) {
  Wired wired;
  wired.exchange();
  EXPECT_EQ(wired.peer.setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), 100u);
  EXPECT_EQ(wired.peer.setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE), 256u << 10);
  EXPECT_EQ(wired.peer.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE), 64u << 10);
}

TEST(Http2Session, BringsARequestAndItsAnswer) {
  Wired wired;
  const StreamId stream = wired.peer.ask("POST", "/a", {{"x-amz-target", "t"}}, "body");
  wired.exchange();
  ASSERT_TRUE(wired.heard.requests.contains(stream));
  const Heard::Request& request = wired.heard.requests.at(stream);
  ASSERT_TRUE(request.head.has_value());
  EXPECT_EQ(request.head->target, "/a");
  EXPECT_EQ(request.head->headers.find("Host"), "h");
  EXPECT_EQ(request.body, "body");
  EXPECT_TRUE(request.has_end);
  wired.respond(stream, 201, "answer");
  wired.exchange();
  EXPECT_EQ(request.sent, 1);
  EXPECT_TRUE(request.is_closed);
  const Http2Answer& answer = wired.peer.answer(stream);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "answer");
  EXPECT_EQ(answer.headers.find("date"), "now");
  EXPECT_EQ(answer.headers.find("content-length"), "6");
  EXPECT_EQ(answer.error_code, NGHTTP2_NO_ERROR);
}

TEST(Http2Session, AnswersStreamsInAnyOrder) {
  Wired wired;
  const StreamId first = wired.peer.ask("GET", "/1");
  const StreamId second = wired.peer.ask("GET", "/2");
  wired.exchange();
  wired.respond(second, 200, "2");
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(second).body, "2");
  EXPECT_FALSE(wired.peer.answer(first).is_closed);
  wired.respond(first, 200, "1");
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(first).body, "1");
}

TEST(Http2Session, WritesFieldsAsHttp2WantsThemAndLeavesOutWhatBelongsToTheConnection) {
  Wired wired;
  const StreamId stream = wired.peer.ask("GET", "/");
  wired.exchange();
  HttpResponse response;
  response.headers.add("x-amzn-RequestId", " 1\r\n2 ");
  response.headers.add("Connection", "close");
  response.headers.add("Transfer-Encoding", "chunked");
  response.headers.add("Content-Length", "99");
  wired.session.start_answer(stream, response, 0, "now", "", true);
  wired.exchange();
  const Http2Answer& answer = wired.peer.answer(stream);
  EXPECT_EQ(answer.headers.find("x-amzn-requestid"), "1  2");
  EXPECT_EQ(answer.headers.size(), 3u);
  EXPECT_EQ(answer.headers.find("content-length"), "0");
}

TEST(Http2Session, HoldsABodyBackUntilItIsConsumed) {
  Wired wired;
  const std::size_t window = Http2Limits().stream_window_bytes;
  wired.exchange();
  const StreamId slow = wired.peer.ask("PUT", "/slow", {}, Bytes(2 * window, 'x'));
  wired.exchange();
  EXPECT_EQ(wired.heard.requests.at(slow).body.size(), window);
  // Which holds up no other stream, however many are slow.
  std::vector<StreamId> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(wired.peer.ask("PUT", "/other", {}, Bytes(window, 'y')));
  }
  wired.exchange();
  for (const StreamId other : others) {
    EXPECT_TRUE(wired.heard.requests.at(other).has_end);
  }
  wired.session.consume(slow, window);
  wired.exchange();
  EXPECT_EQ(wired.heard.requests.at(slow).body.size(), 2 * window);
  EXPECT_TRUE(wired.heard.requests.at(slow).has_end);
}

TEST(Http2Session, SendsNoMoreThanThePeersWindowLets) {
  Wired wired({.window_bytes = 100, .consumes = false});
  const StreamId stream = wired.peer.ask("GET", "/");
  wired.exchange();
  const Bytes body(250, 'x');
  wired.respond(stream, 200, body);
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).body.size(), 100u);
  EXPECT_EQ(wired.session.unsent_bytes(stream), 150u);
  EXPECT_EQ(wired.heard.requests.at(stream).sent, 0);
  for (int i = 0; i < 2; ++i) {
    wired.peer.consume(stream, 100);
    wired.exchange();
  }
  EXPECT_EQ(wired.peer.answer(stream).body, body);
  EXPECT_EQ(wired.heard.requests.at(stream).sent, 1);
}

TEST(Http2Session, SendsABodyPartByPart) {
  Wired wired;
  const StreamId stream = wired.peer.ask("GET", "/");
  wired.exchange();
  const Heard::Request& request = wired.heard.requests.at(stream);
  wired.respond(stream, 200, "", false);
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).status, 200);
  EXPECT_FALSE(wired.peer.answer(stream).headers.contains("content-length"));
  EXPECT_EQ(request.sent, 1);
  wired.session.send_body(stream, "one", false);
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).body, "one");
  EXPECT_FALSE(wired.peer.answer(stream).is_closed);
  EXPECT_EQ(request.sent, 2);
  wired.session.send_body(stream, "", true);
  wired.exchange();
  EXPECT_TRUE(wired.peer.answer(stream).is_closed);
  EXPECT_EQ(request.sent, 3);
}

TEST(Http2Session, Sends100ContinueBeforeTheAnswer) {
  Wired wired;
  const StreamId stream = wired.peer.ask_slowly("PUT", "/", {{"expect", "100-continue"}});
  wired.exchange();
  EXPECT_TRUE(wired.heard.requests.at(stream).head->expects_continue);
  wired.session.send_continue(stream);
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).status, 100);
  wired.peer.add_body(stream, "x", true);
  wired.exchange();
  EXPECT_TRUE(wired.heard.requests.at(stream).has_end);
  wired.respond(stream, 200, "");
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).status, 200);
  EXPECT_EQ(wired.peer.answer(stream).interim_heads, 1);
}

TEST(Http2Session, TellsWhenThePeerTakesARequestBack) {
  Wired wired;
  const StreamId stream = wired.peer.ask("GET", "/");
  wired.exchange();
  const Bytes body = "too late";
  wired.respond(stream, 200, body);
  wired.peer.reset(stream);
  EXPECT_TRUE(wired.session.receive(wired.peer.output(), wired.now).has_value());
  EXPECT_TRUE(wired.heard.requests.at(stream).is_closed);
  // What was borrowed is not touched any more, and late calls go nowhere.
  wired.session.send_body(stream, "x", true);
  wired.session.consume(stream, 1);
  wired.session.reset(stream, Http2Session::Reset::internal_error);
  wired.exchange();
  EXPECT_EQ(wired.heard.requests.at(stream).sent, 0);
}

TEST(Http2Session, IgnoresTrailers) {
  Attacked attacked;
  ASSERT_TRUE(
      attacked
          .receive(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_get_fields()) +
                   http2_frame(NGHTTP2_DATA, 0, 1, "x") +
                   http2_frame(NGHTTP2_HEADERS,
                               NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                               1,
                               http2_field("x-trailer", "t")))
          .has_value());
  const Heard::Request& request = attacked.heard.requests.at(1);
  EXPECT_TRUE(request.has_end);
  EXPECT_EQ(request.body, "x");
  EXPECT_FALSE(request.head->headers.contains("x-trailer"));
}

TEST(Http2Session, RefusesAHeadOverTheBoundByItsHead) {
  Http2Limits limits;
  limits.head_bytes_max = 500;
  Wired wired({}, limits);
  // The client knows the bound from SETTINGS only after they have come.
  const StreamId stream = wired.peer.ask("GET", "/", {{"x", std::string(400, 'x')}});
  wired.exchange();
  const auto& head = wired.heard.requests.at(stream).head;
  ASSERT_FALSE(head.has_value());
  EXPECT_EQ(head.error().status, 431);
}

TEST(Http2Session, RefusesAFieldThatNoHttp1HeadCouldHave) {
  Attacked attacked;
  ASSERT_TRUE(attacked
                  .receive(http2_frame(NGHTTP2_HEADERS,
                                       NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                                       1,
                                       http2_get_fields() + http2_field("x-bad", "a\r\nb: c")))
                  .has_value());
  const auto& head = attacked.heard.requests.at(1).head;
  ASSERT_FALSE(head.has_value());
  EXPECT_EQ(head.error().status, 400);
  EXPECT_THAT(head.error().reason, HasSubstr("x-bad"));
}

TEST(Http2Session, ABodyThatDiffersFromItsContentLengthIsNoRequest) {
  Wired wired;
  const StreamId stream = wired.peer.ask("POST", "/", {{"content-length", "3"}}, "four");
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).error_code, NGHTTP2_PROTOCOL_ERROR);
  EXPECT_TRUE(wired.heard.requests.at(stream).is_closed);
  EXPECT_FALSE(wired.heard.requests.at(stream).has_end);
}

TEST(Http2Session, SendsAPeerAwayWhoseHeaderListGrowsWithoutEnd) {
  Http2Limits limits;
  limits.head_bytes_max = 1'000;
  Attacked attacked(limits);
  // One entry of the table, then one byte for each time it is meant again (RFC 7541 section 6.1).
  Bytes block = http2_get_fields();
  block += Bytes(1, '\x40') + '\x01' + 'a' + '\x64' + Bytes(100, 'v');
  block += Bytes(100, '\xbe');
  const auto received = attacked.receive(
      http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block));
  ASSERT_FALSE(received.has_value());
  EXPECT_THAT(received.error().message(), HasSubstr("header list"));
  EXPECT_EQ(attacked.goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST(Http2Session, SendsAPeerAwayThatContinuesAHeadForever) {
  Attacked attacked;
  Bytes frames = http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, http2_get_fields());
  for (int i = 0; i < 1'000; ++i) {
    frames += http2_frame(NGHTTP2_CONTINUATION, 0, 1, "");
  }
  EXPECT_FALSE(attacked.receive(frames).has_value());
  EXPECT_EQ(attacked.goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_TRUE(attacked.heard.requests.empty());
}

TEST(Http2Session, KnowsThatAHeadIsInProgress) {
  Attacked attacked;
  EXPECT_FALSE(attacked.session.head_in_progress());
  ASSERT_TRUE(
      attacked.receive(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, http2_get_fields()))
          .has_value());
  EXPECT_EQ(attacked.session.head_in_progress(), 1);
  ASSERT_TRUE(attacked.receive(http2_frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, ""))
                  .has_value());
  EXPECT_FALSE(attacked.session.head_in_progress());
  EXPECT_TRUE(attacked.heard.requests.at(1).head.has_value());
}

TEST(Http2Session, SendsAPeerAwayThatFloodsItWithSmallFrames) {
  const Bytes get = http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_get_fields());

  struct Case {
    const char* name;
    Bytes before;
    Bytes frame;
  };

  for (const Case& c : {
           Case{"ping", "", http2_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, Bytes(8, 'p'))},
           Case{"settings", "", http2_frame(NGHTTP2_SETTINGS, 0, 0, "")},
           Case{"priority", "", http2_frame(NGHTTP2_PRIORITY, 0, 1, Bytes("\0\0\0\3\x10", 5))},
           Case{"window", "", http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Bytes("\0\0\0\1", 4))},
           Case{"empty data", get, http2_frame(NGHTTP2_DATA, 0, 1, "")},
           Case{"padding",
                get,
                http2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, Bytes("\3\0\0\0", 4))},
       }) {
    Attacked attacked;
    ASSERT_TRUE(attacked.receive(c.before).has_value());
    Bytes frames;
    for (std::uint32_t i = 0; i < FrameAllowance::burst + 1; ++i) {
      frames += c.frame;
    }
    EXPECT_FALSE(attacked.receive(frames).has_value()) << c.name;
    EXPECT_EQ(attacked.goaway(), NGHTTP2_ENHANCE_YOUR_CALM) << c.name;
  }
}

TEST(Http2Session, LetsAPeerSayLittleForALongTime) {
  Attacked attacked;
  Bytes answers;
  for (int i = 0; i < 10'000; ++i) {
    attacked.now += seconds(1);
    ASSERT_TRUE(attacked.receive(http2_frame(NGHTTP2_PING, 0, 0, Bytes(8, 'p'))).has_value());
    attacked.session.append_output(answers, 1);
  }
}

TEST(Http2Session, SendsAPeerAwayThatTakesItsRequestsBackAsFastAsItMakesThem) {
  Attacked attacked;
  Result<void> received;
  std::uint32_t stream = 1;
  for (; received && stream < 10'000; stream += 2) {
    received = attacked.receive(http2_frame(NGHTTP2_HEADERS,
                                            NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                                            stream,
                                            http2_get_fields()) +
                                http2_frame(NGHTTP2_RST_STREAM, 0, stream, Bytes("\0\0\0\x8", 4)));
  }
  EXPECT_FALSE(received.has_value());
  EXPECT_LE(stream / 2, FrameAllowance::burst / FrameAllowance::reset_cost + 1);
  EXPECT_EQ(attacked.goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST(Http2Session, TellsHowManyFramesWaitForAPeerThatDoesNotRead) {
  Http2Limits limits;
  limits.streams_max = 1;
  Attacked attacked(limits);
  const std::size_t before = attacked.session.queued_frames();
  Bytes frames;
  for (std::uint32_t stream = 1; stream <= 101; stream += 2) {
    frames += http2_frame(NGHTTP2_HEADERS,
                          NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                          stream,
                          http2_get_fields());
  }
  ASSERT_TRUE(attacked.receive(frames).has_value());
  EXPECT_EQ(attacked.session.queued_frames(), before + 50);
  EXPECT_FALSE(attacked.goaway().has_value());
  EXPECT_EQ(attacked.session.queued_frames(), 0u);
}

TEST(Http2Session, RefusesStreamsOverItsLimit) {
  Http2Limits limits;
  limits.streams_max = 2;
  Attacked attacked(limits);
  // As if the announcement had not come yet.
  Bytes frames;
  for (std::uint32_t stream = 1; stream <= 5; stream += 2) {
    frames += http2_frame(NGHTTP2_HEADERS,
                          NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                          stream,
                          http2_get_fields());
  }
  ASSERT_TRUE(attacked.receive(frames).has_value());
  EXPECT_EQ(attacked.heard.requests.size(), 2u);
}

TEST(Http2Session, TellsAPeerThatBreaksTheProtocol) {
  for (const Bytes& frames :
       {http2_frame(NGHTTP2_DATA, 0, 1, "x"),                 // no such stream
        http2_frame(NGHTTP2_HEADERS, 0, 2, ""),               // a server's number
        http2_frame(NGHTTP2_SETTINGS, 0, 0, "x"),             // no whole entry
        http2_frame(NGHTTP2_DATA, 0, 1, Bytes(20'000, 'x')),  // over the frame size
        http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xff\xff\xff\xff\xff\xff")}) {
    Attacked attacked;
    static_cast<void>(attacked.receive(frames));
    const auto goaway = attacked.goaway();
    ASSERT_TRUE(goaway.has_value());
    EXPECT_NE(*goaway, NGHTTP2_NO_ERROR);
    EXPECT_TRUE(attacked.session.is_over());
  }
}

TEST(Http2Session, SaysThatItEndsAndThenEnds) {
  Wired wired;
  const StreamId stream = wired.peer.ask("GET", "/");
  wired.exchange();
  wired.session.announce_end();
  wired.exchange();
  EXPECT_EQ(wired.peer.goaway(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(wired.peer.goaway_last_stream(), 0x7fff'ffff);
  EXPECT_FALSE(wired.session.is_over());
  wired.respond(stream, 200, "last");
  wired.exchange();
  EXPECT_EQ(wired.peer.answer(stream).body, "last");
  // The client would not look at it any more.
  wired.session.end();
  Bytes last;
  wired.session.append_output(last, 1);
  EXPECT_EQ(last, http2_frame(NGHTTP2_GOAWAY, 0, 0, Bytes("\0\0\0\1\0\0\0\0", 8)));
  EXPECT_TRUE(wired.session.is_over());
}

}  // namespace
}  // namespace sluice::net
