// The server's side of one HTTP/2 connection as bytes in and bytes out: frames, header compression,
// flow control (RFC 9113), by nghttp2.  Knows no socket and no clock, so tests and the fuzzer feed
// it what they like.
//
// Beyond what nghttp2 refuses by itself (malformed frames and messages, more streams than
// announced, many continuations, queues of acknowledgements), a peer is sent away that opens
// header lists far over the bound or sends floods of small frames.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "net/frame_allowance.h"
#include "net/http.h"
#include "net/http2_head.h"
#include "net/http_handler.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

struct nghttp2_session;

namespace sluice::net {

using StreamId = std::int32_t;

struct Http2Limits {
  std::uint32_t streams_max = 100;                               // open at once
  std::size_t head_bytes_max = std::size_t{64} << 10;            // as SETTINGS_MAX_HEADER_LIST_SIZE
  std::uint32_t stream_window_bytes = std::uint32_t{256} << 10;  // of a body, not yet consumed
};

// Not thread-safe.
class Http2Session {
 public:
  using Time = FrameAllowance::Time;

  // Gets what the peer does, from within receive() and append_output(); must not call these two
  // from there.
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;

    // A request.  `has_end`: no body follows.
    virtual void on_request(StreamId stream,
                            std::expected<RequestHead, HttpRefusal> head,
                            bool has_end) = 0;

    // A part of its body; the view ends with the call.  The window opens again by consume().
    virtual void on_body(StreamId stream, ByteView data) = 0;

    virtual void on_body_end(StreamId stream) = 0;

    // All that start_answer() or send_body() was given is in the output.
    virtual void on_sent(StreamId stream) = 0;

    // The stream is over, by its end or a reset of either side.
    virtual void on_closed(StreamId stream) = 0;
  };

  Http2Session(const Http2Limits& limits, Listener& listener, Time now);
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;
  ~Http2Session();

  // Takes bytes from the peer, the client's preface first.  After a failure only what
  // append_output() still has is to be sent, which tells the peer why, and the connection closed.
  Result<void> receive(ByteView bytes, Time now);

  // Appends what is to be sent to the peer, frame by frame until at least `bytes_min` are there or
  // all of it.  False when there was nothing.
  bool append_output(Bytes& out, std::size_t bytes_min);

  // Frames that wait to be appended.  A peer that sends without reading makes them more.
  std::size_t queued_frames() const;

  // Answers a stream: the head, and the first part of the body, or all of it if `is_whole`.
  // `first` is borrowed until on_sent() or on_closed().  A stream that is over is left alone.
  void start_answer(StreamId stream,
                    const HttpResponse& response,
                    std::optional<std::uint64_t> length,
                    std::string_view date,
                    ByteView first,
                    bool is_whole);

  // 100 Continue.
  void send_continue(StreamId stream);

  // The next part of the body, borrowed like the first; after the part before was sent.
  void send_body(StreamId stream, ByteView part, bool is_last);

  // Ends a stream; what was given to send is borrowed no longer.
  enum class Reset : std::uint8_t { no_error, internal_error, refused };
  void reset(StreamId stream, Reset why);

  // How much of the part last given is not in the output yet.
  std::size_t unsent_bytes(StreamId stream);

  // Gives the peer room for as many body bytes of this stream again.
  void consume(StreamId stream, std::size_t bytes);

  // Asks the peer to open no more streams; those it opens all the same are served.
  void announce_end();

  // Serves no more streams.
  void end();

  // Neither side has anything more to say.
  bool is_over() const;

  // The stream whose header block has begun and is not at its end.
  std::optional<StreamId> head_in_progress() const { return head_in_progress_; }

 private:
  struct Stream;
  struct Callbacks;

  Stream* find(StreamId stream);
  int send_away(std::string_view problem);
  int allow(std::uint32_t frames);

  const Http2Limits limits_;
  Listener& listener_;
  FrameAllowance allowance_;
  Time now_;
  std::unordered_map<StreamId, std::unique_ptr<Stream>> streams_;
  std::optional<StreamId> head_in_progress_;
  std::string problem_;  // why the peer was refused
  nghttp2_session* session_ = nullptr;
};

}  // namespace sluice::net
