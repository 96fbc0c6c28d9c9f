// A connection to one sensor through BlueZ, from Connect to Disconnect.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "heartrate/bluez_sensors.h"
#include "heartrate/bluez_session.h"
#include "heartrate/sensor.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::heartrate {

// BlueZ gives up on its own sooner; these are for one that hangs.
inline constexpr std::chrono::seconds connect_time_max{45};
inline constexpr std::chrono::seconds resolve_time_max{20};

// Connects to `sensor`, which `session` has in range, waits for its services, switches
// notifications on, and reads battery and location where they are offered.  Errors as
// Radio::connect() has them.  `clock` must outlive the link.
Result<std::unique_ptr<SensorLink>> open_bluez_link(std::unique_ptr<BluezSession> session,
                                                    const BluezSensor& sensor,
                                                    const Clock& clock,
                                                    const KeepOn& keep_on);

}  // namespace sluice::heartrate
