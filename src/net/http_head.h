// The head of an HTTP/1.x request: finding its end, and parsing it strictly.
//
// Pure functions over bytes.  Whatever two parsers might read differently is refused rather than
// repaired: bare LF, folded lines, blanks before the colon, two Hosts, any second Content-Length,
// Content-Length beside Transfer-Encoding, control characters (RFC 9112).  So no request can be
// smuggled past a proxy in front of us.
#pragma once

#include "base/bytes.h"
#include "net/http.h"
#include "net/http_handler.h"

#include <cstddef>
#include <expected>

namespace sluice::net {

inline constexpr std::size_t head_fields_max = 256;

// Looks for the empty line that ends a head while the bytes come in.  One scanner per head.
class HeadScanner {
 public:
  enum class Verdict : std::uint8_t {
    incomplete,  // call again with more bytes
    complete,    // head_bytes() tells how many
    bare_lf,     // a line feed without a carriage return before it
  };

  // `bytes` starts at the head's first byte and holds everything received since; what was there in
  // an earlier call must be unchanged.  One empty line before the request line is tolerated
  // (RFC 9112 section 2.2) and counts as part of the head.
  Verdict scan(ByteView bytes);

  // The head's length, its empty line included; after `complete`.
  std::size_t head_bytes() const { return line_start_; }

 private:
  std::size_t position_ = 0;    // everything before was looked at
  std::size_t line_start_ = 0;  // of the line being read
};

// Parses a whole head as HeadScanner delimited it.  The remote address stays empty.  The refusal's
// status is 400, 417, 431, 501 or 505; the connection must be closed after any of them.
std::expected<RequestHead, HttpRefusal> parse_request_head(ByteView head);

// What a connection speaks, by its first bytes.
enum class Preface : std::uint8_t { http_1, http_2, undecided };

// `undecided` as long as `first_bytes` is a proper beginning of HTTP/2's client preface.
Preface classify_preface(ByteView first_bytes);

}  // namespace sluice::net
