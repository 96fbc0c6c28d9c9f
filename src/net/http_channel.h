// The way of one request's body in and of its answer out: what HTTP/1.1 and HTTP/2 do differently.
#pragma once

#include "base/bytes.h"
#include "net/http.h"
#include "net/task.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::net {

// What the next look at a request's body has found.
struct BodyStep {
  enum class Kind : std::uint8_t {
    data,       // `data` has at least one byte
    waiting,    // more has to come first
    end,        // there is no more
    malformed,  // `problem` says why; there is no more
  };

  Kind kind = Kind::waiting;
  ByteView data;  // until the next look
  std::string problem;
};

// What an answer's head has to say of the body behind it.
struct AnswerShape {
  bool is_head_request = false;         // there is none, but its length is stated
  std::optional<std::uint64_t> length;  // nothing: it shows only by its end
};

// One request of a connection.  Every call on the loop thread, by one coroutine.
class HttpChannel {
 public:
  enum class Arrival : std::uint8_t {
    came,     // look again
    expired,  // the deadline has passed
    lost,     // the request is over: nobody waits for its answer
  };

  HttpChannel() = default;
  HttpChannel(const HttpChannel&) = delete;
  HttpChannel& operator=(const HttpChannel&) = delete;
  virtual ~HttpChannel() = default;

  virtual BodyStep next_body() = 0;

  // What the channel may have taken from the connection while the last step is still in use.
  virtual std::size_t ahead_bytes_max() const = 0;

  // After `waiting`.
  virtual Task<Arrival> await_body(Time deadline) = 0;

  // Tells a client that waits for it to send its body; false when the client is lost.
  virtual Task<bool> invite_body() = 0;

  // Whether a body that is not wanted can be left without cost to the connection.
  virtual bool can_skip_body(const RequestHead& head) const = 0;

  // After the answer: leaves such a body.
  virtual Task<void> skip_body() = 0;

  // The rest of the body stays unread, at the cost of what can_skip_body() speaks of.
  virtual void leave_body() = 0;

  // The connection shall close after the answer, where it serves one request at a time.
  virtual void close_after_answer() = 0;

  // Sends the answer's head with the body's first part, or all of it if `is_whole`.  False when the
  // peer is gone or too slow.  Both last until the task is done.
  virtual Task<bool> start_answer(const HttpResponse& response,
                                  AnswerShape shape,
                                  ByteView first,
                                  bool is_whole) = 0;

  // The next part; empty only if it `is_last`.
  virtual Task<bool> send_body(ByteView part, bool is_last) = 0;

  // The answer ends before its body does, so that the client can tell.
  virtual void break_off() = 0;

  // While the answer's next part is waited for: notices that the peer goes, and tells the request's
  // life.
  virtual void watch_peer() = 0;
  virtual Task<void> unwatch_peer() = 0;
};

}  // namespace sluice::net
