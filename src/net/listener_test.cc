#include "net/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sluice::net {
namespace {

using testing::HasSubstr;

TEST(Listener, TakesAnyPortAndTellsWhich) {
  const auto listener = Listener::open("127.0.0.1", 0);
  ASSERT_TRUE(listener.has_value());
  EXPECT_NE(listener->port(), 0);
  EXPECT_EQ(listener->address(), "127.0.0.1:" + std::to_string(listener->port()));
}

TEST(Listener, HasNobodyWaitingAtFirst) {
  auto listener = Listener::open("127.0.0.1", 0);
  ASSERT_TRUE(listener.has_value());
  const auto accepted = listener->accept();
  ASSERT_TRUE(accepted.has_value());
  EXPECT_FALSE(accepted->has_value());
}

TEST(Listener, SaysThatAnotherListensThere) {
  const auto first = Listener::open("127.0.0.1", 0);
  ASSERT_TRUE(first.has_value());
  const auto second = Listener::open("127.0.0.1", first->port());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().fault(), Fault::unavailable);
  EXPECT_EQ(second.error().message(),
            "cannot listen on " + first->address() +
                ": another program listens there; stop it or choose another port");
}

TEST(Listener, SaysThatTheAddressIsNotOurs) {
  const auto listener = Listener::open("192.0.2.1", 0);
  ASSERT_FALSE(listener.has_value());
  EXPECT_THAT(listener.error().message(),
              HasSubstr("192.0.2.1:0: this machine has no such address"));
}

TEST(Listener, SaysThatTheHostIsUnknown) {
  const auto listener = Listener::open("256.256.256.256.", 80);
  ASSERT_FALSE(listener.has_value());
  EXPECT_THAT(listener.error().message(), HasSubstr("the host is unknown"));
}

TEST(Listener, SaysWhatToDoWithoutPermission) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "root may listen anywhere";
  }
  const auto listener = Listener::open("127.0.0.1", 1);
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().message(),
            "cannot listen on 127.0.0.1:1: permission denied; choose a port above 1023");
}

}  // namespace
}  // namespace sluice::net
