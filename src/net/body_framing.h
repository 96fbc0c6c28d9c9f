// Where a request's body ends: by Content-Length, by chunks, or at once.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "net/chunked.h"
#include "net/http.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sluice::net {

// Cuts the body out of what the connection brings.  One per body.
class BodyFraming {
 public:
  explicit BodyFraming(const RequestHead& head) : left_(head.content_length.value_or(0)) {
    if (head.has_unknown_length) {
      chunks_.emplace();
    }
  }

  // As ChunkedDecoder::decode, for both kinds of body.
  Result<ChunkedDecoder::Step> decode(ByteView input) {
    if (chunks_) {
      return chunks_->decode(input);
    }
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    left_ -= taken;
    return ChunkedDecoder::Step{taken, input.substr(0, taken)};
  }

  bool is_done() const { return chunks_ ? chunks_->is_done() : left_ == 0; }

 private:
  std::uint64_t left_;
  std::optional<ChunkedDecoder> chunks_;
};

}  // namespace sluice::net
