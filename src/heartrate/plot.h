// A session as a picture: the heart rate over time on its zones, how long it was in each, and,
// where there are intervals, how they ran and how each follows the one before (Poincaré).
//
// What a picture leaves out: of a curve with more beats than pixels, all but the first, last,
// lowest and highest in each pixel's column; of intervals, those far from the rest, which stand at
// the edge and are counted.
#pragma once

#include "base/bytes.h"
#include "heartrate/figures.h"
#include "heartrate/session.h"
#include "heartrate/zones.h"

#include <chrono>

namespace sluice::heartrate {

struct PlotOptions {
  Zones zones;
  std::chrono::microseconds pause{0};  // as figures_of() had it
};

// An SVG document.  `figures` are those of the session with the same options.
Bytes plot_session(const Session& session,
                   const SessionFigures& figures,
                   const PlotOptions& options);

}  // namespace sluice::heartrate
