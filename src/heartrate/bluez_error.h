// Errors of D-Bus and BlueZ as ours.
#pragma once

#include "base/result.h"

#include <string_view>

namespace sluice::heartrate {

// `doing` says what failed: "cannot connect to AA:BB:CC:DD:EE:FF".  `name` is the error's on the
// bus ("org.bluez.Error.NotReady"), `message` what came with it, for a person.  Fault::io when it
// was denied, Fault::unsupported when the sensor cannot do it, else Fault::unavailable.
Error bluez_error(std::string_view doing, std::string_view name, std::string_view message);

// Whether the error says that what was asked for is so already.
bool is_already_so(std::string_view name);

}  // namespace sluice::heartrate
