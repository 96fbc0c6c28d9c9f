// One conversation with BlueZ: an adapter that is on, what it hears, and calls to it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "heartrate/bluez_bus.h"
#include "heartrate/bluez_objects.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::heartrate {

// Starts with open(); ends, and with it all that BlueZ did for it, with its object.  One thread at
// a time.
class BluezSession {
 public:
  // Finds an adapter that is switched on.  Errors of the opener, of BluezBus::objects() and of
  // find_adapter().
  static Result<std::unique_ptr<BluezSession>> open(const BluezBusOpener& opener);

  BluezSession(const BluezSession&) = delete;
  BluezSession& operator=(const BluezSession&) = delete;

  // Has the adapter look for heart-rate sensors until stop_discovery().
  Result<void> start_discovery(const KeepOn& keep_on);

  // Does nothing when it is not looking.  A failure to stop harms nobody.
  void stop_discovery();

  Result<Bytes> call(const BluezCall& call, const KeepOn& keep_on) {
    return bus_->call(call, keep_on);
  }

  // The next signal, which objects() holds already when it returns.  Fault::unavailable when BlueZ
  // or the bus is gone, the adapter was unplugged, or switched off.
  Result<std::optional<BluezSignal>> next(std::chrono::milliseconds patience);

  const BluezObjects& objects() const { return objects_; }

  const std::string& adapter() const { return adapter_; }

 private:
  BluezSession(std::unique_ptr<BluezBus> bus, BluezObjects objects, std::string adapter)
      : bus_(std::move(bus)), objects_(std::move(objects)), adapter_(std::move(adapter)) {}

  std::unique_ptr<BluezBus> bus_;
  BluezObjects objects_;
  std::string adapter_;
  bool is_discovering_ = false;
};

}  // namespace sluice::heartrate
