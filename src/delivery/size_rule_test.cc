#include "delivery/size_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sluice::delivery {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

SizeRule rule_of(std::vector<Tag> tags, std::optional<std::int32_t> hint_mib = std::nullopt) {
  DeliveryStream stream;
  stream.s3.buffer_size_mib = hint_mib;
  stream.tags = std::move(tags);
  return size_rule_of(stream).value();
}

TEST(SizeRule, ComesFromTheHintOrItsTag) {
  EXPECT_EQ(rule_of({}), (SizeRule{5 * mib, false}));
  EXPECT_EQ(rule_of({}, 64), (SizeRule{64 * mib, false}));
  EXPECT_EQ(rule_of({{"sluice:buffer-size-kib", "64"}}, 64), (SizeRule{mib / 16, false}));
  EXPECT_EQ(rule_of({{"sluice:session-gap-s", "60"}}, 2), (SizeRule{32 * mib, false}));
}

TEST(SizeRule, MayBeAboutTheObject) {
  EXPECT_EQ(rule_of({{"sluice:size-of", "object"}}, 8), (SizeRule{8 * mib, true}));
  EXPECT_EQ(rule_of({{"sluice:size-of", "source"}}, 8), (SizeRule{8 * mib, false}));
  EXPECT_EQ(rule_of({{"sluice:size-of", "object"}, {"sluice:session-gap-s", "60"}}, 1),
            (SizeRule{16 * mib, true}));
}

TEST(SizeRule, TagsThatAreNotValidAreRefused) {
  DeliveryStream stream;
  stream.tags = {{"sluice:size-of", "file"}};
  const auto rule = size_rule_of(stream);
  ASSERT_FALSE(rule);
  EXPECT_EQ(rule.error().message(),
            "the tag sluice:size-of must be 'source' or 'object', not 'file'.");
}

}  // namespace
}  // namespace sluice::delivery
