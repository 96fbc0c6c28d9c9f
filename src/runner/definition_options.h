// How a runner delivers what a definition asks for: its buffers, limits and reads.
#pragma once

#include "base/result.h"
#include "delivery/definition.h"
#include "runner/delivery_runner.h"

namespace sluice::runner {

// Of a valid definition.  Fault::invalid for tags that are not.
Result<RunnerOptions> options_of(const delivery::DeliveryStream& definition);

}  // namespace sluice::runner
