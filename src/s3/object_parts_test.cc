#include "s3/object_parts.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(ObjectParts, ComeBackAsTheyWere) {
  const std::vector<ObjectPart> cases[] = {
      {},
      {{0}},
      {{5'242'880}, {5'242'880}, {5'242'880}, {17}},
      {{5'242'880, "q83vEg=="}, {5'242'880, "q83vEg=="}, {1, "AAAA+/=="}},
      {{7}, {7, "q83vEg=="}, {7}},
      std::vector<ObjectPart>(10'000, {5'242'880}),
  };
  for (const std::vector<ObjectPart>& parts : cases) {
    EXPECT_EQ(parse_parts(parts_text(parts)), parts) << parts_text(parts);
  }
}

TEST(ObjectParts, EqualOnesAreCounted) {
  const std::vector<ObjectPart> parts = {{5}, {5}, {5}, {1}, {5, "eA=="}, {5, "eA=="}};
  EXPECT_EQ(parts_text(parts), "3x5,1,5:eA==,5:eA==");
}

TEST(ObjectParts, NonsenseIsNoParts) {
  for (const char* text : {"x",
                           "5x",
                           "0x5",
                           "5:",
                           "5;6",
                           "-5",
                           "5,,6",
                           "10001x5",
                           "9999x5,2x5",
                           "99999999999999999999"}) {
    EXPECT_TRUE(parse_parts(text).empty()) << text;
  }
}

}  // namespace
}  // namespace sluice::s3
