// Heart-rate sensors in range, for a person and for a program.
//
//   NAME            ADDRESS            SIGNAL   BATTERY
//   Forerunner 255  AA:BB:CC:DD:EE:FF  -60 dBm     87 %
#pragma once

#include "cli/terminal.h"
#include "heartrate/sensor.h"

#include <string>
#include <vector>

namespace sluice::cli {

// An aligned table; what a sensor does not tell is "–".
std::string sensors_text(const std::vector<heartrate::SensorInfo>& sensors, const Paint& paint);

// A line each: {"address":"AA:…","name":"…","signal_dbm":-60,"battery_percent":87}, null for what a
// sensor does not tell.
std::string sensors_json(const std::vector<heartrate::SensorInfo>& sensors);

}  // namespace sluice::cli
