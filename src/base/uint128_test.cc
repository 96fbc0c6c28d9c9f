// Unsigned 128-bit integers as decimal text.
#include "base/uint128.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr std::string_view largest = "340282366920938463463374607431768211455";

TEST(ToDecimal, PrintsTheEnds) {
  EXPECT_EQ(to_decimal(0), "0");
  EXPECT_EQ(to_decimal(9), "9");
  EXPECT_EQ(to_decimal(10), "10");
  EXPECT_EQ(to_decimal(UInt128{1} << 64), "18446744073709551616");
  EXPECT_EQ(to_decimal(uint128_max), largest);
}

TEST(ParseUInt128, TakesTheEnds) {
  EXPECT_TRUE(parse_uint128("0") == UInt128{0});
  EXPECT_TRUE(parse_uint128(largest) == uint128_max);
}

TEST(ParseUInt128, EveryPowerOfTwoAndItsNeighboursComeBack) {
  for (int bit = 0; bit < 128; ++bit) {
    const UInt128 power = UInt128{1} << bit;
    for (const UInt128 value : {power - 1, power, power + 1}) {
      EXPECT_TRUE(parse_uint128(to_decimal(value)) == value) << to_decimal(value);
    }
  }
}

TEST(ParseUInt128, EveryPowerOfTenComesBack) {
  std::string text = "1";
  for (; text.size() <= 39; text += '0') {
    ASSERT_TRUE(parse_uint128(text).has_value());
    EXPECT_EQ(to_decimal(*parse_uint128(text)), text);
  }
  EXPECT_FALSE(parse_uint128(text).has_value());
}

TEST(ParseUInt128, RandomValuesComeBack) {
  SeededRandom random(3);
  for (int i = 0; i < 10'000; ++i) {
    const UInt128 value = ((UInt128{random.next()} << 64) | random.next()) >> random.below(128);
    ASSERT_TRUE(parse_uint128(to_decimal(value)) == value);
  }
}

class RefusedNumber : public testing::TestWithParam<std::string_view> {};

TEST_P(RefusedNumber, IsNotANumber) {
  EXPECT_FALSE(parse_uint128(GetParam()).has_value());
}

INSTANTIATE_TEST_SUITE_P(Texts,
                         RefusedNumber,
                         testing::Values("",
                                         " ",
                                         "00",
                                         "01",
                                         "+1",
                                         "-1",
                                         " 1",
                                         "1 ",
                                         "1.0",
                                         "1e3",
                                         "0x1",
                                         "a",
                                         "1a",
                                         "12/4",
                                         "12:4",
                                         std::string_view("1\0", 2),
                                         "340282366920938463463374607431768211456",
                                         "340282366920938463463374607431768211460",
                                         "999999999999999999999999999999999999999",
                                         "1000000000000000000000000000000000000000"));

}  // namespace
}  // namespace sluice
