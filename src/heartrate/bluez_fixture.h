// For tests: a bus on which BlueZ says what a test has written down.
#pragma once

#include "base/check.h"
#include "base/clock.h"
#include "heartrate/bluez_bus.h"
#include "heartrate/bluez_sensors.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice::heartrate {

inline const std::string adapter_path = "/org/bluez/hci0";

inline BluezObjects::Map one_adapter(bool is_powered = true) {
  return {{adapter_path, {{std::string(bluez::adapter), {{"Powered", is_powered}}}}}};
}

// "AA:BB:CC:DD:EE:01" as the path of a device.
inline std::string device_path(std::string address) {
  std::ranges::replace(address, ':', '_');
  return adapter_path + "/dev_" + address;
}

inline BluezProperties device_of(const std::string& address, const std::string& name) {
  return {{"Address", address},
          {"Name", name},
          {"Alias", name},
          {"RSSI", std::int64_t{-60}},
          {"Connected", false},
          {"ServicesResolved", false},
          {"UUIDs", std::vector{std::string(heart_rate_service)}}};
}

inline BluezInterfaces device_interfaces(BluezProperties properties) {
  return {{std::string(bluez::device), std::move(properties)}};
}

inline InterfacesAdded heard(const std::string& address, const std::string& name) {
  return {device_path(address), device_interfaces(device_of(address, name))};
}

inline InterfacesAdded characteristic_added(const std::string& path, std::string_view uuid) {
  return {
      path,
      {{std::string(bluez::characteristic), {{"UUID", std::string(uuid)}, {"Notifying", false}}}}};
}

inline PropertiesChanged changed(const std::string& path,
                                 std::string_view interface,
                                 BluezProperties properties) {
  return {path, std::string(interface), std::move(properties), {}};
}

// What a test knows of a bus, also after it is gone.
struct BusScript {
  using Say = decltype(BluezSignal::what);

  ManualClock clock{unix_millis(0)};
  BluezObjects::Map objects = one_adapter();
  std::deque<std::pair<std::chrono::milliseconds, Say>> signals;  // when, on the steady clock
  std::map<std::string, std::function<Result<Bytes>()>> answers;  // by method; else nothing
  std::vector<std::string> calls;                                 // "Connect /org/bluez/hci0/dev_…"
  std::optional<std::chrono::milliseconds> gone_at;

  void say(std::chrono::milliseconds at, Say what) { signals.emplace_back(at, std::move(what)); }

  void say_now(Say what) {
    say(std::chrono::floor<std::chrono::milliseconds>(clock.steady()), std::move(what));
  }

  bool has_called(const std::string& call) const {
    return std::ranges::find(calls, call) != calls.end();
  }
};

// Waiting is letting the clock go on.
class ScriptedBus final : public BluezBus {
 public:
  explicit ScriptedBus(BusScript& script) : script_(script) {}

  Result<BluezObjects> objects() override { return BluezObjects(script_.objects); }

  Result<Bytes> call(const BluezCall& call, const KeepOn& keep_on) override {
    if (!keep_on()) {
      return fail(Fault::cancelled, "interrupted");
    }
    script_.calls.push_back(call.method + " " + call.path);
    const auto answer = script_.answers.find(call.method);
    return answer == script_.answers.end() ? Result<Bytes>(Bytes()) : answer->second();
  }

  Result<std::optional<BluezSignal>> next(std::chrono::milliseconds patience) override {
    const auto now = script_.clock.steady();
    if (script_.gone_at && now >= *script_.gone_at) {
      return fail(Fault::unavailable, "BlueZ was stopped or restarted");
    }
    if (!script_.signals.empty() && script_.signals.front().first <= now + patience) {
      auto [at, what] = std::move(script_.signals.front());
      script_.signals.pop_front();
      if (at > now) {
        script_.clock.advance(std::chrono::ceil<std::chrono::milliseconds>(at - now));
      }
      return BluezSignal{script_.clock.now(), std::move(what)};
    }
    script_.clock.advance(std::max(patience, std::chrono::milliseconds(1)));
    return std::nullopt;
  }

 private:
  BusScript& script_;
};

inline BluezBusOpener opener_of(BusScript& script) {
  return [&script]() -> Result<std::unique_ptr<BluezBus>> {
    return std::make_unique<ScriptedBus>(script);
  };
}

}  // namespace sluice::heartrate
