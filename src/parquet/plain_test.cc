// PLAIN booleans and byte arrays.
#include "parquet/plain.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::parquet {

namespace {

TEST(Plain, BooleansArePackedLowestBitFirst) {
  const std::vector<std::uint8_t> values = {1, 0, 1, 1, 0, 0, 0, 0, 1};
  Bytes bytes;
  encode_plain_booleans(values, bytes);
  EXPECT_EQ(bytes, Bytes("\x0d\x01", 2));
}

TEST(Plain, BooleansOfEveryLengthComeBack) {
  for (std::size_t length = 0; length < 40; ++length) {
    std::vector<std::uint8_t> values(length);
    for (std::size_t i = 0; i < length; ++i) {
      values[i] = i % 3 == 0 ? 1 : 0;
    }
    Bytes bytes;
    encode_plain_booleans(values, bytes);
    EXPECT_EQ(bytes.size(), (length + 7) / 8);
    std::vector<std::uint8_t> back(length);
    ASSERT_TRUE(decode_plain_booleans(bytes, back));
    EXPECT_EQ(back, values);
    if (length > 0) {
      EXPECT_FALSE(decode_plain_booleans(ByteView(bytes).substr(1), back));
    }
  }
}

TEST(Plain, ByteArraysCarryTheirLength) {
  Bytes bytes;
  put_plain_bytes(bytes, "rest");
  put_plain_bytes(bytes, "");
  EXPECT_EQ(bytes, Bytes("\x04\x00\x00\x00rest\x00\x00\x00\x00", 12));
  ByteReader in(bytes);
  EXPECT_EQ(take_plain_bytes(in), "rest");
  EXPECT_EQ(take_plain_bytes(in), "");
  EXPECT_EQ(take_plain_bytes(in), std::nullopt);
  ByteReader cut(ByteView(bytes).substr(0, 7));
  EXPECT_EQ(take_plain_bytes(cut), std::nullopt);
}

}  // namespace

}  // namespace sluice::parquet
