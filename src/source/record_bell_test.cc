// Who listens hears of its own stream, until it is forgotten.
#include "source/record_bell.h"

#include <gtest/gtest.h>

namespace sluice::source {
namespace {

TEST(RecordBell, RingsForThoseWhoListenToTheStream) {
  RecordBell bell;
  const stream::StreamIncarnation one{1, 1};
  const stream::StreamIncarnation two{2, 2};
  int first = 0;
  int second = 0;
  int other = 0;
  const auto ticket = bell.listen(one, [&first] { ++first; });
  bell.listen(one, [&second] { ++second; });
  bell.listen(two, [&other] { ++other; });
  bell.ring(one);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  EXPECT_EQ(other, 0);
  bell.forget(ticket);
  bell.ring(one);
  bell.ring(two);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  EXPECT_EQ(other, 1);
}

}  // namespace
}  // namespace sluice::source
