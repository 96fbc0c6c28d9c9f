// The panel of a plot that shows the heart rate over time, and the list of zones beside it.
#pragma once

#include "heartrate/plot.h"
#include "heartrate/plot_axis.h"
#include "heartrate/svg.h"

namespace sluice::heartrate {

// From the first record to the last, for all panels that share it; a session of no length gets a
// second.
Axis time_axis(const Session& session, const Box& box);

// Labels and grid of the time axis, at the bottom of `box`.
void draw_time_axis(Svg& svg, const Session& session, const Box& box);

void draw_rates(Svg& svg,
                const Session& session,
                const SessionFigures& figures,
                const PlotOptions& options,
                const Box& box);

void draw_zone_list(Svg& svg, const SessionFigures& figures, const Zones& zones, const Box& box);

}  // namespace sluice::heartrate
