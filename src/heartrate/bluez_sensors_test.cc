// Tests of heartrate/bluez_sensors.h.
#include "heartrate/bluez_sensors.h"

#include "heartrate/bluez_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using ::testing::HasSubstr;

const std::string first = "AA:BB:CC:DD:EE:01";
const std::string second = "AA:BB:CC:DD:EE:02";

// Devices by address, beside an adapter.
BluezObjects with_devices(const std::map<std::string, BluezProperties>& devices) {
  BluezObjects::Map objects = one_adapter();
  for (const auto& [address, properties] : devices) {
    objects[device_path(address)] = device_interfaces(properties);
  }
  return BluezObjects(objects);
}

BluezProperties device_with(const std::string& address, BluezProperties changes) {
  BluezProperties device = device_of(address, "Strap");
  for (auto& [name, value] : changes) {
    device[name] = value;
  }
  return device;
}

TEST(BluezAdapter, TheFirstThatIsSwitchedOnIsTaken) {
  BluezObjects::Map objects = one_adapter(false);
  objects["/org/bluez/hci1"] = {{std::string(bluez::adapter), {{"Powered", true}}}};
  EXPECT_EQ(find_adapter(BluezObjects(objects)).value(), "/org/bluez/hci1");
}

TEST(BluezAdapter, WithoutOneOrSwitchedOffTheRemedyIsSaid) {
  const auto none = find_adapter(BluezObjects());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().fault(), Fault::unavailable);
  EXPECT_THAT(none.error().message(), HasSubstr("no Bluetooth adapter"));

  const auto off = find_adapter(BluezObjects(one_adapter(false)));
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().fault(), Fault::unavailable);
  EXPECT_THAT(off.error().message(), HasSubstr("bluetoothctl power on"));
}

TEST(BluezSensors, AreThoseThatMeasureAndAreHeardOrConnected) {
  struct Case {
    const char* what;
    BluezProperties device;
    bool is_sensor;
  };

  BluezProperties remembered = device_of(first, "Strap");
  remembered.erase("RSSI");
  BluezProperties connected = remembered;
  connected["Connected"] = true;
  const std::vector<Case> cases = {
      {"heard", device_of(first, "Strap"), true},
      {"remembered", remembered, false},
      {"connected, so it has no signal", connected, true},
      {"something else", device_with(first, {{"UUIDs", std::vector<std::string>{"180f"}}}), false},
      {"without services", device_with(first, {{"UUIDs", std::monostate()}}), false}};
  for (const Case& one : cases) {
    const auto found = sensors_in_range(with_devices({{first, one.device}}), adapter_path);
    EXPECT_EQ(found.size(), one.is_sensor ? 1U : 0U) << one.what;
  }
  EXPECT_TRUE(
      sensors_in_range(with_devices({{first, device_of(first, "Strap")}}), "/org/bluez/hci1")
          .empty());
}

TEST(BluezSensors, TheStrongestComesFirst) {
  const auto found =
      sensors_in_range(with_devices({{first, device_with(first, {{"RSSI", std::int64_t{-90}}})},
                                     {second, device_with(second, {{"RSSI", std::int64_t{-40}}})}}),
                       adapter_path);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].info.address, second);
  EXPECT_EQ(found[0].info.signal_dbm, -40);
  EXPECT_EQ(found[1].info.address, first);
}

TEST(BluezSensors, TheBatteryIsThatOfTheInterfaceOrOfTheCharacteristic) {
  struct Case {
    const char* what;
    std::optional<std::int64_t> interface;
    std::optional<Bytes> characteristic;
    std::optional<std::uint8_t> expected;
  };

  const std::vector<Case> cases = {{"neither", std::nullopt, std::nullopt, std::nullopt},
                                   {"interface", 87, std::nullopt, 87},
                                   {"both", 87, "\x10", 87},
                                   {"characteristic", std::nullopt, "\x10", 16},
                                   {"not read yet", std::nullopt, "", std::nullopt},
                                   {"beyond 100 %", 101, std::nullopt, std::nullopt}};
  for (const Case& one : cases) {
    BluezObjects::Map objects = with_devices({{first, device_of(first, "Strap")}}).all();
    const std::string path = device_path(first);
    if (one.interface) {
      objects[path][std::string(bluez::battery)] = {{"Percentage", *one.interface}};
    }
    if (one.characteristic) {
      objects[path + "/service0010/char0011"] = {
          {std::string(bluez::characteristic),
           {{"UUID", std::string(battery_level_value)}, {"Value", *one.characteristic}}}};
    }
    const auto found = sensors_in_range(BluezObjects(objects), adapter_path);
    ASSERT_EQ(found.size(), 1U) << one.what;
    EXPECT_EQ(found[0].info.battery_percent, one.expected) << one.what;
  }
}

