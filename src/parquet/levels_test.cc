// Levels in a page: their length prefix, the fast path without nulls, damage.
#include "parquet/levels.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(Levels, TheWidthIsThatOfTheHighestLevel) {
  EXPECT_EQ(level_width(0), 0U);
  EXPECT_EQ(level_width(1), 1U);
  EXPECT_EQ(level_width(2), 2U);
  EXPECT_EQ(level_width(3), 2U);
  EXPECT_EQ(level_width(4), 3U);
  EXPECT_EQ(level_width(255), 8U);
}

TEST(Levels, AColumnWithoutNullsIsOneRun) {
  Bytes bytes;
  encode_full_levels(3, 1, bytes);
  EXPECT_EQ(bytes, Bytes("\x02\x00\x00\x00\x06\x01", 6));
}

TEST(Levels, EveryHighestLevelComesBack) {
  SeededRandom random(1);
  for (unsigned highest = 1; highest <= 255; ++highest) {
    std::vector<std::uint8_t> levels(1 + random.below(100));
    for (std::uint8_t& level : levels) {
      level = static_cast<std::uint8_t>(random.below(highest + 1));
    }
    Bytes bytes;
    encode_levels(levels, static_cast<std::uint8_t>(highest), bytes);
    bytes += "values";
    ByteReader in(bytes);
    std::vector<std::uint8_t> back(levels.size());
    ASSERT_TRUE(decode_levels(in, static_cast<std::uint8_t>(highest), back));
    EXPECT_EQ(back, levels);
    EXPECT_EQ(in.take(in.remaining()), "values");
  }
}

TEST(Levels, BareRunsHaveNoLength) {
  const std::vector<std::uint8_t> levels = {3, 3, 1, 0, 2, 3, 3, 3, 3, 3};
  Bytes bytes;
  encode_levels(levels, 3, bytes, LevelFraming::bare);
  EXPECT_EQ(bytes, ByteView("\x05\x1f\xfe\x0f\x00", 5));
  std::vector<std::uint8_t> back(levels.size());
  ASSERT_TRUE(decode_level_runs(bytes, 3, back));
  EXPECT_EQ(back, levels);
  EXPECT_FALSE(decode_level_runs(bytes, 2, back));
  bytes.clear();
  encode_full_levels(3, 1, bytes, LevelFraming::bare);
  EXPECT_EQ(bytes, ByteView("\x06\x01"));
}

TEST(Levels, DamageIsRefused) {
  struct Case {
    Bytes bytes;
    std::string_view complaint;
  };

  const Case cases[] = {
      {"", "ends within its levels"},
      {Bytes("\x03\x00\x00\x00\x06\x01", 6), "ends within its levels"},
      {Bytes("\xff\xff\xff\xff\x06\x01", 6), "ends within its levels"},
      {Bytes("\x02\x00\x00\x00\x04\x01", 6), "damaged or fewer than 3"},
      {Bytes("\x02\x00\x00\x00\x06\x03", 6), "a level of 3, above 2"},
  };
  for (const Case& each : cases) {
    ByteReader in(each.bytes);
    std::vector<std::uint8_t> levels(3);
    const Result<void> decoded = decode_levels(in, 2, levels);
    ASSERT_FALSE(decoded) << each.complaint;
    EXPECT_THAT(decoded.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

}  // namespace

}  // namespace sluice::parquet
