#include "sim/simulated_router.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace sluice::sim {

namespace {

constexpr std::uint64_t refused_every = 13;
constexpr std::uint64_t dropped_every = 7;

std::uint64_t mixed(Named name, std::uint32_t version) {
  std::uint64_t bits = name.ordinal * 64 + name.shard * 4 + name.part;
  bits += std::uint64_t{version} << 40;
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

bool PartitionRule::drops_it(Named name, std::uint32_t version) const {
  return drops && (mixed(name, version) >> 40) % dropped_every == 0;
}

std::uint32_t PartitionRule::parts_of(Named name, std::uint32_t version) const {
  constexpr std::uint32_t parts_max = 4;
  const std::uint64_t bits = mixed({name.shard, name.ordinal}, version) >> 20;
  return splits && bits % 3 == 0 ? 1 + static_cast<std::uint32_t>((bits >> 8) % parts_max) : 1;
}

delivery::PartitionId SimulatedRouter::id_of(std::uint32_t partition) {
  const auto [known, is_new] = ids_.emplace(partition, next_);
  if (is_new) {
    values_[next_] = {{"p", std::to_string(partition)}};
    ++next_;
  }
  return known->second;
}

Result<delivery::Routed> SimulatedRouter::route(const delivery::Route& route) {
  SLUICE_TRY_DO(faults_.before("route", route.shard.shard));

  struct Owner {
    std::shared_ptr<const void> whole;
    std::deque<Bytes> parts;
  };

  const auto owner = std::make_shared<Owner>();
  owner->whole = route.owner;
  delivery::Routed routed;
  routed.batch.owner = owner;
  for (delivery::SourceRecord record : route.records) {
    Named name{route.shard.shard, record.ordinal.value};
    const delivery::PartialRecord* const known = route.partial->find(record.ordinal);
    record.split_version = known != nullptr ? known->version : version_;
    record.parts = name.parts = rule_.parts_of(name, record.split_version);
    const Bytes whole(record.data);
    for (record.part = 1; record.part <= record.parts; ++record.part) {
      name.part = record.part;
      if (record.parts > 1) {
        Bytes text = whole;
        text.insert(text.find(':', text.find(':') + 1),
                    fmt::format(".{}.{}", record.part, record.parts));
        record.data = owner->parts.emplace_back(std::move(text));
      }
      if (rule_.drops_it(name, version_)) {
        routed.routes.push_back({{}, delivery::ObjectKind::dropped});
      } else if (const auto partition = rule_.partition_of(name, version_)) {
        routed.routes.push_back({id_of(*partition)});
      } else {
        routed.refusals.push_back({static_cast<std::uint32_t>(routed.batch.records.size()),
                                   {"Simulated", "no partition", ""}});
        routed.routes.push_back({{}, delivery::ObjectKind::processing_failed});
      }
      routed.batch.records.push_back(record);
    }
  }
  return routed;
}

std::optional<delivery::PartitionId> SimulatedRouter::partition_of(
    const delivery::PartitionValues& values) {
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
