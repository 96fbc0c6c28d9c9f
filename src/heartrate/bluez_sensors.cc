// Adapters, sensors and characteristics among BlueZ's objects.
#include "heartrate/bluez_sensors.h"

#include "heartrate/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>

namespace sluice::heartrate {
namespace {

bool is_true(const BluezProperties& properties, std::string_view name) {
  const bool* value = find_value<bool>(properties, name);
  return value != nullptr && *value;
}

std::string text_of(const BluezProperties& properties, std::string_view name) {
  const std::string* value = find_value<std::string>(properties, name);
  return value == nullptr ? "" : *value;
}

bool offers_heart_rate(const BluezProperties& device) {
  const auto* uuids = find_value<std::vector<std::string>>(device, "UUIDs");
  return uuids != nullptr && std::ranges::find(*uuids, heart_rate_service) != uuids->end();
}

std::optional<std::int16_t> signal_of(const BluezProperties& device) {
  const auto* signal = find_value<std::int64_t>(device, "RSSI");
  return signal == nullptr ? std::nullopt : std::optional(static_cast<std::int16_t>(*signal));
}

// "aa-bb-cc-dd-ee-ff" as "AA:BB:CC:DD:EE:FF".
std::string canonical_address(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    const bool is_separator = byte == '-' || byte == '_';
    out += is_separator ? ':' : static_cast<char>(std::toupper(static_cast<unsigned char>(byte)));
  }
  return out;
}

std::string list_of(const std::vector<BluezSensor>& sensors) {
  std::string out;
  for (const BluezSensor& sensor : sensors) {
    out += out.empty() ? "" : ", ";
    out += sensor.info.name.empty() ? sensor.info.address
                                    : fmt::format("{} ({})", sensor.info.name, sensor.info.address);
  }
  return out;
}

}  // namespace

Result<std::string> find_adapter(const BluezObjects& objects) {
  bool is_any = false;
  for (const auto& [path, interfaces] : objects.all()) {
    const auto adapter = interfaces.find(bluez::adapter);
    if (adapter == interfaces.end()) {
      continue;
    }
    is_any = true;
    if (is_true(adapter->second, "Powered")) {
      return path;
    }
  }
  if (is_any) {
    return fail(Fault::unavailable,
                "Bluetooth is switched off; switch it on: bluetoothctl power on (if that is "
                "refused, first: rfkill unblock bluetooth)");
  }
  return fail(Fault::unavailable,
              "this machine has no Bluetooth adapter; plug one in, and see that bluetoothctl list "
              "shows it");
}

std::vector<BluezSensor> sensors_in_range(const BluezObjects& objects, std::string_view adapter) {
  std::vector<BluezSensor> out;
  for (const auto& [path, interfaces] : objects.all()) {
    const auto device = interfaces.find(bluez::device);
    if (device == interfaces.end() || !is_below(path, adapter) ||
        !offers_heart_rate(device->second)) {
      continue;
    }
    const BluezProperties& properties = device->second;
    BluezSensor sensor{path,
                       {text_of(properties, "Address"),
                        text_of(properties, "Name"),
                        signal_of(properties),
                        find_battery(objects, path)},
                       text_of(properties, "Alias"),
                       is_true(properties, "Connected")};
    if (sensor.info.signal_dbm || sensor.is_connected) {
      out.push_back(std::move(sensor));
    }
  }
  std::ranges::sort(out, {}, [](const BluezSensor& sensor) {
    return std::tuple(-sensor.info.signal_dbm.value_or(INT16_MIN), std::string_view(sensor.path));
  });
  return out;
}

bool is_address(std::string_view wanted) {
  constexpr std::size_t address_characters = 17;
  if (wanted.size() != address_characters) {
    return false;
  }
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    const char byte = wanted[index];
    const bool is_right = index % 3 == 2 ? byte == ':' || byte == '-' || byte == '_'
                                         : std::isxdigit(static_cast<unsigned char>(byte)) != 0;
    if (!is_right) {
      return false;
    }
  }
  return true;
}

Result<std::optional<BluezSensor>> choose_sensor(const std::vector<BluezSensor>& sensors,
                                                 std::string_view wanted) {
  if (is_address(wanted)) {
    const std::string address = canonical_address(wanted);
    const auto found = std::ranges::find(
        sensors, address, [](const BluezSensor& sensor) { return sensor.info.address; });
    return found == sensors.end() ? std::nullopt : std::optional(*found);
  }
  std::vector<BluezSensor> named;
  std::ranges::copy_if(sensors, std::back_inserter(named), [&](const BluezSensor& sensor) {
    return sensor.info.name == wanted || sensor.alias == wanted;
  });
  if (named.size() > 1) {
    return fail(Fault::conflict,
                fmt::format("{} sensors in range are called {}: {}; take one by its address",
                            named.size(),
                            wanted,
                            list_of(named)));
  }
  return named.empty() ? std::nullopt : std::optional(std::move(named.front()));
}

Error sensor_missing(std::string_view wanted,
                     const std::vector<BluezSensor>& sensors,
                     std::chrono::milliseconds looked) {
  const double seconds = std::chrono::duration<double>(looked).count();
  const std::string others =
      sensors.empty()
          ? "no heart-rate sensor is; wear it, and have the watch broadcast its heart rate"
          : "in range: " + list_of(sensors);
  return {Fault::missing,
          fmt::format("no sensor {} {} was in range within {:.0f} s; {}",
                      is_address(wanted) ? "with the address" : "called",
                      wanted,
                      seconds,
                      others)};
}

// Battery1 is BlueZ's own reading of the Battery Service; without it there may be the value of the
// characteristic.
std::optional<std::uint8_t> find_battery(const BluezObjects& objects, std::string_view device) {
  if (const BluezProperties* battery = objects.find(device, bluez::battery)) {
    const auto* percent = find_value<std::int64_t>(*battery, "Percentage");
    if (percent != nullptr && *percent >= 0 && *percent <= 100) {
      return static_cast<std::uint8_t>(*percent);
    }
  }
  if (const auto path = find_characteristic(objects, device, battery_level_value)) {
    const auto* value = find_value<Bytes>(*objects.find(*path, bluez::characteristic), "Value");
    return value == nullptr ? std::nullopt : battery_level(*value);
  }
  return std::nullopt;
}

std::optional<std::string> find_characteristic(const BluezObjects& objects,
                                               std::string_view device,
                                               std::string_view uuid) {
  for (auto object = objects.all().lower_bound(device); object != objects.all().end(); ++object) {
    const auto& [path, interfaces] = *object;
    if (!path.starts_with(device)) {
      break;
    }
    const auto characteristic = interfaces.find(bluez::characteristic);
    if (characteristic != interfaces.end() && is_below(path, device) &&
        text_of(characteristic->second, "UUID") == uuid) {
      return path;
    }
  }
  return std::nullopt;
}

}  // namespace sluice::heartrate