std::vector<BluezSensor> three_sensors() {
  BluezProperties named = device_of("11:22:33:44:55:66", "HRM-Pro");
  named["Alias"] = "Anna's";
  return sensors_in_range(with_devices({{first, device_of(first, "Strap")},
                                        {second, device_of(second, "Strap")},
                                        {"11:22:33:44:55:66", named}}),
                          adapter_path);
}

TEST(ChooseSensor, ByNameAliasOrAddressInAnyForm) {
  for (const char* wanted : {"HRM-Pro", "Anna's", "11:22:33:44:55:66", "11-22-33-44-55-66"}) {
    const auto chosen = choose_sensor(three_sensors(), wanted);
    ASSERT_TRUE(chosen) << wanted;
    ASSERT_TRUE(*chosen) << wanted;
    EXPECT_EQ((*chosen)->info.address, "11:22:33:44:55:66");
  }
  EXPECT_EQ(choose_sensor(three_sensors(), "aa:bb:cc:dd:ee:02").value()->info.address, second);
  for (const char* wanted : {"hrm-pro", "HRM", "", "11:22:33:44:55:67"}) {
    EXPECT_EQ(choose_sensor(three_sensors(), wanted).value(), std::nullopt) << wanted;
  }
}

TEST(ChooseSensor, TwoOfOneNameAreListedByAddress) {
  const auto chosen = choose_sensor(three_sensors(), "Strap");
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().fault(), Fault::conflict);
  EXPECT_EQ(chosen.error().message(),
            "2 sensors in range are called Strap: Strap (AA:BB:CC:DD:EE:01), Strap "
            "(AA:BB:CC:DD:EE:02); take one by its address");
}

TEST(ChooseSensor, AMissingOneIsSaidWithWhatIsThereInstead) {
  const Error others = sensor_missing("Polar", three_sensors(), std::chrono::seconds(10));
  EXPECT_EQ(others.fault(), Fault::missing);
  EXPECT_THAT(others.message(), HasSubstr("no sensor called Polar was in range within 10 s"));
  EXPECT_THAT(others.message(), HasSubstr("HRM-Pro (11:22:33:44:55:66)"));
  EXPECT_THAT(sensor_missing(first, {}, std::chrono::seconds(10)).message(),
              HasSubstr("with the address AA:BB:CC:DD:EE:01 was in range within 10 s; no "
                        "heart-rate sensor is"));
}

TEST(FindCharacteristic, LooksBelowTheDeviceOnly) {
  BluezObjects::Map objects;
  const auto add = [&objects](const std::string& path, std::string_view uuid) {
    objects[path] = characteristic_added(path, uuid).interfaces;
  };
  add("/d1/service1/char1", battery_level_value);
  add("/d1/service1/char2", heart_rate_measurement);
  add("/d10/service1/char1", sensor_location);
  const BluezObjects all(objects);
  EXPECT_EQ(find_characteristic(all, "/d1", heart_rate_measurement), "/d1/service1/char2");
  EXPECT_EQ(find_characteristic(all, "/d1", sensor_location), std::nullopt);
  EXPECT_EQ(find_characteristic(all, "/d10", sensor_location), "/d10/service1/char1");
  EXPECT_EQ(find_characteristic(all, "/e", sensor_location), std::nullopt);
}

}  // namespace
}  // namespace sluice::heartrate
