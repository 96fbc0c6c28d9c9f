#include "delivery/record_parts.h"

#include "delivery/kpl_aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::delivery {

std::shared_ptr<const void> owner_of(PartsOwner parts) {
  return parts.made.empty() ? std::move(parts.records)
                            : std::make_shared<const PartsOwner>(std::move(parts));
}

RecordParts::RecordParts(const DeliveryStream& stream)
    : version_(stream.version),
      leaves_whole_(split_rule_of(stream) == SplitRule()),
      splits_(stream.earlier_splits) {
  splits_.push_back({std::numeric_limits<std::uint32_t>::max(), split_rule_of(stream)});
}

// That of the version, which is not newer than the stream's.
const SplitRule& RecordParts::split_rule(std::uint32_t version) const {
  return std::ranges::lower_bound(splits_, version, {}, &EarlierSplit::last_version)->rule;
}

bool RecordParts::are_whole(const Route& route) const {
  return leaves_whole_ && (route.partial == nullptr || route.partial->empty()) &&
         std::ranges::none_of(route.records, [](const SourceRecord& record) {
           return record.data.starts_with(aggregate_magic);
         });
}

Result<void> RecordParts::take_apart(const Route& route,
                                     bool drops_empty,
                                     Routed& routed,
                                     std::deque<Bytes>& held) {
  std::vector<SourceRecord>& parts = routed.batch.records;
  parts.reserve(parts.size() + route.records.size());
  routed.routes.reserve(parts.size() + route.records.size());
  const bool has_partial = route.partial != nullptr && !route.partial->empty();
  for (SourceRecord record : route.records) {
    const PartialRecord* const known = has_partial ? route.partial->find(record.ordinal) : nullptr;
    if (leaves_whole_ && known == nullptr && !record.data.starts_with(aggregate_magic)) {
      record.split_version = version_;
      parts.push_back(record);
      routed.routes.emplace_back();
      continue;
    }
    record.split_version = known != nullptr ? known->version : version_;
    splitter_.split(split_rule(record.split_version), record.data, split_, held);
    record.parts = static_cast<std::uint32_t>(std::max<std::size_t>(split_.parts.size(), 1));
    if (known != nullptr && known->parts != record.parts) {
      return fail(Fault::corrupt,
                  fmt::format("record {} of shard {} was split into {} parts, some of which are "
                              "delivered, and falls into {} now",
                              record.ordinal.value,
                              route.shard.shard,
                              known->parts,
                              record.parts));
    }
    if (split_.parts.empty()) {
      record.data = {};
      parts.push_back(record);
      routed.routes.push_back({{}, drops_empty ? ObjectKind::dropped : ObjectKind::data});
    } else {
      append_parts(record, routed);
    }
  }
  return {};
}

// Those of split_.
void RecordParts::append_parts(SourceRecord record, Routed& routed) {
  const std::size_t first = routed.batch.records.size();
  record.part = 1;
  for (std::size_t i = 0; i < split_.parts.size(); ++i) {
    record.data = split_.parts[i];
    record.partition_key = split_.keys.empty() ? record.partition_key : split_.keys[i];
    routed.batch.records.push_back(record);
    routed.routes.push_back({});
    ++record.part;
  }
  for (SplitRecord::Refusal& refusal : split_.refusals) {
    const std::size_t index = first + refusal.part;
    routed.routes[index].kind = refusal.kind;
    routed.refusals.push_back({static_cast<std::uint32_t>(index), std::move(refusal.why)});
  }
}

}  // namespace sluice::delivery
