// A connection to one sensor through BlueZ.
#include "heartrate/bluez_link.h"

#include "heartrate/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::heartrate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_interval{100};   // how often keep_on is asked
constexpr milliseconds read_time_max{3000};  // for battery and location, which are extras
constexpr milliseconds goodbye_time_max{2000};
constexpr milliseconds pairing_time_max{60000};  // somebody may have to look for the PIN
constexpr milliseconds reason_time{500};         // from the first sign of an end to its cause

class BluezLink final : public SensorLink {
 public:
  BluezLink(std::unique_ptr<BluezSession> session, const BluezSensor& sensor, const Clock& clock)
      : session_(std::move(session)), clock_(clock), device_(sensor.path), info_(sensor.info) {}

  ~BluezLink() override { say_goodbye(); }

  Result<void> start(bool is_connected, const KeepOn& keep_on);

  const SensorInfo& info() const override { return info_; }

  std::optional<std::string> location() const override { return location_; }

  std::optional<SensorEvent> wait(milliseconds patience) override;

 private:
  Result<void> connect(const KeepOn& keep_on);
  Result<void> wait_for_services(const KeepOn& keep_on);
  void read_extras(const KeepOn& keep_on);
  std::optional<Bytes> read_value(std::string_view uuid, const KeepOn& keep_on);
  bool is_device(std::string_view property) const;
  std::optional<SensorEvent> event_of(const BluezSignal& signal);
  std::optional<std::string> cause_of_end() const;
  std::optional<std::string> sign_of_end(const PropertiesChanged* changed) const;
  std::string wait_for_cause(std::string sign);
  LinkLost lost(std::string why);
  void say_goodbye();

  std::unique_ptr<BluezSession> session_;
  const Clock& clock_;
  std::string device_;
  std::string measurement_;  // path of the characteristic; empty until it notifies
  SensorInfo info_;
  std::optional<std::string> location_;
  bool is_ours_ = false;  // we connected it, so we disconnect it
  bool is_lost_ = false;
};

Result<void> BluezLink::start(bool is_connected, const KeepOn& keep_on) {
  if (!is_connected) {
    SLUICE_TRY_DO(connect(keep_on));
  }
  SLUICE_TRY_DO(wait_for_services(keep_on));
  auto path = find_characteristic(session_->objects(), device_, heart_rate_measurement);
  if (!path) {
    return fail(
        Fault::unsupported,
        fmt::format("{} measures no heart rate: it lacks the characteristic 2A37", info_.address));
  }
  SLUICE_TRY_DO(
      session_->call({*path,
                      std::string(bluez::characteristic),
                      "StartNotify",
                      std::nullopt,
                      fmt::format("cannot switch on the notifications of {}", info_.address),
                      pairing_time_max},
                     keep_on));
  measurement_ = std::move(*path);
  read_extras(keep_on);
  return {};
}

Result<void> BluezLink::connect(const KeepOn& keep_on) {
  is_ours_ = true;
  SLUICE_TRY_DO(session_->call({device_,
                                std::string(bluez::device),
                                "Connect",
                                std::nullopt,
                                "cannot connect to " + info_.address,
                                connect_time_max},
                               keep_on));
  return {};
}

Result<void> BluezLink::wait_for_services(const KeepOn& keep_on) {
  const std::chrono::nanoseconds deadline = clock_.steady() + resolve_time_max;
  bool was_connected = is_device("Connected");
  while (!is_device("ServicesResolved")) {
    if (!keep_on()) {
      return fail(Fault::cancelled, "interrupted");
    }
    if (clock_.steady() >= deadline) {
      return fail(
          Fault::unavailable,
          fmt::format(
              "{} did not tell its services within {} s", info_.address, resolve_time_max.count()));
    }
    SLUICE_TRY_DO(session_->next(look_interval));
    const bool is_connected = is_device("Connected");
    if (was_connected && !is_connected) {
      return fail(Fault::unavailable,
                  info_.address + " broke off the connection before it told its services");
    }
    was_connected = is_connected;
  }
  return {};
}

// What cannot be read is not known; the beats matter.
void BluezLink::read_extras(const KeepOn& keep_on) {
  if (const auto value = read_value(sensor_location, keep_on)) {
    if (const auto name = body_sensor_location(*value)) {
      location_ = std::string(*name);
    }
  }
  info_.battery_percent = find_battery(session_->objects(), device_);
  if (!info_.battery_percent) {
    if (const auto value = read_value(battery_level_value, keep_on)) {
      info_.battery_percent = battery_level(*value);
    }
  }
}

