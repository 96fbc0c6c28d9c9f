// Tests of cli/interruption.h.
#include "cli/interruption.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>

namespace sluice::cli {
namespace {

TEST(Interruption, ASignalIsNotedAndForgottenWithTheObject) {
  EXPECT_FALSE(Interruption::has_happened());
  {
    const Interruption interruption;
    EXPECT_FALSE(Interruption::has_happened());
    ASSERT_EQ(std::raise(SIGINT), 0);
    EXPECT_TRUE(Interruption::has_happened());
  }
  EXPECT_FALSE(Interruption::has_happened());
}

TEST(Interruption, AWaitForAPipeEndsWhicheverThreadTheSignalMeets) {
  EXPECT_EQ(Interruption::wake_descriptor(), -1);
  const Interruption interruption;
  pollfd wait{Interruption::wake_descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 0), 0);
  ASSERT_EQ(std::raise(SIGINT), 0);
  EXPECT_EQ(::poll(&wait, 1, 0), 1);
}

TEST(InterruptionDeathTest, TheSecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        const Interruption interruption;
        static_cast<void>(std::raise(SIGTERM));
        static_cast<void>(std::raise(SIGTERM));
      },
      testing::KilledBySignal(SIGTERM),
      "");
}

}  // namespace
}  // namespace sluice::cli
