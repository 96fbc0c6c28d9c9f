#include "delivery/tag_number.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

TEST(TagNumber, IsAWholeNumberOfItsRange) {
  constexpr TagRange range = {2, 10};
  EXPECT_EQ(tag_number({"t", "2"}, range), 2U);
  EXPECT_EQ(tag_number({"t", "10"}, range), 10U);
  EXPECT_EQ(tag_number({"t", "0007"}, range), 7U);
  for (const char* wrong :
       {"", "1", "11", "-3", "+3", " 3", "3 ", "3.0", "x", "18446744073709551618"}) {
    const auto refused = tag_number({"t", wrong}, range);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().message(),
              std::string("the tag t must be a number from 2 to 10, not '") + wrong + "'.");
  }
}

}  // namespace
}  // namespace sluice::delivery
