#include "base/count_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(CountText, CountsHaveCommasBetweenThousands) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1,000");
  EXPECT_EQ(human_count(1234567), "1,234,567");
}

TEST(CountText, OneIsSingularAndAnythingElsePlural) {
  EXPECT_EQ(counted(1, "row", "rows"), "1 row");
  EXPECT_EQ(counted(0, "row", "rows"), "0 rows");
  EXPECT_EQ(counted(2000, "row", "rows"), "2,000 rows");
}

}  // namespace
}  // namespace sluice
