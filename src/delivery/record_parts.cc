#include "delivery/record_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sluice::delivery {

RecordParts::RecordParts(const DeliveryStream& stream)
    : version_(stream.version), splits_(stream.earlier_splits) {
  splits_.push_back({std::numeric_limits<std::uint32_t>::max(), split_rule_of(stream)});
}

// That of the version, which is not newer than the stream's.
const SplitRule& RecordParts::split_rule(std::uint32_t version) const {
  return std::ranges::lower_bound(splits_, version, {}, &EarlierSplit::last_version)->rule;
}

Result<void> RecordParts::take_apart(const Route& route, std::vector<SourceRecord>& parts) {
  parts.reserve(parts.size() + route.records.size());
  for (SourceRecord record : route.records) {
    const PartialRecord* const known =
        route.partial == nullptr ? nullptr : route.partial->find(record.ordinal);
    record.split_version = known != nullptr ? known->version : version_;
    parts_.clear();
    keys_.clear();
    splitter_.split(split_rule(record.split_version), record.data, parts_, &keys_);
    if (known != nullptr && known->parts != parts_.size()) {
      return fail(Fault::corrupt,
                  fmt::format("record {} of shard {} was split into {} parts, some of which are "
                              "delivered, and falls into {} now",
                              record.ordinal.value,
                              route.shard.shard,
                              known->parts,
                              parts_.size()));
    }
    record.parts = static_cast<std::uint32_t>(parts_.size());
    record.part = 1;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      record.data = parts_[i];
      record.partition_key = keys_.empty() ? record.partition_key : keys_[i];
      parts.push_back(record);
      ++record.part;
    }
  }
  return {};
}

}  // namespace sluice::delivery
