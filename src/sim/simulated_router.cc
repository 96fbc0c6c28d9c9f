#include "sim/simulated_router.h"

#include <string>
#include <utility>

namespace sluice::sim {

namespace {

constexpr std::uint64_t refused_every = 13;

std::uint64_t mixed(Named name, std::uint32_t version) {
  std::uint64_t bits = name.ordinal * 4 + name.shard + (std::uint64_t{version} << 40);
  bits = (bits ^ (bits >> 30)) * 0xbf58'476d'1ce4'e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d0'49bb'1331'11eb;
  return bits ^ (bits >> 31);
}

}  // namespace

std::optional<std::uint32_t> PartitionRule::partition_of(Named name, std::uint32_t version) const {
  const std::uint64_t bits = mixed(name, version);
  return bits % refused_every == 0
             ? std::nullopt
             : std::optional(static_cast<std::uint32_t>((bits >> 8) % partitions));
}

delivery::PartitionId SimulatedRouter::id_of(std::uint32_t partition) {
  const auto [known, is_new] = ids_.emplace(partition, next_);
  if (is_new) {
    values_[next_] = {{"p", std::to_string(partition)}};
    ++next_;
  }
  return known->second;
}

Result<void> SimulatedRouter::route(delivery::ShardKey shard,
                                    std::span<const delivery::SourceRecord> records,
                                    std::vector<delivery::RecordRoute>& routes,
                                    std::vector<delivery::RouteRefusal>& refusals) {
  SLUICE_TRY_DO(faults_.before("route", shard.shard));
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const auto partition = rule_.partition_of({shard.shard, records[i].ordinal.value}, version_);
    if (partition) {
      routes.push_back({id_of(*partition)});
    } else {
      routes.push_back({{}, delivery::ObjectKind::processing_failed});
      refusals.push_back({i, {"Simulated", "no partition", ""}});
    }
  }
  return {};
}

delivery::PartitionId SimulatedRouter::partition_of(const delivery::PartitionValues& values) {
  return id_of(static_cast<std::uint32_t>(std::stoul(values.front().second)));
}

const delivery::PartitionValues& SimulatedRouter::values(delivery::PartitionId partition) const {
  return values_.at(partition);
}

void SimulatedRouter::keep_only(const std::set<delivery::PartitionId>& in_use) {
  std::erase_if(values_, [&](const auto& entry) { return !in_use.contains(entry.first); });
  std::erase_if(ids_, [&](const auto& entry) { return !in_use.contains(entry.second); });
}

}  // namespace sluice::sim
