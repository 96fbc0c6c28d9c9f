#include "stream/iterator.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

const UnixMillis issued = unix_millis(1700000000000);
const ShardIterator sample{.stream = {.created_ms = 1600000000000, .random = 42},
                           .shard = ShardIndex(7),
                           .at = Ordinal(123456789),
                           .issued = issued};

TEST(ShardIterator, ComesBackFromItsToken) {
  const std::string token = encode_iterator(sample, "secret");
  EXPECT_EQ(token.size(), 72U);
  const auto decoded = decode_iterator(token, "secret", issued);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, sample);
}

TEST(ShardIterator, LivesThreeHundredSecondsFromItsIssue) {
  const std::string token = encode_iterator(sample, "secret");
  EXPECT_TRUE(decode_iterator(token, "secret", issued + std::chrono::seconds(300)).has_value());
  const auto late = decode_iterator(token, "secret", issued + std::chrono::milliseconds(300001));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().fault, IteratorFault::expired);
  EXPECT_EQ(late.error().issued, issued);
  EXPECT_TRUE(decode_iterator(token, "secret", issued - std::chrono::hours(1)).has_value())
      << "a clock that went back";
}

TEST(ShardIterator, EveryChangedCharacterIsNoticed) {
  const std::string token = encode_iterator(sample, "secret");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto decoded = decode_iterator(changed, "secret", issued);
    ASSERT_FALSE(decoded.has_value()) << i;
    EXPECT_EQ(decoded.error().fault, IteratorFault::invalid);
  }
}

TEST(ShardIterator, RubbishAndForeignKeysAreInvalid) {
  const std::string token = encode_iterator(sample, "secret");
  EXPECT_EQ(decode_iterator(token, "other", issued).error().fault, IteratorFault::invalid);
  for (const std::string& text : {std::string(),
                                  std::string("AAAA"),
                                  token + "AAAA",
                                  std::string(512, 'A'),
                                  std::string(513, 'A'),
                                  token.substr(4)}) {
    EXPECT_EQ(decode_iterator(text, "secret", issued).error().fault, IteratorFault::invalid);
  }
}

TEST(ShardIterator, DiesWithItsStream) {
  const std::string token = encode_iterator(sample, "secret");
  EXPECT_TRUE(decode_iterator_of(sample.stream, token, "secret", issued).has_value());
  const StreamIncarnation again{.created_ms = 1600000000001, .random = 42};
  EXPECT_EQ(decode_iterator_of(again, token, "secret", issued).error().fault,
            IteratorFault::other_incarnation);
}

}  // namespace
}  // namespace sluice::stream
