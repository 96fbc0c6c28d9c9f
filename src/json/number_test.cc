#include "json/number.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace sluice::json {
namespace {

TEST(Number, IntegersMayBeWrittenInAnyFormThatIsWhole) {
  const struct {
    std::string_view text;
    std::int64_t value;
  } cases[] = {
      {"0", 0},
      {"-0", 0},
      {"+7", 7},
      {"007", 7},
      {"89", 89},
      {"89.0", 89},
      {"-89.000", -89},
      {"8.9e1", 89},
      {"890e-1", 89},
      {"0e999999999999", 0},
      {"1e18", 1'000'000'000'000'000'000},
      {"0.0000000001e10", 1},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"-9223372036854775808.0", std::numeric_limits<std::int64_t>::min()},
      {"-9.223372036854775808e18", std::numeric_limits<std::int64_t>::min()},
  };

  for (const auto& expected : cases) {
    const auto value = to_int64(expected.text);
    ASSERT_TRUE(value) << expected.text;
    EXPECT_EQ(*value, expected.value) << expected.text;
  }
}

TEST(Number, OtherIntegersAreRefusedByReason) {
  const struct {
    std::string_view text;
    NumberFault fault;
  } cases[] = {
      {"", NumberFault::syntax},
      {"-", NumberFault::syntax},
      {"+-1", NumberFault::syntax},
      {"--1", NumberFault::syntax},
      {".", NumberFault::syntax},
      {"1e", NumberFault::syntax},
      {"1e+", NumberFault::syntax},
      {" 1", NumberFault::syntax},
      {"1 ", NumberFault::syntax},
      {"1.2.3", NumberFault::syntax},
      {"0x10", NumberFault::syntax},
      {"nan", NumberFault::syntax},
      {"1.5", NumberFault::fractional},
      {"1e-1", NumberFault::fractional},
      {"1e-999999999999999999999", NumberFault::fractional},
      {"9223372036854775808", NumberFault::range},
      {"-9223372036854775809", NumberFault::range},
      {"1e38", NumberFault::range},
      {"1e400", NumberFault::range},
      {"1e999999999999999999999", NumberFault::range},
  };

  for (const auto& expected : cases) {
    const auto value = to_int64(expected.text);
    ASSERT_FALSE(value) << expected.text;
    EXPECT_EQ(value.error(), expected.fault) << expected.text;
  }
}

TEST(Number, ScalingRoundsAsAsked) {
  const struct {
    std::string_view text;
    int scale;
    Rounding rounding;
    std::string_view result;  // '~' in front: digits were lost
  } cases[] = {
      {"1.005", 2, Rounding::half_up, "~101"},
      {"1.005", 2, Rounding::toward_zero, "~100"},
      {"1.004", 2, Rounding::half_up, "~100"},
      {"-1.005", 2, Rounding::half_up, "~-101"},
      {"0.5", 0, Rounding::half_up, "~1"},
      {"0.05", 0, Rounding::half_up, "~0"},
      {"0.0005", 3, Rounding::half_up, "~1"},
      {"1518033528.123", 6, Rounding::toward_zero, "1518033528123000"},
      {"1.5e3", 2, Rounding::half_up, "150000"},
      {"99999999999999999999999999999999999999",
       0,
       Rounding::half_up,
       "99999999999999999999999999999999999999"},
      {"0.00000", 3, Rounding::half_up, "0"},
  };

  for (const auto& expected : cases) {
    const auto scaled = scale_decimal(expected.text, expected.scale, expected.rounding);
    ASSERT_TRUE(scaled) << expected.text;
    const std::string result = std::string(scaled->is_exact ? "" : "~") +
                               (scaled->is_negative ? "-" : "") + to_decimal(scaled->magnitude);
    EXPECT_EQ(result, expected.result) << expected.text;
  }
  EXPECT_EQ(scale_decimal("1e38", 0, Rounding::half_up).error(), NumberFault::range);
  EXPECT_EQ(scale_decimal("1", 38, Rounding::half_up).error(), NumberFault::range);
}

TEST(Number, DoublesAreNearestAndOverflowToInfinity) {
  const double infinity = std::numeric_limits<double>::infinity();

  const struct {
    std::string_view text;
    double value;
  } cases[] = {
      {"0", 0.0},
      {"0.1", 0.1},
      {"+1.5", 1.5},
      {"1.", 1.0},
      {".5", 0.5},
      {"1e3", 1000.0},
      {"1.7976931348623157e308", 1.7976931348623157e308},
      {"4.9e-324", 4.9e-324},
      {"9007199254740993", 9007199254740992.0},
      {"1e400", infinity},
      {"-1e400", -infinity},
      {"1e-400", 0.0},
      {"123456789e-999999999999", 0.0},
  };

  for (const auto& expected : cases) {
    const auto value = to_double(expected.text);
    ASSERT_TRUE(value) << expected.text;
    EXPECT_EQ(*value, expected.value) << expected.text;
  }
  EXPECT_TRUE(std::signbit(to_double("-0").value()));
  EXPECT_TRUE(std::signbit(to_double("-1e-400").value()));
  for (const std::string_view text : {"",
                                      "-",
                                      "+",
                                      ".",
                                      "e5",
                                      "nan",
                                      "inf",
                                      "-inf",
                                      "Infinity",
                                      "1e",
                                      "1x",
                                      " 1",
                                      "1 ",
                                      "0x1p3",
                                      "+-1",
                                      "1_0"}) {
    EXPECT_FALSE(to_double(text)) << text;
  }
  EXPECT_EQ(to_double(std::string(1000, '9')), infinity);
  EXPECT_EQ(to_double("0." + std::string(1000, '0') + "1e1001"), 1.0);
}

TEST(Number, FloatsAreRoundedOnce) {
  // Half-way between two floats as a double, just above as written.
  EXPECT_EQ(to_float("1.00000005960464477540"), 1.0000001F);
  EXPECT_EQ(to_float("3.5e38"), std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_float("-1e39"), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_float("1e-60"), 0.0F);
}

TEST(Number, EveryInt64SurvivesItsText) {
  SeededRandom random(3);
  for (int round = 0; round < 100'000; ++round) {
    const auto value = static_cast<std::int64_t>(random.next()) >> random.below(64);
    ASSERT_EQ(to_int64(std::to_string(value)), value);
    ASSERT_EQ(to_int64(std::to_string(value) + ".0"), value);
  }
}

}  // namespace
}  // namespace sluice::json
