// Bluetooth that is not there: simulated sensors behind the interface of a real radio, with their
// broken links, for runs and tests without any.
//
// Time is handed in twice: a clock to read and a way to let it pass.  With a ManualClock and its
// advance() an hour goes by at once; with the system's clock and a sleep it takes an hour.
#pragma once

#include "base/clock.h"
#include "heartrate/sensor.h"
#include "heartrate/simulated_group.h"
#include "heartrate/simulated_watch.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::heartrate {

// A sensor is in range from its watch's start for its duration, but for the times its link is
// broken; what it measures while nobody is connected is gone.  One thread at a time, its links
// included; the links borrow from the radio.
class SimulatedRadio final : public Radio {
 public:
  // Returns when that time is over, or earlier when there is a reason to stop.
  using Pass = std::function<void(std::chrono::milliseconds)>;

  // Borrows the clock.
  SimulatedRadio(std::vector<SimulatedSensor> sensors, const Clock& clock, Pass pass);
  ~SimulatedRadio() override;

  Result<std::vector<SensorInfo>> scan(std::chrono::milliseconds time,
                                       const std::function<bool()>& keep_on) override;

  // Fault::cancelled when `keep_on` ended the search.  An address has precedence over a name.
  Result<std::unique_ptr<SensorLink>> connect(const std::string& sensor,
                                              std::chrono::milliseconds patience,
                                              const std::function<bool()>& keep_on) override;

 private:
  class Watch;
  class Link;

  bool pass_until(UnixMillis time, const std::function<bool()>& keep_on);
  std::vector<Watch*> known_as(const std::string& sensor);

  const Clock& clock_;
  Pass pass_;
  std::vector<std::unique_ptr<Watch>> watches_;
};

}  // namespace sluice::heartrate
