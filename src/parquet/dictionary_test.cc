// Dictionaries number distinct values by first appearance.
#include "parquet/dictionary.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sluice::parquet {

namespace {

using testing::ElementsAre;

TEST(Dictionary, NumbersAreNumberedByFirstAppearance) {
  FixedDictionary<std::uint32_t> dictionary;
  const std::uint32_t values[] = {89, 90, 89, 4'000'000'000, 0, 4'000'000'000};
  std::vector<std::uint32_t> indices;
  dictionary.add(values, 6, indices);
  EXPECT_THAT(indices, ElementsAre(0, 1, 0, 2, 3, 2));
  EXPECT_EQ(dictionary.size(), 4U);
  EXPECT_EQ(dictionary.value(2), 4'000'000'000U);
  EXPECT_EQ(load_le<std::uint32_t>(dictionary.plain().data() + 4), 90U);
}

TEST(Dictionary, ManyNumbersAgreeWithAMap) {
  SeededRandom random(1);
  FixedDictionary<std::uint64_t> dictionary;
  std::map<std::uint64_t, std::uint32_t> expected;
  std::vector<std::uint32_t> indices;
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t value =
        random.below(2) == 0 ? random.below(3'000) : random.below(20'000) << 40;
    const std::uint32_t index =
        expected.emplace(value, static_cast<std::uint32_t>(expected.size())).first->second;
    indices.clear();
    dictionary.add(&value, 1, indices);
    ASSERT_EQ(indices[0], index);
  }
  EXPECT_EQ(dictionary.size(), expected.size());
}

TEST(Dictionary, ManyStringsAgreeWithAMap) {
  SeededRandom random(2);
  BytesDictionary dictionary(0);
  std::map<std::string, std::uint32_t> expected;
  for (int i = 0; i < 30'000; ++i) {
    const std::string value = random_alphanumeric(random, random.below(4));
    const std::uint32_t index =
        expected.emplace(value, static_cast<std::uint32_t>(expected.size())).first->second;
    ASSERT_EQ(dictionary.add(value), index);
    ASSERT_EQ(dictionary.value(index), value);
  }
  EXPECT_EQ(dictionary.size(), expected.size());
}

TEST(Dictionary, ThePlainFormHasPrefixesUnlessLengthsAreFixed) {
  BytesDictionary words(0);
  words.add("rest");
  words.add("run");
  words.add("walk");
  EXPECT_EQ(words.plain(),
            ByteView("\x04\x00\x00\x00rest\x03\x00\x00\x00run\x04\x00\x00\x00walk", 23));
  BytesDictionary fixed(2);
  fixed.add("ab");
  fixed.add("cd");
  fixed.add("ab");
  EXPECT_EQ(fixed.plain(), "abcd");
  EXPECT_EQ(fixed.value(1), "cd");
}

TEST(Dictionary, TruncatingKeepsTheFirstValues) {
  BytesDictionary words(0);
  words.add("rest");
  words.add("run");
  words.truncate(1);
  EXPECT_EQ(words.size(), 1U);
  EXPECT_EQ(words.plain_bytes(), 8U);
  words.clear();
  EXPECT_EQ(words.add("walk"), 0U);
  FixedDictionary<std::uint32_t> numbers;
  const std::uint32_t values[] = {1, 2, 5'000};
  std::vector<std::uint32_t> indices;
  numbers.add(values, 3, indices);
  numbers.truncate(1);
  EXPECT_EQ(numbers.plain_bytes(), 4U);
  numbers.clear();
  EXPECT_EQ(numbers.size(), 0U);
}

}  // namespace

}  // namespace sluice::parquet
