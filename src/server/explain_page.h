// What only the running server knows of its deliveries and of a record, for `sluice explain`:
//
//   GET /_sluice/explain?stream=<incarnation, 32 hex digits>&shard=0&ordinal=5
//
//   {"delivery_streams": [{"name", "incarnation", "state", "backlog_records", "objects_planned",
//      "put_failures", "paused", "open_records", "open_bytes", "open_until_ms", "put_again_at_ms",
//      "oldest_undelivered_ms", "last_error", "last_error_at_ms", "last_delivered_at_ms"}],
//    "record": {"tip", "horizon", "arrival_ms", "damage"}}
//
// Incarnations of delivery streams are 16 hex digits.  Members that have nothing to say are left
// out, and so is the record where none is named or its stream is not here.
#pragma once

#include "server/api.h"

#include <string>
#include <string_view>

namespace sluice::server {

// `query` is what stands behind the '?'.  May read from the disk.
std::string explain_page(const World& world, std::string_view query);

}  // namespace sluice::server
