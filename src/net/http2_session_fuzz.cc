// Feeds an HTTP/2 session arbitrary bytes, cut into pieces and answered as the input says: the
// first byte decides, the rest comes behind the client's preface.
#include "base/check.h"
#include "net/http2_peer.h"
#include "net/http2_session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

using namespace sluice;       // NOLINT(google-build-using-namespace)
using namespace sluice::net;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::size_t window_bytes = 1'000;

// Holds the session to what it promises of requests and bodies.
class Watcher final : public Http2Session::Listener {
 public:
  struct Request {
    std::size_t body_bytes = 0;  // not consumed
    bool has_end = false;
    bool is_new = true;
    bool is_sending = false;
    bool has_more = false;  // of the answer, to be given
  };

  void on_request(StreamId stream,
                  std::expected<RequestHead, HttpRefusal> head,
                  bool has_end) override {
    SLUICE_CHECK(stream > 0 && stream % 2 == 1);
    SLUICE_CHECK(!open.contains(stream));
    open[stream].has_end = has_end;
    if (!head) {
      SLUICE_CHECK(head.error().status >= 400);
      return;
    }
    SLUICE_CHECK(head->target.starts_with('/') || head->target == "*");
    SLUICE_CHECK(head->headers.count("host") == 1);
    SLUICE_CHECK(head->headers.count("cookie") <= 1);
    SLUICE_CHECK(!(head->has_unknown_length && head->content_length));
    for (const HttpHeader header : head->headers) {
      SLUICE_CHECK(!header.name.empty());
      SLUICE_CHECK(!header.name.starts_with(':'));
      SLUICE_CHECK(header.value.find_first_of("\r\n") == std::string_view::npos);
    }
  }

  void on_body(StreamId stream, ByteView data) override {
    Request& request = open.at(stream);
    SLUICE_CHECK(!data.empty());
    SLUICE_CHECK(!request.has_end);
    request.body_bytes += data.size();
    // Until the peer has acknowledged the smaller window, RFC 9113's own counts.
    SLUICE_CHECK(request.body_bytes <= 65'535);
  }

  void on_body_end(StreamId stream) override {
    SLUICE_CHECK(!open.at(stream).has_end);
    open.at(stream).has_end = true;
  }

  void on_sent(StreamId stream) override {
    SLUICE_CHECK(open.at(stream).is_sending);
    open.at(stream).is_sending = false;
  }

  void on_closed(StreamId stream) override { open.erase(stream); }

  std::map<StreamId, Request> open;
};

// Does to the open streams what a server might, as `choice` says.
void act(Http2Session& session, Watcher& watcher, unsigned choice) {
  std::vector<StreamId> streams;
  for (const auto& [stream, request] : watcher.open) {
    streams.push_back(stream);
  }
  static const Bytes body(3'000, 'x');
  for (const StreamId stream : streams) {
    Watcher::Request& request = watcher.open.at(stream);
    session.consume(stream, request.body_bytes);
    request.body_bytes = 0;
    if (request.is_new) {
      request.is_new = false;
      request.is_sending = true;
      const bool is_whole = (choice & 1) != 0;
      request.has_more = !is_whole;
      session.start_answer(stream,
                           make_response(200, "text/plain", ""),
                           std::nullopt,
                           "now",
                           ByteView(body).substr(0, choice % 8 * 400),
                           is_whole);
    } else if (request.has_more && !request.is_sending) {
      request.is_sending = true;
      request.has_more = (choice & 8) != 0;
      session.send_body(stream, ByteView(body).substr(0, 1'000), !request.has_more);
    } else if ((choice & 2) != 0) {
      session.reset(stream, Http2Session::Reset::refused);
      request.has_more = false;
    } else if ((choice & 4) != 0) {
      session.send_continue(stream);
    }
  }
  if (choice == 77) {
    session.announce_end();
  }
  if (choice == 78) {
    session.end();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const unsigned choice = data[0];
  ByteView rest(static_cast<const char*>(static_cast<const void*>(data + 1)), size - 1);
  Watcher watcher;
  const Http2Limits limits{
      .streams_max = 5, .head_bytes_max = 500, .stream_window_bytes = window_bytes};
  std::chrono::nanoseconds now(0);
  Http2Session session(limits, watcher, now);
  SLUICE_CHECK(session.receive(http2_preface, now).has_value());
  Bytes out;
  const std::size_t piece_bytes = 1 + choice % 64 * 16;
  while (!rest.empty()) {
    const ByteView piece = rest.substr(0, piece_bytes);
    rest.remove_prefix(piece.size());
    now += std::chrono::milliseconds(100);
    const bool goes_on = session.receive(piece, now).has_value();
    out.clear();
    session.append_output(out, 10'000);
    if (!goes_on || session.is_over()) {
      break;
    }
    act(session, watcher, choice);
  }
  return 0;
}
