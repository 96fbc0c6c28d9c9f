// The metrics page, in Prometheus' text format.
#pragma once

#include "net/http_server.h"
#include "server/api.h"
#include "server/call_totals.h"
#include "server/webhooks.h"
#include "stream/group_commit.h"

#include <string>
#include <vector>

namespace sluice::server {

struct MetricsInput {
  const World& world;
  const CallTotals& calls;
  net::HttpServerStats http;
  stream::WriterTotals log;
  std::uint64_t free_bytes = 0;         // of the data directory's disk
  std::uint64_t reserve_bytes = 0;      // held there for when it is full
  std::uint64_t open_object_bytes = 0;  // of memory
  std::vector<Webhooks::Status> webhooks{};
};

std::string metrics_page(const MetricsInput& input);

}  // namespace sluice::server
