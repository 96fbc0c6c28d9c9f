// A router that knows records by their place alone, and the rule that it goes by.
//
// The rule changes with the version of the definition: what is refused under one is good under
// another, and partitions are cut anew.
#pragma once

#include "delivery/router.h"
#include "sim/dialect.h"
#include "sim/faults.h"

#include <cstdint>
#include <map>
#include <optional>

namespace sluice::sim {

struct PartitionRule {
  std::uint32_t partitions = 0;  // 0: the delivery stream has none
  bool may_refuse_good = false;  // for want of a place among the open partitions
  bool splits = false;           // some records, of the plain dialect
  bool drops = false;            // some records

  bool is_on() const { return partitions > 0; }

  // std::nullopt for a record that is refused.
  std::optional<std::uint32_t> partition_of(Named name, std::uint32_t version) const;

  // Whether a record, or the part of it, is left out.
  bool drops_it(Named name, std::uint32_t version) const;

  // How many a record is split into.
  std::uint32_t parts_of(Named name, std::uint32_t version) const;
};

// Of one life.
class SimulatedRouter final : public delivery::Router {
 public:
  SimulatedRouter(PartitionRule rule, std::uint32_t version, Faults& faults)
      : rule_(rule), version_(version), faults_(faults) {}

  Result<delivery::Routed> route(const delivery::Route& route) override;
  std::optional<delivery::PartitionId> partition_of(
      const delivery::PartitionValues& values) override;
  const delivery::PartitionValues& values(delivery::PartitionId partition) const override;

  std::size_t partitions() const override { return values_.size(); }

  void keep_only(const std::set<delivery::PartitionId>& in_use) override;

 private:
  delivery::PartitionId id_of(std::uint32_t partition);

  const PartitionRule rule_;
  const std::uint32_t version_;
  Faults& faults_;
  std::map<std::uint32_t, delivery::PartitionId> ids_;
  std::map<delivery::PartitionId, delivery::PartitionValues> values_;
  delivery::PartitionId next_{1};
};

}  // namespace sluice::sim
