#include "runner/shared_router.h"

#include "base/check.h"

namespace sluice::runner {

SharedRouter::SharedRouter(delivery::Router& router) : router_(router) {
  SLUICE_CHECK(is_fit(router));
}

Result<delivery::Routed> SharedRouter::route(const delivery::Route& route) {
  const std::lock_guard lock(mutex_);
  return router_.route(route);
}

Result<delivery::SourceBatch> SharedRouter::split(const delivery::Route& route) {
  const std::lock_guard lock(mutex_);
  return router_.split(route);
}

std::optional<delivery::PartitionId> SharedRouter::partition_of(
    const delivery::PartitionValues& values) {
  const std::lock_guard lock(mutex_);
  return router_.partition_of(values);
}

const delivery::PartitionValues& SharedRouter::values(delivery::PartitionId partition) const {
  const std::lock_guard lock(mutex_);
  return router_.values(partition);
}

std::size_t SharedRouter::partitions() const {
  const std::lock_guard lock(mutex_);
  return router_.partitions();
}

void SharedRouter::keep_only(const std::set<delivery::PartitionId>& in_use) {
  const std::lock_guard lock(mutex_);
  router_.keep_only(in_use);
}

void SharedRouter::rewind(
    const std::map<delivery::PartitionId, delivery::PartitionValues>& parked) {
  const std::lock_guard lock(mutex_);
  router_.rewind(parked);
}

}  // namespace sluice::runner
