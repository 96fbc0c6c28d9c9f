// The machine's Bluetooth, as BlueZ offers it.
#pragma once

#include "base/clock.h"
#include "heartrate/bluez_bus.h"
#include "heartrate/sensor.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sluice::heartrate {

// After a sensor of the wanted name was heard: so long is listened for a second one of that name.
inline constexpr std::chrono::milliseconds namesake_time{1000};

// Each call, and each link, has a connection to the bus of its own, so a BlueZ that was restarted
// is found again by the next call.  `patience` of connect() is for finding the sensor; for what
// follows see bluez_link.h.  Pairing is left to BlueZ and its agents.
class BluezRadio final : public Radio {
 public:
  // `clock` must outlive the radio and its links.
  BluezRadio(BluezBusOpener opener, const Clock& clock)
      : opener_(std::move(opener)), clock_(clock) {}

  Result<std::vector<SensorInfo>> scan(std::chrono::milliseconds time,
                                       const KeepOn& keep_on) override;

  Result<std::unique_ptr<SensorLink>> connect(const std::string& sensor,
                                              std::chrono::milliseconds patience,
                                              const KeepOn& keep_on) override;

 private:
  BluezBusOpener opener_;
  const Clock& clock_;
};

// The radio on D-Bus's system bus (bluez_dbus.h).  `steady` is for deadlines and must outlive the
// radio and its links; `now` gives notifications their time.
std::unique_ptr<Radio> make_bluez_radio(const Clock& steady, SampleClock now);

}  // namespace sluice::heartrate
