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
  std::optional<std::string> why_lost() const;
  std::optional<SensorEvent> event_of(const BluezSignal& signal);
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
  read_extras(keep_on);
  SLUICE_TRY_DO(
      session_->call({*path,
                      std::string(bluez::characteristic),
                      "StartNotify",
                      std::nullopt,
                      fmt::format("cannot switch on the notifications of {}", info_.address)},
                     keep_on));
  measurement_ = std::move(*path);
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
  const auto sensors = sensors_in_range(session_->objects(), session_->adapter());
  const auto self = std::ranges::find(sensors, device_, &BluezSensor::path);
  if (self != sensors.end() && self->info.battery_percent) {
    info_.battery_percent = self->info.battery_percent;
  } else if (const auto value = read_value(battery_level_value, keep_on)) {
    info_.battery_percent = battery_level(*value);
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
      is_lost_ = true;
      return LinkLost{signal.error().message()};
    }
    if (*signal) {
      if (auto event = event_of(**signal)) {
        return event;
      }
    } else if (clock_.steady() >= deadline) {
      break;
    }
  }
  return std::nullopt;
}

std::optional<SensorEvent> BluezLink::event_of(const BluezSignal& signal) {
  const auto* changed = std::get_if<PropertiesChanged>(&signal.what);
  std::optional<std::string> why = why_lost();
  if (changed != nullptr && changed->path == measurement_ &&
      changed->interface == bluez::characteristic) {
    if (const Bytes* packet = find_value<Bytes>(changed->changed, "Value")) {
      return Notification{signal.time, *packet};
    }
    // Of the signal, not of what is known: an older "false" may still be on its way.
    const bool* is_notifying = find_value<bool>(changed->changed, "Notifying");
    if (!why && is_notifying != nullptr && !*is_notifying) {
      why = "the sensor's notifications were switched off";
    }
  }
  if (!why) {
    return std::nullopt;
  }
  is_lost_ = true;
  return LinkLost{std::move(*why)};
}

std::optional<std::string> BluezLink::why_lost() const {
  if (session_->objects().find(device_, bluez::device) == nullptr) {
    return "BlueZ no longer knows the sensor: it was removed, or is long out of range";
  }
  if (!is_device("Connected")) {
    return "the sensor is out of range, was switched off or ended the connection";
  }
  if (session_->objects().find(measurement_, bluez::characteristic) == nullptr) {
    return "the sensor no longer offers its heart rate";
  }
  return std::nullopt;
}

void BluezLink::say_goodbye() {
  const auto call = [this](
                        const std::string& path, std::string_view interface, const char* method) {
    static_cast<void>(session_->call(
        {path, std::string(interface), method, std::nullopt, "goodbye", goodbye_time_max},
        [] { return true; }));
  };
  if (!measurement_.empty() && !is_lost_) {
    call(measurement_, bluez::characteristic, "StopNotify");
  }
  if (is_ours_ && !is_lost_) {
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
