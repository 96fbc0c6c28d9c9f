// BlueZ on D-Bus's system bus.
#pragma once

#include "heartrate/bluez_bus.h"
#include "heartrate/sample_time.h"

#include <memory>

namespace sluice::heartrate {

// Connects to the system bus: the one of DBUS_SYSTEM_BUS_ADDRESS, else the machine's.  `clock`
// gives signals their time.  Fault::unavailable without such a bus,
// Fault::io when it is denied.
Result<std::unique_ptr<BluezBus>> open_bluez_dbus(SampleClock clock);

}  // namespace sluice::heartrate
