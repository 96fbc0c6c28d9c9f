// An answer's body that comes piece by piece, over seconds or minutes.
#pragma once

#include "base/bytes.h"
#include "net/slot.h"

namespace sluice::net {

struct BodyPiece {
  Bytes bytes;  // empty only in a last piece
  bool is_last = false;
};

// Gives one answer's body.  The connection asks for a piece when the peer has taken the one before
// (that is the back-pressure: one piece is in memory at a time), sends it at once, and asks for the
// next.  HTTP/1.1 sends the body in chunks, HTTP/2 in DATA frames; neither has a Content-Length.
//
// It is destroyed, on the loop thread, when the body is at its end or as soon as nobody wants more
// of it: the client has gone or is too slow, or the server stops.  That may be while a piece is
// owed; the piece then goes nowhere.
//
// A server that stops ends the body between two pieces as if the last one had been given: use it
// where the content says by itself whether it is whole, as event streams do.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // Asks for the next piece, once there is one.  Called on the loop thread, where it must not
  // block; `give` may be used on any thread.  A `give` that is dropped breaks the answer off, so
  // that the client sees it is not whole.
  virtual void next(Duty<BodyPiece> give) = 0;
};

}  // namespace sluice::net
