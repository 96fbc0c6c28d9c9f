// Heart-rate sensors as the recorder sees them: interfaces that BlueZ stands behind, and that tests
// own.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "heartrate/sample_time.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sluice::heartrate {

// What is known of a sensor in range.
struct SensorInfo {
  std::string address;  // "AA:BB:CC:DD:EE:FF"
  std::string name;     // as it advertises itself; empty when it does not
  std::optional<std::int16_t> signal_dbm;
  std::optional<std::uint8_t> battery_percent;
};

// A value of Heart Rate Measurement arrived.
struct Notification {
  SampleTime time;  // when it was read from the system: call wait() without long pauses
  Bytes packet;     // as sent, not yet decoded
};

// The link is gone; connect again.
struct LinkLost {
  std::string why;
};

using SensorEvent = std::variant<Notification, LinkLost>;

// A connection with notifications switched on; ends with its object.  One thread at a time.
class SensorLink {
 public:
  SensorLink() = default;
  SensorLink(const SensorLink&) = delete;
  SensorLink& operator=(const SensorLink&) = delete;
  virtual ~SensorLink() = default;

  // The battery may change from wait() to wait().
  virtual const SensorInfo& info() const = 0;

  // Body sensor location, where the sensor tells it: "chest", "wrist".
  virtual std::optional<std::string> location() const = 0;

  // The next event; std::nullopt when none came within `patience`.  Nothing follows LinkLost.
  virtual std::optional<SensorEvent> wait(std::chrono::milliseconds patience) = 0;
};

// The machine's Bluetooth.  One thread at a time.
class Radio {
 public:
  Radio() = default;
  Radio(const Radio&) = delete;
  Radio& operator=(const Radio&) = delete;
  virtual ~Radio() = default;

  // Listens for sensors that offer the Heart Rate service for `time`, or until `keep_on` says
  // false; strongest signal first.  Fault::unavailable without Bluetooth, or with it switched off;
  // Fault::io when the system denies it.
  virtual Result<std::vector<SensorInfo>> scan(std::chrono::milliseconds time,
                                               const std::function<bool()>& keep_on) = 0;

  // Connects to the sensor of that address or name, looking for it as long as needed within
  // `patience`, and switches its notifications on.  Fault::missing when none was in range,
  // Fault::conflict when several have the name (the message lists their addresses),
  // Fault::unavailable when it did not answer, Fault::unsupported when it measures no heart rate.
  virtual Result<std::unique_ptr<SensorLink>> connect(const std::string& sensor,
                                                      std::chrono::milliseconds patience,
                                                      const std::function<bool()>& keep_on) = 0;
};

}  // namespace sluice::heartrate
