// The hybrid: the specification's bytes, every width, every length, and damaged runs.
#include "parquet/hybrid.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::parquet {

namespace {

template <class T>
Bytes encoded(const std::vector<T>& values, unsigned width) {
  Bytes out;
  encode_hybrid(std::span<const T>(values), width, out);
  return out;
}

template <class T>
void expect_round_trip(const std::vector<T>& values, unsigned width) {
  const Bytes bytes = encoded(values, width);
  std::vector<T> back(values.size());
  ASSERT_TRUE(decode_hybrid(bytes, width, std::span<T>(back)));
  ASSERT_EQ(back, values) << "width " << width << ", " << values.size() << " values";
}

Bytes raw(std::initializer_list<int> bytes) {
  Bytes out;
  for (int byte : bytes) {
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

TEST(Hybrid, KnownSequencesGiveKnownBytes) {
  using Levels = std::vector<std::uint8_t>;
  EXPECT_EQ(encoded(std::vector<std::uint32_t>{0, 0, 1, 1, 1, 1, 2, 2}, 2), raw({3, 0x50, 0xa5}));
  EXPECT_EQ(encoded(Levels{1, 0, 1}, 1), raw({3, 5}));
  EXPECT_EQ(encoded(Levels{0, 1, 0, 0, 0, 1, 0, 0, 0, 0}, 1), raw({5, 0x22, 0}));
  EXPECT_EQ(encoded(Levels{3, 3, 1, 0, 2, 3, 3, 3, 3, 3}, 2), raw({5, 0x1f, 0xfe, 0x0f, 0}));
  EXPECT_EQ(encoded(Levels(8, 1), 1), raw({16, 1}));
  EXPECT_EQ(encoded(Levels{}, 1), Bytes());
  Bytes run;
  encode_repeated(1, 3, 1, run);
  EXPECT_EQ(run, raw({6, 1}));
}

TEST(Hybrid, ARunOfEightEqualValuesEndsAPackedRunAtItsBorder) {
  std::vector<std::uint8_t> values = {0, 1, 0, 1, 0, 1, 0, 1};
  values.insert(values.end(), 9, 1);
  values.push_back(0);
  EXPECT_EQ(encoded(values, 1), raw({3, 0xaa, 18, 1, 3, 0}));
}

TEST(Hybrid, EveryWidthAndLengthComesBack) {
  SeededRandom random(1);
  for (unsigned width = 1; width <= 32; ++width) {
    const std::uint64_t bound = std::uint64_t{1} << width;
    for (std::size_t length = 0; length <= 70; ++length) {
      std::vector<std::uint32_t> values(length);
      std::vector<std::uint32_t> runs(length);
      for (std::size_t i = 0; i < length; ++i) {
        values[i] = static_cast<std::uint32_t>(random.below(bound));
        runs[i] = i > 0 && random.below(12) != 0 ? runs[i - 1] : values[i];
      }
      expect_round_trip(values, width);
      expect_round_trip(runs, width);
      expect_round_trip(std::vector<std::uint32_t>(length, static_cast<std::uint32_t>(bound - 1)),
                        width);
      if (width <= 8) {
        expect_round_trip(std::vector<std::uint8_t>(runs.begin(), runs.end()), width);
        expect_round_trip(std::vector<std::uint8_t>(values.begin(), values.end()), width);
      }
    }
  }
}

TEST(Hybrid, EverySequenceOfSixteenBitsComesBack) {
  std::vector<std::uint8_t> levels(16);
  for (std::uint32_t pattern = 0; pattern < 65'536; ++pattern) {
    for (unsigned i = 0; i < levels.size(); ++i) {
      levels[i] = static_cast<std::uint8_t>(pattern >> i & 1);
    }
    expect_round_trip(levels, 1);
  }
}

TEST(Hybrid, LongSequencesComeBack) {
  SeededRandom random(2);
  for (std::size_t length : {504U, 505U, 511U, 512U, 1000U, 20'000U, 100'001U}) {
    std::vector<std::uint32_t> values(length);
    for (std::uint32_t& value : values) {
      value = static_cast<std::uint32_t>(random.below(200));
    }
    expect_round_trip(values, 8);
    expect_round_trip(std::vector<std::uint32_t>(length, 7), 3);
  }
}

TEST(Hybrid, WidthZeroHasNoValueBytes) {
  std::vector<std::uint32_t> values(20, 1);
  EXPECT_TRUE(decode_hybrid(raw({40}), 0, std::span<std::uint32_t>(values)));
  EXPECT_EQ(values, std::vector<std::uint32_t>(20, 0));
  EXPECT_TRUE(decode_hybrid(raw({3, 32}), 0, std::span<std::uint32_t>(values)));
}

TEST(Hybrid, DamagedRunsAreRefused) {
  std::vector<std::uint32_t> values(16);
  const auto refused = [&](const Bytes& bytes, unsigned width) {
    return !decode_hybrid(bytes, width, std::span<std::uint32_t>(values));
  };
  EXPECT_TRUE(refused(raw({}), 1));
  EXPECT_TRUE(refused(raw({0}), 1)) << "an empty repeated run";
  EXPECT_TRUE(refused(raw({1}), 1)) << "an empty packed run";
  EXPECT_TRUE(refused(raw({32}), 1)) << "no value";
  EXPECT_TRUE(refused(raw({30, 1}), 1)) << "15 of 16";
  EXPECT_TRUE(refused(raw({32, 2}), 1)) << "a value wider than the width";
  EXPECT_TRUE(refused(raw({5, 0}), 1)) << "half of a packed run";
  EXPECT_TRUE(refused(raw({0xff, 0xff, 0xff}), 1)) << "half of a header";
  EXPECT_TRUE(refused(raw({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}), 32));
  EXPECT_FALSE(refused(raw({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}), 1))
      << "a run longer than what is wanted";
}

}  // namespace

}  // namespace sluice::parquet
