// What keeps a delivery stream from delivering.
#pragma once

#include "proof/explain.h"

namespace sluice::proof {

// "2026-07-13 15:55:19Z"
std::string time_text(UnixMillis time);

// nullptr where no server answers, or it does not have the delivery stream.
const LiveDelivery* live_of(const Situation& situation, const delivery::DeliveryStream& delivery);

// What waits: for its object, for its put, or all that a delivery stream does.
enum class Waiting : std::uint8_t { for_object, for_put, delivery };

// Adds last error, next attempt, backlog, sentences and the first of these causes that holds; the
// outlook is `held` then.  Without one nothing but time is needed.
//   draining · no-server · server-silent · paused · bucket-missing · table-missing ·
//   source-missing · failing · broken
void add_hindrance(const Situation& situation,
                   const delivery::DeliveryStream& delivery,
                   Waiting waiting,
                   Explanation& explanation);

}  // namespace sluice::proof
