#include "query/interrupt.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace sluice::query {
namespace {

bool is_readable(int descriptor) {
  pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 0) == 1;
}

TEST(Interrupt, WakesWhoPollsAndStaysSet) {
  Interrupt interrupt;
  EXPECT_FALSE(interrupt.is_set());
  EXPECT_FALSE(is_readable(interrupt.descriptor()));
  interrupt.set();
  interrupt.set();
  EXPECT_TRUE(interrupt.is_set());
  EXPECT_TRUE(is_readable(interrupt.descriptor()));
}

}  // namespace
}  // namespace sluice::query
