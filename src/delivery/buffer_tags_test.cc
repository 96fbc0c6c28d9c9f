#include "delivery/buffer_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

TEST(BufferTags, SayWhatFirehosesMembersCannot) {
  struct Case {
    std::vector<Tag> tags;
    BufferTags found;
  };

  const Case cases[] = {
      {{}, {}},
      {{{"team", "heart"}, {"sluice:partitions-max", "7"}}, {}},
      {{{"sluice:buffer-size-kib", "64"}}, {std::uint64_t{64} << 10, {}}},
      {{{"sluice:buffer-size-kib", "1048576"}}, {std::uint64_t{1} << 30, {}}},
      {{{"sluice:buffer-interval-s", "0"}}, {{}, std::chrono::seconds(0)}},
      {{{"sluice:buffer-interval-s", "604800"}, {"sluice:buffer-size-kib", "100"}},
       {std::uint64_t{100} << 10, std::chrono::hours(24 * 7)}},
      {{{"sluice:size-of", "object"}}, {{}, {}, true}},
      {{{"sluice:size-of", "source"}}, {}},
  };
  for (const Case& each : cases) {
    const auto found = buffer_tags_of(each.tags);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(*found, each.found);
  }
}

TEST(BufferTags, ValuesOutOfRangeAreRefusedWithTheRange) {
  struct Case {
    Tag tag;
    std::string_view message;
  };

  const Case cases[] = {
      {{"sluice:buffer-size-kib", "63"}, "a number from 64 to 1048576, not '63'"},
      {{"sluice:buffer-size-kib", "1048577"}, "a number from 64 to 1048576"},
      {{"sluice:buffer-size-kib", ""}, "not ''"},
      {{"sluice:buffer-interval-s", "-1"}, "a number from 0 to 604800, not '-1'"},
      {{"sluice:buffer-interval-s", "60s"}, "not '60s'"},
      {{"sluice:buffer-interval-s", "604801"}, "a number from 0 to 604800"},
      {{"sluice:size-of", "Object"}, "must be 'source' or 'object', not 'Object'"},
      {{"sluice:size-of", ""}, "must be 'source' or 'object', not ''"},
  };
  for (const Case& each : cases) {
    const auto found = buffer_tags_of({each.tag});
    ASSERT_FALSE(found) << each.tag.value;
    EXPECT_THAT(found.error().message(), HasSubstr(each.message));
    EXPECT_THAT(found.error().message(), HasSubstr(each.tag.key));
  }
}

}  // namespace
}  // namespace sluice::delivery
