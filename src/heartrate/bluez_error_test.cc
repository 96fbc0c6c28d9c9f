// Tests of heartrate/bluez_error.h.
#include "heartrate/bluez_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

TEST(BluezError, EachNameHasItsFaultAndRemedy) {
  struct Case {
    const char* name;
    Fault fault;
    const char* part;
  };

  const std::vector<Case> cases = {
      {"org.freedesktop.DBus.Error.ServiceUnknown",
       Fault::unavailable,
       "systemctl start bluetooth"},
      {"org.freedesktop.DBus.Error.AccessDenied", Fault::io, "usermod -aG bluetooth"},
      {"org.bluez.Error.NotReady", Fault::unavailable, "bluetoothctl power on"},
      {"org.bluez.Error.AuthenticationFailed", Fault::io, "bluetoothctl pair"},
      {"org.bluez.Error.NotSupported", Fault::unsupported, "as BlueZ says"},
      {"org.bluez.Error.Failed", Fault::unavailable, "as BlueZ says (org.bluez.Error.Failed)"},
      {"org.freedesktop.DBus.Error.NoReply", Fault::unavailable, "no answer came in time"}};
  for (const Case& one : cases) {
    const Error error = bluez_error("cannot connect to X", one.name, "as BlueZ says");
    EXPECT_EQ(error.fault(), one.fault) << one.name;
    EXPECT_THAT(error.message(), ::testing::StartsWith("cannot connect to X: ")) << one.name;
    EXPECT_THAT(error.message(), ::testing::HasSubstr(one.part)) << one.name;
  }
  EXPECT_EQ(bluez_error("cannot look", "org.bluez.Error.Failed", "").message(),
            "cannot look: it failed (org.bluez.Error.Failed)");
}

TEST(BluezError, WhatIsAlreadySoIsNoFailure) {
  EXPECT_TRUE(is_already_so("org.bluez.Error.InProgress"));
  EXPECT_TRUE(is_already_so("org.bluez.Error.AlreadyConnected"));
  EXPECT_FALSE(is_already_so("org.bluez.Error.Failed"));
}

}  // namespace
}  // namespace sluice::heartrate
