// Adapters, heart-rate sensors and their characteristics among BlueZ's objects: all that is decided
// by looking.
#pragma once

#include "base/result.h"
#include "heartrate/bluez_objects.h"
#include "heartrate/sensor.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::heartrate {

// Bluetooth's assigned numbers, as BlueZ spells them.
inline constexpr std::string_view heart_rate_service = "0000180d-0000-1000-8000-00805f9b34fb";
inline constexpr std::string_view heart_rate_measurement = "00002a37-0000-1000-8000-00805f9b34fb";
inline constexpr std::string_view sensor_location = "00002a38-0000-1000-8000-00805f9b34fb";
inline constexpr std::string_view battery_level_value = "00002a19-0000-1000-8000-00805f9b34fb";

// The path of the first adapter that is switched on.  Fault::unavailable, with the remedy, when
// there is none or none is on.
Result<std::string> find_adapter(const BluezObjects& objects);

struct BluezSensor {
  std::string path;
  SensorInfo info;
  std::string alias;  // the name somebody gave it on this machine; often the same
  bool is_connected = false;
};

// The sensors that `adapter` hears now or is connected to, strongest signal first, connected ones
// (whose signal is not known) last.  What BlueZ merely remembers is not among them.
std::vector<BluezSensor> sensors_in_range(const BluezObjects& objects, std::string_view adapter);

// The sensor with that address (in either case, with ":", "-" or "_"), name or alias;
// std::nullopt when there is none.  Fault::conflict when several have the name.
Result<std::optional<BluezSensor>> choose_sensor(const std::vector<BluezSensor>& sensors,
                                                 std::string_view wanted);

// Whether `wanted` is written as an address.
bool is_address(std::string_view wanted);

// Fault::missing: what was looked for, how long, and what was in range instead.
Error sensor_missing(std::string_view wanted,
                     const std::vector<BluezSensor>& sensors,
                     std::chrono::milliseconds looked);

// In percent, of the sensor at the path `device`; known once it has been connected.
std::optional<std::uint8_t> find_battery(const BluezObjects& objects, std::string_view device);

// The path of the characteristic of that UUID below a device.
std::optional<std::string> find_characteristic(const BluezObjects& objects,
                                               std::string_view device,
                                               std::string_view uuid);

}  // namespace sluice::heartrate
