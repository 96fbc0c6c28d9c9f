// Tests of heartrate/bluez_dbus.h as far as they go without a bus; conformance/test_bluetooth.py
// has one.
#include "heartrate/bluez_dbus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace sluice::heartrate {
namespace {

// Puts back what was there.
class BusAddress {
 public:
  explicit BusAddress(const std::string& address) {
    if (const char* value = std::getenv(name)) {
      before_ = value;
    }
    ::setenv(name, address.c_str(), 1);
  }

  BusAddress(const BusAddress&) = delete;
  BusAddress& operator=(const BusAddress&) = delete;

  ~BusAddress() {
    if (before_) {
      ::setenv(name, before_->c_str(), 1);
    } else {
      ::unsetenv(name);
    }
  }

 private:
  static constexpr const char* name = "DBUS_SYSTEM_BUS_ADDRESS";
  std::optional<std::string> before_;
};

TEST(BluezDbus, WithoutABusTheRemedyIsSaid) {
  const auto nowhere = std::filesystem::temp_directory_path() / "sluice-no-such-folder" / "bus";
  for (const std::string& address : {"unix:path=" + nowhere.string(), std::string("nonsense")}) {
    const BusAddress set(address);
    const auto bus = open_bluez_dbus(system_sample_time);
    ASSERT_FALSE(bus) << address;
    EXPECT_EQ(bus.error().fault(), Fault::unavailable) << address;
    EXPECT_THAT(bus.error().message(), ::testing::HasSubstr("cannot reach the D-Bus system bus"));
    EXPECT_THAT(bus.error().message(), ::testing::HasSubstr("(Debian: dbus, bluez)"));
  }
}

}  // namespace
}  // namespace sluice::heartrate
