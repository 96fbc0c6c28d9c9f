// Arbitrary bytes as values of an arbitrary width: what the encoder makes of them holds its bound
// and libsnappy reads it back.  The input is repeated, each time a little changed, to be long
// enough.
#include "base/check.h"
#include "parquet/snappy_encoder.h"

#include <snappy.h>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::parquet;
  constexpr std::size_t header_bytes = 4;
  if (size <= header_bytes) {
    return 0;
  }
  const ValueLayout layout{.offset = data[0],
                           .width = static_cast<std::size_t>(data[1] | (data[2] & 0x0f) << 8)};
  const sluice::ByteView seed(reinterpret_cast<const char*>(data) + header_bytes,
                              size - header_bytes);
  sluice::Bytes body(seed);
  const std::size_t wanted = snappy_body_bytes_min + data[3] * std::size_t{64};
  for (std::size_t round = 1; body.size() < wanted; ++round) {
    body += seed;
    body[body.size() - 1 - round * 31 % seed.size()] ^= static_cast<char>(round);
  }
  // Of its very size, so that a sanitizer sees each byte beyond.
  sluice::Bytes out(snappy::MaxCompressedLength(body.size()), '\0');
  SnappyEncoder encoder;
  const auto packed = encoder.encode(body, layout, out.data());
  if (!packed) {
    return 0;
  }
  SLUICE_CHECK(*packed <= out.size());
  sluice::Bytes back;
  SLUICE_CHECK(snappy::Uncompress(out.data(), *packed, &back));
  SLUICE_CHECK(back == body);
  sluice::Bytes again(out.size(), '\0');
  SLUICE_CHECK(encoder.encode(body, layout, again.data()) == packed);
  SLUICE_CHECK(out.compare(0, *packed, again, 0, *packed) == 0);
  return 0;
}
