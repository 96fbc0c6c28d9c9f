// Randomness: known numbers, even spread, right shapes.
#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <set>
#include <utility>

namespace sluice {
namespace {

using testing::MatchesRegex;

// Gives the numbers it was told to.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::deque<std::uint64_t> script) : script_(std::move(script)) {}

  std::uint64_t next() override {
    const std::uint64_t value = script_.at(0);
    script_.pop_front();
    return value;
  }

  std::size_t left() const { return script_.size(); }

 private:
  std::deque<std::uint64_t> script_;
};

constexpr std::uint64_t all_ones = std::numeric_limits<std::uint64_t>::max();

TEST(SeededRandom, GivesSplitMix64sPublishedNumbers) {
  SeededRandom random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(SystemRandom, DoesNotRepeatItself) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(random.next());
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Below, OneLeavesOnlyZero) {
  SeededRandom random(1);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Below, APowerOfTwoTakesTheHighBitsOfEveryNumber) {
  ScriptedRandom random({0, all_ones, std::uint64_t{1} << 63});
  EXPECT_EQ(random.below(256), 0U);
  EXPECT_EQ(random.below(256), 255U);
  EXPECT_EQ(random.below(256), 128U);
  EXPECT_EQ(random.left(), 0U);
}

TEST(Below, DrawsAgainWhatWouldMakeALowNumberLikelier) {
  // 2^64 mod 3 is 1: of all numbers exactly one, 0, is over-represented.
  ScriptedRandom random({0, all_ones});
  EXPECT_EQ(random.below(3), 2U);
  EXPECT_EQ(random.left(), 0U);
}

TEST(Below, TheLargestBoundIsReached) {
  ScriptedRandom random({all_ones});
  EXPECT_EQ(random.below(all_ones), all_ones - 1);
}

TEST(Below, SpreadsEvenly) {
  constexpr int draws = 70'000;
  SeededRandom random(42);
  std::array<int, 7> counts{};
  for (int i = 0; i < draws; ++i) {
    ++counts.at(random.below(counts.size()));
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, draws / 7, 500);  // five standard deviations
  }
}

TEST(BelowDeathTest, ZeroIsRefused) {
  SeededRandom random(1);
  EXPECT_DEATH(static_cast<void>(random.below(0)), "bound > 0");
}

TEST(UuidV4, PlacesItsBitsAsTheRfcSays) {
  ScriptedRandom ones({all_ones, all_ones});
  EXPECT_EQ(uuid_v4(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  ScriptedRandom zeros({0, 0});
  EXPECT_EQ(uuid_v4(zeros), "00000000-0000-4000-8000-000000000000");
  ScriptedRandom mixed({0x0123456789abcdef, 0xfedcba9876543210});
  EXPECT_EQ(uuid_v4(mixed), "01234567-89ab-4def-bedc-ba9876543210");
}

TEST(UuidV4, IsLowerCaseAndNeverTwiceTheSame) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) {
    const std::string uuid = uuid_v4(random);
    EXPECT_THAT(
        uuid, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 500U);
}

TEST(RandomAlphanumeric, HasEveryLengthAskedFor) {
  SeededRandom random(7);
  for (std::size_t length = 0; length <= 64; ++length) {
    EXPECT_EQ(random_alphanumeric(random, length).size(), length);
  }
}

TEST(RandomAlphanumeric, UsesAllSixtyTwoCharactersEvenly) {
  SeededRandom random(7);
  const std::string text = random_alphanumeric(random, 62'000);
  EXPECT_THAT(text, MatchesRegex("[A-Za-z0-9]*"));
  for (const char character : std::set<char>(text.begin(), text.end())) {
    const auto count = static_cast<int>(std::count(text.begin(), text.end(), character));
    EXPECT_NEAR(count, 1000, 170) << character;
  }
  EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), 62U);
}

}  // namespace
}  // namespace sluice
