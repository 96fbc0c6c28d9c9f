// Sessions as Garmin's Training Center XML (TCX), an Activity with one Lap for each.
//
// Source: the schema http://www.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd, whose order of
// elements is kept.  It has no place for intervals between beats, for contact, nor for device
// names without a serial number: those are left out.  A rate is a byte of 1 to 255 to it.  A rate
// of 0 is written all the same, because it is data and every reader takes it; one above 255 is left
// out.  Both are said in the remarks.
#pragma once

#include "heartrate/exported.h"

#include <span>

namespace sluice::heartrate {

Exported to_tcx(std::span<const SessionToExport> sessions);

}  // namespace sluice::heartrate
