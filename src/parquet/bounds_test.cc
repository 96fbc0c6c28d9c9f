// Bounds: orders, zeros and NaN, and cut bounds that still bound.
#include "parquet/bounds.h"

#include "base/random.h"
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace sluice::parquet {

namespace {

template <class T>
Bytes plain(T value) {
  Bytes bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

TEST(Bounds, EachOrderComparesItsOwnWay) {
  EXPECT_LT(compare(Order::int32, plain(-1), plain(1)), 0);
  EXPECT_LT(compare(Order::int64, plain(std::int64_t{-1}), plain(std::int64_t{0})), 0);
  EXPECT_GT(compare(Order::float64, plain(0.5), plain(-2.0)), 0);
  EXPECT_EQ(compare(Order::float32, plain(0.0F), plain(-0.0F)), 0);
  EXPECT_LT(compare(Order::boolean, plain(std::uint8_t{0}), plain(std::uint8_t{1})), 0);
  EXPECT_GT(compare(Order::bytes, "\xff", "a"), 0) << "bytes are unsigned";
  EXPECT_LT(compare(Order::bytes, "a", "aa"), 0);
  EXPECT_LT(compare(Order::decimal_bytes, "\xff\xff", Bytes("\x00\x01", 2)), 0) << "-1 < 1";
  EXPECT_LT(compare(Order::decimal_bytes, "\xff\xfe", "\xff\xff"), 0) << "-2 < -1";
}

TEST(Bounds, NumbersKeepTheirSmallestAndLargest) {
  FixedBounds<std::int32_t> bounds;
  const std::int32_t first[] = {5, -7, 3};
  const std::int32_t second[] = {9};
  bounds.add(first, 3);
  bounds.add(second, 1);
  bounds.add(second, 0);
  const Bounds taken = bounds.take();
  EXPECT_TRUE(taken.has_values);
  EXPECT_EQ(taken.min, plain(-7));
  EXPECT_EQ(taken.max, plain(9));
  EXPECT_FALSE(bounds.take().has_values);
}

TEST(Bounds, NaNIsCountedAndNeverABound) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  FixedBounds<double> bounds;
  const double values[] = {nan, 2.0, nan, -1.0, nan};
  bounds.add(values, 5);
  const Bounds taken = bounds.take();
  EXPECT_EQ(taken.min, plain(-1.0));
  EXPECT_EQ(taken.max, plain(2.0));
  EXPECT_EQ(taken.nan_count, 3);
  bounds.add(values, 1);
  const Bounds only_nan = bounds.take();
  EXPECT_FALSE(only_nan.has_values);
  EXPECT_EQ(only_nan.nan_count, 1);
}

TEST(Bounds, ZerosGetTheSignThatKeepsThemOutside) {
  FixedBounds<float> bounds;
  const float zero = 0.0F;
  const float negative = -0.0F;
  bounds.add(&zero, 1);
  EXPECT_EQ(bounds.take().min, plain(-0.0F));
  bounds.add(&negative, 1);
  EXPECT_EQ(bounds.take().max, plain(0.0F));
}

TEST(Bounds, MergingWidens) {
  Bounds into;
  merge(Order::int32, {.has_values = false, .min = {}, .max = {}, .nan_count = 2}, into);
  EXPECT_FALSE(into.has_values);
  merge(Order::int32, {.has_values = true, .min = plain(3), .max = plain(5)}, into);
  merge(Order::int32, {.has_values = true, .min = plain(-3), .max = plain(4)}, into);
  EXPECT_EQ(into.min, plain(-3));
  EXPECT_EQ(into.max, plain(5));
  EXPECT_EQ(into.nan_count, 2);
}

TEST(Bounds, ShortBytesAreBoundsThemselves) {
  const Bytes text(64, 'x');
  EXPECT_EQ(cut_lower(text, true).bytes, text);
  EXPECT_TRUE(cut_lower(text, true).is_exact);
  EXPECT_EQ(cut_upper(text, true)->bytes, text);
  EXPECT_TRUE(cut_upper(text, true)->is_exact);
}

TEST(Bounds, LongTextIsCutBetweenCharactersAndRaised) {
  struct Case {
    Bytes value;
    Bytes lower;
    Bytes upper;
  };

  const Bytes filler(63, 'a');
  const Case cases[] = {
      {filler + "bc", filler + "b", filler + "c"},
      // A character of two bytes across the border is left out.
      {filler + "\xc3\xa9!", filler, Bytes(62, 'a') + "b"},
      // U+007F raised takes two bytes.
      {filler + "\x7f!", filler + "\x7f", filler + "\xc2\x80"},
      // The last code point cannot be raised: the one before is.
      {Bytes(60, 'a') + "\xf4\x8f\xbf\xbf!",
       Bytes(60, 'a') + "\xf4\x8f\xbf\xbf",
       Bytes(59, 'a') + "b"},
      // U+D7FF is followed by U+E000: surrogates are no characters.
      {Bytes(61, 'a') + "\xed\x9f\xbf!",
       Bytes(61, 'a') + "\xed\x9f\xbf",
       Bytes(61, 'a') + "\xee\x80\x80"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(cut_lower(each.value, true).bytes, each.lower);
    EXPECT_FALSE(cut_lower(each.value, true).is_exact);
    ASSERT_TRUE(cut_upper(each.value, true));
    EXPECT_EQ(cut_upper(each.value, true)->bytes, each.upper);
    EXPECT_FALSE(cut_upper(each.value, true)->is_exact);
  }
}

TEST(Bounds, ThereMayBeNoUpperBoundOfThatLength) {
  EXPECT_FALSE(cut_upper(Bytes(65, '\xff'), false));
  Bytes last;
  for (int i = 0; i < 17; ++i) {
    last += "\xf4\x8f\xbf\xbf";
  }
  EXPECT_FALSE(cut_upper(last, true));
  EXPECT_EQ(cut_upper(Bytes(63, 'a') + "\xff\xff", false)->bytes, Bytes(62, 'a') + "b");
}

TEST(Bounds, CutBoundsBoundAndKeepTheOrder) {
  SeededRandom random(1);
  const auto text = [&] {
    Bytes out(55, 'k');
    while (out.size() < 55 + random.below(40)) {
      append_utf8(out, static_cast<std::uint32_t>(random.below(0x110000)));
    }
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    Bytes small = text();
    Bytes large = text();
    if (small > large) {
      std::swap(small, large);
    }
    for (bool is_text : {true, false}) {
      EXPECT_LE(cut_lower(small, is_text).bytes, small);
      EXPECT_LE(cut_lower(small, is_text).bytes, cut_lower(large, is_text).bytes);
      ASSERT_TRUE(cut_upper(large, is_text));
      EXPECT_GE(cut_upper(large, is_text)->bytes, large);
      EXPECT_LE(cut_upper(small, is_text)->bytes, cut_upper(large, is_text)->bytes);
      EXPECT_TRUE(!is_text || is_utf8(cut_upper(large, is_text)->bytes));
      EXPECT_TRUE(!is_text || is_utf8(cut_lower(small, is_text).bytes));
    }
  }
}

TEST(Bounds, TextThatIsNoUtf8IsStillBounded) {
  SeededRandom random(2);
  for (int i = 0; i < 5'000; ++i) {
    Bytes value;
    for (std::uint64_t length = 60 + random.below(20); length > 0; --length) {
      value.push_back(static_cast<char>(random.below(3) == 0 ? 0xbf : random.next()));
    }
    EXPECT_LE(cut_lower(value, true).bytes, value);
    const std::optional<CutBound> upper = cut_upper(value, true);
    EXPECT_TRUE(!upper || upper->bytes >= value);
  }
}

}  // namespace

}  // namespace sluice::parquet
