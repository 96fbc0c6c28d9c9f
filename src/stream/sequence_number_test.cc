#include "stream/sequence_number.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

const SequenceParts worked{.shard_created_s = 1700000000,
                           .ordinal = Ordinal(1),
                           .time_s = 1700000005,
                           .shard = ShardIndex(3)};

TEST(SequenceNumber, EncodesTheWorkedExample) {
  EXPECT_EQ(sequence_text(worked), "49646437577175378652512468275251745506222989733565300786");
  EXPECT_EQ(parse_sequence_parts("49646437577175378652512468275251745506222989733565300786"),
            worked);
}

TEST(SequenceNumber, LaysItsFieldsOutAsTheServiceDoes) {
  const SequenceNumber number = encode_sequence(worked);
  // 206553f100300000000000000010006553f105000000032, in words of 16 hex digits.
  EXPECT_EQ(number.words[0], 0x0206553f10030000ULL);
  EXPECT_EQ(number.words[1], 0x0000000000010006ULL);
  EXPECT_EQ(number.words[2], 0x553f105000000032ULL);
}

TEST(SequenceNumber, EveryNumberHasTheSameWidthAndComesBack) {
  SeededRandom random(5);
  for (int i = 0; i < 20000; ++i) {
    const SequenceParts parts{.shard_created_s = random.next() >> (28 + random.below(30)),
                              .ordinal = Ordinal(random.next() >> (1 + random.below(60))),
                              .time_s = random.next() >> (28 + random.below(30)),
                              .shard = ShardIndex(static_cast<std::uint32_t>(random.next() >> 33))};
    const std::string text = sequence_text(parts);
    ASSERT_EQ(text.size(), sequence_number_digits);
    ASSERT_TRUE(is_sequence_text(text));
    ASSERT_EQ(parse_sequence_parts(text), parts);
  }
}

TEST(SequenceTexts, CountAsTheNumbersDo) {
  SeededRandom random(8);
  for (int i = 0; i < 2000; ++i) {
    SequenceParts parts{.shard_created_s = random.next() >> (28 + random.below(30)),
                        .ordinal = Ordinal(random.next() >> (2 + random.below(60))),
                        .time_s = random.next() >> (28 + random.below(30)),
                        .shard = ShardIndex(static_cast<std::uint32_t>(random.next() >> 33))};
    SequenceTexts texts(parts);
    for (int step = 0; step < 40; ++step) {
      ASSERT_EQ(texts.text(), sequence_text(parts));
      texts.advance();
      ++parts.ordinal;
    }
  }
}

// The upper 24 digits change by a carry alone: the ordinals where one does are searched for.
TEST(SequenceTexts, CarryThroughDigitsThatSeldomChange) {
  SequenceParts parts{.shard_created_s = 1700000000,
                      .ordinal = first_ordinal,
                      .time_s = 1700000005,
                      .shard = ShardIndex(3)};
  int carries = 0;
  for (std::uint64_t shift = 0; shift < 62; ++shift) {
    // Where the digit above the 25 that are added to turns next, from an ordinal of that size on.
    std::uint64_t low = std::uint64_t{1} << shift;
    std::uint64_t high = low + (std::uint64_t{1} << std::min<std::uint64_t>(shift, 56));
    const auto upper_digits = [&](std::uint64_t ordinal, std::size_t digits) {
      parts.ordinal = Ordinal(ordinal);
      return sequence_text(parts).substr(0, digits);
    };
    for (const std::size_t digits : {8U, 16U, 24U}) {
      std::uint64_t begin = low;
      std::uint64_t end = high;
      if (upper_digits(begin, digits) == upper_digits(end, digits)) {
        continue;
      }
      const std::string before = upper_digits(begin, digits);
      while (end - begin > 1) {
        const std::uint64_t middle = begin + (end - begin) / 2;
        (upper_digits(middle, digits) == before ? begin : end) = middle;
      }
      parts.ordinal = Ordinal(begin);
      SequenceTexts texts(parts);
      texts.advance();
      parts.ordinal = Ordinal(end);
      ASSERT_EQ(texts.text(), sequence_text(parts));
      ++carries;
    }
  }
  EXPECT_GT(carries, 40);
}

TEST(SequenceNumber, GrowsWithTheOrdinalAndStartsBelowEveryRecord) {
  const UnixMillis created = unix_millis(1700000000999);
  const ShardIndex shard(21);
  SequenceNumber last = encode_sequence(starting_sequence(shard, created));
  EXPECT_EQ(starting_sequence(shard, created).time_s, 1700000000U);
  for (std::uint64_t ordinal = 1; ordinal < 1000; ++ordinal) {
    // A clock that went back does not matter.
    const auto number = encode_sequence(
        record_sequence(shard,
                        created,
                        Ordinal(ordinal),
                        unix_millis(1700000000000 - 1000 * static_cast<std::int64_t>(ordinal))));
    ASSERT_LT(last, number);
    ASSERT_LT(to_string(last), to_string(number));
    last = number;
  }
  EXPECT_LT(last, encode_sequence(ending_sequence(shard, created, created)));
  EXPECT_LT(last, encode_sequence(starting_sequence(ShardIndex(0), unix_millis(1700000001000))))
      << "a child created in a later second starts above";
}

TEST(SequenceNumber, TextFormIsCheckedAsTheApiDoes) {
  for (const char* good : {"0", "1", "49590338271490256608559692538361571095921575989136588898"}) {
    EXPECT_TRUE(is_sequence_text(good)) << good;
  }
  for (const char* bad : {"", "00", "01", "-1", "1x", " 1"}) {
    EXPECT_FALSE(is_sequence_text(bad)) << bad;
  }
  EXPECT_TRUE(is_sequence_text(std::string(129, '9')));
  EXPECT_FALSE(is_sequence_text(std::string(130, '9')));
}

TEST(SequenceNumber, NumbersOfOtherLayoutsAreRefused) {
  EXPECT_TRUE(parse_sequence("0").has_value());
  EXPECT_FALSE(parse_sequence_parts("0").has_value());
  EXPECT_FALSE(parse_sequence_parts("12345").has_value());
  EXPECT_FALSE(parse_sequence(std::string(58, '9')).has_value()) << "above 2^192";
  EXPECT_TRUE(
      parse_sequence("6277101735386680763835789423207666416102355444464034512895").has_value());
  EXPECT_FALSE(
      parse_sequence("6277101735386680763835789423207666416102355444464034512896").has_value());
  SequenceNumber number = encode_sequence(worked);
  for (const unsigned bit : {0U, 4U, 72U, 143U, 144U, 184U, 190U}) {
    SequenceNumber changed = number;
    changed.words[2 - bit / 64] ^= std::uint64_t{1} << (bit % 64);
    EXPECT_FALSE(decode_sequence(changed).has_value()) << bit;
  }
}

// The number of AWS's sample Lambda event, which came from shardId-000000000006.
TEST(SequenceNumber, ReadsANumberOfProduction) {
  const auto parts =
      parse_sequence_parts("49590338271490256608559692538361571095921575989136588898");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->shard, ShardIndex(6));
  EXPECT_EQ(parts->shard_created_s, 1542776258U);
  EXPECT_EQ(parts->time_s, 1545084650U);
}

}  // namespace
}  // namespace sluice::stream
