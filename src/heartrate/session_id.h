// Names of recorded sessions.
#pragma once

#include "base/random.h"
#include "heartrate/sample_time.h"

#include <string>

namespace sluice::heartrate {

// When it began, UTC, and some chance that tells apart what began in the same second:
// "20250713T212519-3fa9".
std::string new_session_id(SampleTime begin, Random& random);

}  // namespace sluice::heartrate
