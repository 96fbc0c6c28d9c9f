#include "net/chunked.h"

#include "net/body_framing.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

struct Decoded {
  Bytes body;
  Bytes rest;  // not consumed
  bool is_done = false;
  bool is_malformed = false;
};

// Feeds `input` in pieces of `piece_bytes`.
Decoded decoded(const Bytes& input, std::size_t piece_bytes = 1'000'000) {
  ChunkedDecoder decoder;
  Decoded result;
  std::size_t position = 0;
  while (position < input.size() && !decoder.is_done()) {
    ByteView piece = ByteView(input).substr(position, piece_bytes);
    while (!piece.empty() && !decoder.is_done()) {
      const auto step = decoder.decode(piece);
      if (!step) {
        result.is_malformed = true;
        EXPECT_EQ(step.error().fault(), Fault::invalid);
        return result;
      }
      EXPECT_TRUE(step->consumed > 0);
      result.body.append(step->data);
      piece.remove_prefix(step->consumed);
      position += step->consumed;
    }
  }
  result.rest = input.substr(position);
  result.is_done = decoder.is_done();
  return result;
}

TEST(ChunkedDecoder, GivesTheSameBodyHoweverTheBytesArrive) {
  const Bytes input =
      "4\r\nWiki\r\n"
      "00005;name=\"value\"\r\npedia\r\n"
      "A\r\n\r\nin\r\nchun\r\n"
      "0\r\nTrailer: x\r\nAnother: y\r\n\r\nGET /";
  for (std::size_t piece = 1; piece <= input.size(); ++piece) {
    const Decoded result = decoded(input, piece);
    EXPECT_EQ(result.body, "Wikipedia\r\nin\r\nchun");
    EXPECT_TRUE(result.is_done);
    EXPECT_EQ(result.rest, "GET /");
  }
}

TEST(ChunkedDecoder, AnEmptyBodyIsOneLastChunk) {
  const Decoded result = decoded("0\r\n\r\n");
  EXPECT_TRUE(result.is_done);
  EXPECT_EQ(result.body, "");
}

TEST(ChunkedDecoder, IsNotDoneBeforeTheLastByte) {
  const Bytes input = "1\r\na\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < input.size(); ++size) {
    const Decoded result = decoded(input.substr(0, size));
    EXPECT_FALSE(result.is_done) << size;
    EXPECT_FALSE(result.is_malformed) << size;
  }
}

TEST(ChunkedDecoder, RefusesWhatIsMalformed) {
  for (const Bytes& input : {Bytes("\r\n"),
                             Bytes("g\r\n"),
                             Bytes("-1\r\n"),
                             Bytes("+1\r\n"),
                             Bytes("0x1\r\n"),
                             Bytes(" 1\r\n"),
                             Bytes("1 \r\n"),
                             Bytes("1\n"),
                             Bytes("1\ra"),
                             Bytes("1;a\nb\r\n"),
                             Bytes("1;a\x01\r\n"),
                             Bytes("00000000000000001\r\n"),
                             Bytes("1\r\nab\r\n"),
                             Bytes("1\r\na\n"),
                             Bytes("1\r\na\rb"),
                             Bytes("0\r\nA: b\n\r\n"),
                             Bytes("0\r\n\n"),
                             Bytes("0\r\n folded\r\n\r\n"),
                             Bytes("0\r\nA: \x01\r\n\r\n"),
                             Bytes("1;") + Bytes(ChunkedDecoder::line_bytes_max, 'x'),
                             Bytes("0\r\n") + Bytes(ChunkedDecoder::trailer_bytes_max + 1, 'x')}) {
    EXPECT_TRUE(decoded(input).is_malformed) << input.substr(0, 40);
    EXPECT_TRUE(decoded(input, 1).is_malformed) << input.substr(0, 40);
  }
}

TEST(ChunkedDecoder, TheLargestSizeDoesNotOverflow) {
  const Decoded result = decoded("ffffffffffffffff\r\nabc");
  EXPECT_FALSE(result.is_malformed);
  EXPECT_EQ(result.body, "abc");
  EXPECT_FALSE(result.is_done);
}

TEST(BodyFraming, CutsALengthOutOfTheStream) {
  RequestHead head;
  head.content_length = 5;
  BodyFraming framing(head);
  EXPECT_EQ(framing.decode("abc")->consumed, 3u);
  EXPECT_FALSE(framing.is_done());
  const auto last = framing.decode("deGET");
  EXPECT_EQ(last->data, "de");
  EXPECT_EQ(last->consumed, 2u);
  EXPECT_TRUE(framing.is_done());
}

TEST(BodyFraming, IsDoneAtOnceWithoutABodyAndFollowsChunksWithOne) {
  RequestHead head;
  EXPECT_TRUE(BodyFraming(head).is_done());
  head.content_length = 0;
  EXPECT_TRUE(BodyFraming(head).is_done());
  head.content_length.reset();
  head.has_unknown_length = true;
  BodyFraming framing(head);
  EXPECT_FALSE(framing.is_done());
  EXPECT_EQ(framing.decode("1\r\na\r\n")->data, "a");
  EXPECT_FALSE(framing.decode("x").has_value());
}

}  // namespace
}  // namespace sluice::net
