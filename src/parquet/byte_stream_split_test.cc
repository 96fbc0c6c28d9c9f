// BYTE_STREAM_SPLIT there and back.
#include "parquet/byte_stream_split.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(ByteStreamSplit, FirstBytesThenSecondBytes) {
  Bytes out = "before";
  encode_byte_stream_split("abcdABCD0123", 4, out);
  EXPECT_EQ(out, "beforeaA0bB1cC2dD3");
}

TEST(ByteStreamSplit, EveryWidthAndCountComesBack) {
  SeededRandom random(3);
  for (std::size_t width = 1; width <= 17; ++width) {
    for (std::size_t values : {0U, 1U, 2U, 31U, 64U, 100U}) {
      Bytes plain;
      for (std::size_t i = 0; i < values * width; ++i) {
        plain.push_back(static_cast<char>(random.next()));
      }
      Bytes split;
      encode_byte_stream_split(plain, width, split);
      ASSERT_EQ(split.size(), plain.size());
      for (std::size_t i = 0; i < plain.size(); ++i) {
        ASSERT_EQ(split[i % width * values + i / width], plain[i]);
      }
      Bytes back = "x";
      decode_byte_stream_split(split, width, back);
      ASSERT_EQ(back, "x" + plain) << width << " bytes, " << values << " values";
    }
  }
}

}  // namespace

}  // namespace sluice::parquet
