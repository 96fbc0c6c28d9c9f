// What BlueZ says there is: its D-Bus objects, as a value.
//
// Objects have interfaces, interfaces have properties: "/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF" has
// "org.bluez.Device1" with "Name", "RSSI" and so on.  Source: BlueZ 5.66, doc/*-api.txt, and the
// D-Bus specification, "Standard Interfaces".  Nothing here knows D-Bus itself: bluez_dbus.cc does.
#pragma once

#include "base/bytes.h"
#include "heartrate/sample_time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::heartrate {

namespace bluez {

inline constexpr std::string_view adapter = "org.bluez.Adapter1";
inline constexpr std::string_view device = "org.bluez.Device1";
inline constexpr std::string_view battery = "org.bluez.Battery1";
inline constexpr std::string_view characteristic = "org.bluez.GattCharacteristic1";

}  // namespace bluez

// A property: integers of every width, text, object paths and bytes alike, lists of texts.
// std::monostate for a type that nobody here asks for.
using BluezValue =
    std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>>;
using BluezProperties = std::map<std::string, BluezValue, std::less<>>;
using BluezInterfaces = std::map<std::string, BluezProperties, std::less<>>;

// The property's value, or nullptr when it is not there or of another type.
template <class T>
const T* find_value(const BluezProperties& properties, std::string_view name) {
  const auto found = properties.find(name);
  return found == properties.end() ? nullptr : std::get_if<T>(&found->second);
}

struct InterfacesAdded {
  std::string path;
  BluezInterfaces interfaces;
};

struct InterfacesRemoved {
  std::string path;
  std::vector<std::string> interfaces;
};

struct PropertiesChanged {
  std::string path;
  std::string interface;
  BluezProperties changed;
  std::vector<std::string> invalidated;  // no longer known
};

// What BlueZ says of its own accord.
struct BluezSignal {
  SampleTime time{};  // when it was read from the bus
  std::variant<InterfacesAdded, InterfacesRemoved, PropertiesChanged> what;
};

// Value type.  Paths are in order, so what lies below a path follows it.
class BluezObjects {
 public:
  using Map = std::map<std::string, BluezInterfaces, std::less<>>;

  BluezObjects() = default;

  explicit BluezObjects(Map objects) : objects_(std::move(objects)) {}

  // Signals about what is not there are passed over: they may overtake the first picture.
  void apply(const BluezSignal& signal);

  // Nullptr when there is no such object, or it has no such interface.
  const BluezProperties* find(std::string_view path, std::string_view interface) const;

  const Map& all() const { return objects_; }

 private:
  void apply(const InterfacesAdded& added);
  void apply(const InterfacesRemoved& removed);
  void apply(const PropertiesChanged& changed);

  Map objects_;
};

// Whether `path` is that of an object below `parent`.
bool is_below(std::string_view path, std::string_view parent);

}  // namespace sluice::heartrate