std::optional<Bytes> BluezLink::read_value(std::string_view uuid, const KeepOn& keep_on) {
  const auto path = find_characteristic(session_->objects(), device_, uuid);
  if (!path) {
    return std::nullopt;
  }
  auto value = session_->call({*path,
                               std::string(bluez::characteristic),
                               "ReadValue",
                               BluezProperties(),
                               "cannot read a characteristic",
                               read_time_max},
                              keep_on);
  return value ? std::optional(std::move(*value)) : std::nullopt;
}

bool BluezLink::is_device(std::string_view property) const {
  const BluezProperties* device = session_->objects().find(device_, bluez::device);
  const bool* value = device == nullptr ? nullptr : find_value<bool>(*device, property);
  return value != nullptr && *value;
}

std::optional<SensorEvent> BluezLink::wait(milliseconds patience) {
  const std::chrono::nanoseconds deadline = clock_.steady() + patience;
  while (!is_lost_) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - clock_.steady());
    const auto signal = session_->next(std::max(left, milliseconds(0)));
    if (!signal) {
      return lost(signal.error().message());
    }
    if (*signal) {
      if (auto event = event_of(**signal)) {
        return event;
      }
    }
    if (clock_.steady() >= deadline) {
      break;
    }
  }
  return std::nullopt;
}

std::optional<SensorEvent> BluezLink::event_of(const BluezSignal& signal) {
  const auto* changed = std::get_if<PropertiesChanged>(&signal.what);
  if (changed != nullptr && changed->path == measurement_) {
    if (const Bytes* packet = find_value<Bytes>(changed->changed, "Value")) {
      return Notification{signal.time, *packet};
    }
  }
  if (auto cause = cause_of_end()) {
    return lost(std::move(*cause));
  }
  if (auto sign = sign_of_end(changed)) {
    return lost(wait_for_cause(std::move(*sign)));
  }
  if (const auto battery = find_battery(session_->objects(), device_)) {
    info_.battery_percent = battery;
  }
  return std::nullopt;
}

std::optional<std::string> BluezLink::cause_of_end() const {
  if (session_->objects().find(device_, bluez::device) == nullptr) {
    return "BlueZ no longer knows the sensor: it was removed, or is long out of range";
  }
  if (!is_device("Connected")) {
    return "the sensor is out of range, was switched off or ended the connection";
  }
  return std::nullopt;
}

std::optional<std::string> BluezLink::sign_of_end(const PropertiesChanged* changed) const {
  if (session_->objects().find(measurement_, bluez::characteristic) == nullptr) {
    return "the sensor no longer offers its heart rate";
  }
  // Of the signal, not of what is known: that may be from before notifications were on.
  const bool* is_notifying = changed == nullptr || changed->path != measurement_
                                 ? nullptr
                                 : find_value<bool>(changed->changed, "Notifying");
  if (is_notifying != nullptr && !*is_notifying) {
    return "the sensor's notifications were switched off";
  }
  return std::nullopt;
}

// BlueZ takes down what belongs to a connection first, and then says that the connection is gone.
std::string BluezLink::wait_for_cause(std::string sign) {
  const std::chrono::nanoseconds deadline = clock_.steady() + reason_time;
  while (clock_.steady() < deadline) {
    const auto signal = session_->next(look_interval);
    if (!signal) {
      return signal.error().message();
    }
    if (auto cause = cause_of_end()) {
      return std::move(*cause);
    }
  }
  return sign;
}

LinkLost BluezLink::lost(std::string why) {
  is_lost_ = true;
  return {std::move(why)};
}

void BluezLink::say_goodbye() {
  const auto call = [this](
                        const std::string& path, std::string_view interface, const char* method) {
    static_cast<void>(session_->call(
        {path, std::string(interface), method, std::nullopt, "goodbye", goodbye_time_max},
        [] { return true; }));
  };
  if (is_lost_) {
    return;
  }
  if (!measurement_.empty()) {
    call(measurement_, bluez::characteristic, "StopNotify");
  }
  if (is_ours_) {
    call(device_, bluez::device, "Disconnect");
  }
}

}  // namespace

Result<std::unique_ptr<SensorLink>> open_bluez_link(std::unique_ptr<BluezSession> session,
                                                    const BluezSensor& sensor,
                                                    const Clock& clock,
                                                    const KeepOn& keep_on) {
  auto link = std::make_unique<BluezLink>(std::move(session), sensor, clock);
  SLUICE_TRY_DO(link->start(sensor.is_connected, keep_on));
  return link;
}

}  // namespace sluice::heartrate
