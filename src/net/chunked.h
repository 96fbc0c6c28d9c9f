// Decoder for Transfer-Encoding: chunked (RFC 9112 section 7.1), fed as bytes arrive.
//
// Strict where readers could disagree: sizes are 1 to 16 hexadecimal digits, every line ends in
// CRLF, chunk data is followed by CRLF.  Extensions and trailer fields are bounded, checked for
// control characters and thrown away.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>

namespace sluice::net {

// One per body.  Not thread-safe.
class ChunkedDecoder {
 public:
  // A size line with its extensions, and all trailer lines together, may not be longer.
  static constexpr std::size_t line_bytes_max = 1024;
  static constexpr std::size_t trailer_bytes_max = 8192;

  struct Step {
    std::size_t consumed = 0;  // bytes of `input` that were used
    ByteView data;             // body bytes among them, a view into `input`; may be empty
  };

  // Reads on until `input` is used up, a stretch of body data ends or the body does; call again
  // with what is left.  Progress is made on every call with input, unless is_done(). Fault::invalid
  // for anything malformed; the decoder is unusable then.
  Result<Step> decode(ByteView input);

  // The last chunk and the trailer were read; what follows is the next request.
  bool is_done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t {
    size,       // hexadecimal digits
    extension,  // the rest of the size line
    size_feed,  // LF of the size line
    data,
    data_return,    // CR behind the data
    data_feed,      // LF behind the data
    trailer_start,  // first character of a trailer line
    trailer_line,
    trailer_feed,  // LF of a trailer line
    end_feed,      // LF of the empty line
    done,
  };

  Result<void> take(char letter);
  Result<void> take_size(char letter);
  Result<void> take_trailer(char letter);

  std::uint64_t left_ = 0;  // of the chunk: its size while that is read, then data to come
  std::size_t size_digits_ = 0;
  std::size_t line_bytes_ = 0;  // of the size line, or of all trailer lines
  State state_ = State::size;
};

}  // namespace sluice::net
