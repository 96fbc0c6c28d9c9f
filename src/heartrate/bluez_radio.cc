// The machine's Bluetooth, as BlueZ offers it.
#include "heartrate/bluez_radio.h"

#include "heartrate/bluez_dbus.h"
#include "heartrate/bluez_link.h"
#include "heartrate/bluez_sensors.h"
#include "heartrate/bluez_session.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::heartrate {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds look_interval{100};  // how often keep_on is asked

// The wanted sensor, once it is in range.
Result<BluezSensor> find_sensor(BluezSession& session,
                                const std::string& wanted,
                                milliseconds patience,
                                const Clock& clock,
                                const KeepOn& keep_on) {
  const nanoseconds deadline = clock.steady() + patience;
  const nanoseconds listen_on = is_address(wanted) ? nanoseconds(0) : namesake_time;
  std::optional<nanoseconds> heard_at;
  for (;;) {
    const auto sensors = sensors_in_range(session.objects(), session.adapter());
    SLUICE_TRY(chosen, choose_sensor(sensors, wanted));
    const nanoseconds now = clock.steady();
    if (!heard_at && chosen) {
      heard_at = now;
    }
    if (chosen && now >= *heard_at + listen_on) {
      return std::move(*chosen);
    }
    if (!keep_on()) {
      return fail(Fault::cancelled, "interrupted");
    }
    if (!chosen && now >= deadline) {
      return std::unexpected(sensor_missing(wanted, sensors, patience));
    }
    SLUICE_TRY_DO(session.next(look_interval));
  }
}

}  // namespace

Result<std::vector<SensorInfo>> BluezRadio::scan(milliseconds time, const KeepOn& keep_on) {
  SLUICE_TRY(session, BluezSession::open(opener_));
  SLUICE_TRY_DO(session->start_discovery(keep_on));
  const nanoseconds deadline = clock_.steady() + time;
  while (clock_.steady() < deadline && keep_on()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - clock_.steady());
    SLUICE_TRY_DO(session->next(std::clamp(left, milliseconds(0), look_interval)));
  }
  std::vector<SensorInfo> out;
  for (BluezSensor& sensor : sensors_in_range(session->objects(), session->adapter())) {
    out.push_back(std::move(sensor.info));
  }
  session->stop_discovery();
  return out;
}

Result<std::unique_ptr<SensorLink>> BluezRadio::connect(const std::string& sensor,
                                                        milliseconds patience,
                                                        const KeepOn& keep_on) {
  SLUICE_TRY(session, BluezSession::open(opener_));
  SLUICE_TRY_DO(session->start_discovery(keep_on));
  SLUICE_TRY(found, find_sensor(*session, sensor, patience, clock_, keep_on));
  // Controllers that cannot look and connect at once refuse to connect.
  session->stop_discovery();
  return open_bluez_link(std::move(session), found, clock_, keep_on);
}

std::unique_ptr<Radio> make_bluez_radio(const Clock& steady, SampleClock now) {
  auto opener = [now = std::move(now)] { return open_bluez_dbus(now); };
  return std::make_unique<BluezRadio>(std::move(opener), steady);
}

}  // namespace sluice::heartrate
