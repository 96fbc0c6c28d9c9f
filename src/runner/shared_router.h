// A router that helpers may call beside the thread it belongs to, one call at a time.
#pragma once

#include "base/result.h"
#include "delivery/router.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace sluice::runner {

// Thread-safe, but for what values() returns: partitions are forgotten by the thread alone that
// asks for their values.
class SharedRouter final : public delivery::Router {
 public:
  // Whether it does not matter when, and on which thread, records are routed.
  static bool is_fit(const delivery::Router& router) {
    return !router.remembers_records() && !router.can_be_slow();
  }

  // `router` is fit and must outlive this.
  explicit SharedRouter(delivery::Router& router);

  Result<delivery::Routed> route(const delivery::Route& route) override;
  Result<delivery::SourceBatch> split(const delivery::Route& route) override;
  std::optional<delivery::PartitionId> partition_of(
      const delivery::PartitionValues& values) override;
  const delivery::PartitionValues& values(delivery::PartitionId partition) const override;
  std::size_t partitions() const override;
  void keep_only(const std::set<delivery::PartitionId>& in_use) override;
  void rewind(const std::map<delivery::PartitionId, delivery::PartitionValues>& parked) override;

  bool has_partitions() const override { return router_.has_partitions(); }

  void interrupt() override { router_.interrupt(); }

 private:
  delivery::Router& router_;
  mutable std::mutex mutex_;  // held while the router is asked
};

}  // namespace sluice::runner
