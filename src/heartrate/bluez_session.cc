// One conversation with BlueZ.
#include "heartrate/bluez_session.h"

#include "heartrate/bluez_sensors.h"

#include <utility>

namespace sluice::heartrate {

Result<std::unique_ptr<BluezSession>> BluezSession::open(const BluezBusOpener& opener) {
  SLUICE_TRY(bus, opener());
  SLUICE_TRY(objects, bus->objects());
  SLUICE_TRY(adapter, find_adapter(objects));
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private.
  return std::unique_ptr<BluezSession>(
      new BluezSession(std::move(bus), std::move(objects), std::move(adapter)));
}

Result<void> BluezSession::start_discovery(const KeepOn& keep_on) {
  const BluezProperties filter = {{"UUIDs", std::vector{std::string(heart_rate_service)}},
                                  {"Transport", std::string("le")}};
  BluezCall set{adapter_,
                std::string(bluez::adapter),
                "SetDiscoveryFilter",
                filter,
                "cannot look for sensors"};
  SLUICE_TRY_DO(call(set, keep_on));
  set.method = "StartDiscovery";
  set.argument.reset();
  SLUICE_TRY_DO(call(set, keep_on));
  is_discovering_ = true;
  return {};
}

void BluezSession::stop_discovery() {
  if (is_discovering_) {
    is_discovering_ = false;
    static_cast<void>(call({adapter_,
                            std::string(bluez::adapter),
                            "StopDiscovery",
                            std::nullopt,
                            "cannot stop looking for sensors"},
                           [] { return true; }));
  }
}

Result<std::optional<BluezSignal>> BluezSession::next(std::chrono::milliseconds patience) {
  SLUICE_TRY(signal, bus_->next(patience));
  if (signal) {
    objects_.apply(*signal);
    const BluezProperties* adapter = objects_.find(adapter_, bluez::adapter);
    if (adapter == nullptr) {
      return fail(Fault::unavailable, "the Bluetooth adapter was unplugged");
    }
    const bool* is_powered = find_value<bool>(*adapter, "Powered");
    if (is_powered == nullptr || !*is_powered) {
      return fail(Fault::unavailable,
                  "Bluetooth was switched off; switch it on: bluetoothctl power on");
    }
  }
  return signal;
}

}  // namespace sluice::heartrate
