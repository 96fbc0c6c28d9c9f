// The way to BlueZ: calls there, signals back.  D-Bus stands behind it (bluez_dbus.h), or a test.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "heartrate/bluez_objects.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::heartrate {

// Asked several times a second while something is waited for; false gives up.
using KeepOn = std::function<bool()>;

struct BluezCall {
  std::string path;
  std::string interface;
  std::string method;
  std::optional<BluezProperties> argument;  // a dictionary; most methods have none
  std::string doing;                        // for errors: "cannot connect to AA:BB:CC:DD:EE:FF"
  std::chrono::milliseconds patience{5000};
};

// A connection to the bus, on which BlueZ keeps what this client has asked for: when the object
// goes, BlueZ ends discovery and notifications.  One thread at a time.
class BluezBus {
 public:
  BluezBus() = default;
  BluezBus(const BluezBus&) = delete;
  BluezBus& operator=(const BluezBus&) = delete;
  virtual ~BluezBus() = default;

  // All that is there; errors as in bluez_error.h.  Signals that come later tell of changes.
  virtual Result<BluezObjects> objects() = 0;

  // Calls and waits; signals that arrive meanwhile stay for next().  Returns the bytes that
  // ReadValue answers, nothing otherwise.  An error that says "already so" (bluez_error.h) is
  // none.  Fault::cancelled when `keep_on` gave up.
  virtual Result<Bytes> call(const BluezCall& call, const KeepOn& keep_on) = 0;

  // The next signal; std::nullopt when none came within `patience`, or a signal of the process cut
  // it short.  Fault::unavailable when BlueZ or the bus is gone, and from then on.
  virtual Result<std::optional<BluezSignal>> next(std::chrono::milliseconds patience) = 0;
};

using BluezBusOpener = std::function<Result<std::unique_ptr<BluezBus>>()>;

}  // namespace sluice::heartrate
