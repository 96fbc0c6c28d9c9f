// Decodes arbitrary bytes as a chunked body, in one piece and byte by byte: both must agree.
#include "base/check.h"
#include "net/chunked.h"

#include <cstddef>
#include <cstdint>

using sluice::Bytes;
using sluice::ByteView;
using sluice::net::ChunkedDecoder;

namespace {

struct Outcome {
  Bytes body;
  std::size_t consumed = 0;
  bool is_done = false;
  bool is_malformed = false;
};

Outcome decode(ByteView input, std::size_t piece_bytes) {
  ChunkedDecoder decoder;
  Outcome outcome;
  while (outcome.consumed < input.size() && !decoder.is_done()) {
    const auto step = decoder.decode(input.substr(outcome.consumed, piece_bytes));
    if (!step) {
      outcome.is_malformed = true;
      return outcome;
    }
    SLUICE_CHECK(step->consumed > 0);
    outcome.consumed += step->consumed;
    outcome.body.append(step->data);
  }
  outcome.is_done = decoder.is_done();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(static_cast<const char*>(static_cast<const void*>(data)), size);
  const Outcome whole = decode(bytes, size + 1);
  const Outcome single = decode(bytes, 1);
  SLUICE_CHECK(whole.is_malformed == single.is_malformed);
  SLUICE_CHECK(whole.is_done == single.is_done);
  SLUICE_CHECK(whole.body == single.body);
  SLUICE_CHECK(whole.is_malformed || whole.consumed == single.consumed);
  return 0;
}
