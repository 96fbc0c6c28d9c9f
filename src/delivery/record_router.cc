#include "delivery/record_router.h"

#include "base/check.h"
#include "delivery/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::delivery {

namespace {

// The answers to so many records are held at a time.
constexpr std::size_t evaluated_records_max = 4096;

void append_name(std::string& name, std::string_view text) {
  put_varint(name, text.size());
  name += text;
}

}  // namespace

Result<std::unique_ptr<RecordRouter>> RecordRouter::create(const DeliveryStream& stream,
                                                           std::unique_ptr<MetadataQuery> query) {
  SLUICE_TRY_DO(validate_partition_keys(stream.s3, query->keys()));
  SLUICE_TRY(keys, ObjectKeys::create(stream));
  return std::unique_ptr<RecordRouter>(new RecordRouter(stream, std::move(keys), std::move(query)));
}

RecordRouter::RecordRouter(const DeliveryStream& stream,
                           ObjectKeys keys,
                           std::unique_ptr<MetadataQuery> query)
    : keys_(std::move(keys)),
      query_(std::move(query)),
      version_(stream.version),
      splits_(stream.earlier_splits) {
  splits_.push_back({std::numeric_limits<std::uint32_t>::max(), split_rule_of(stream)});
  const std::span<const std::string> known = query_->keys();
  for (const std::string& used : keys_.query_keys()) {
    const auto at = std::ranges::find(known, used);
    SLUICE_CHECK(at != known.end());
    used_.push_back(static_cast<std::size_t>(at - known.begin()));
  }
}

Result<Routed> RecordRouter::route(const Route& route) {
  Routed routed;
  routed.batch.owner = route.owner;
  SLUICE_TRY_DO(take_apart(route, routed.batch.records));
  SLUICE_TRY_DO(find_partitions(routed));
  return routed;
}

// That of the version, which is not newer than the stream's.
const SplitRule& RecordRouter::split_rule(std::uint32_t version) const {
  return std::ranges::lower_bound(splits_, version, {}, &EarlierSplit::last_version)->rule;
}

// The parts view into the records, which the owner keeps.
Result<void> RecordRouter::take_apart(const Route& route, std::vector<SourceRecord>& parts) {
  parts.reserve(route.records.size());
  for (SourceRecord record : route.records) {
    const PartialRecord* const known =
        route.partial == nullptr ? nullptr : route.partial->find(record.ordinal);
    record.split_version = known != nullptr ? known->version : version_;
    parts_.clear();
    splitter_.split(split_rule(record.split_version), record.data, parts_);
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
    for (const ByteView data : parts_) {
      record.data = data;
      parts.push_back(record);
      ++record.part;
    }
  }
  return {};
}

Result<void> RecordRouter::find_partitions(Routed& routed) {
  const std::vector<SourceRecord>& records = routed.batch.records;
  routed.routes.reserve(records.size());
  for (std::size_t first = 0; first < records.size(); first += evaluated_records_max) {
    const std::size_t end = std::min(first + evaluated_records_max, records.size());
    payloads_.clear();
    for (std::size_t i = first; i < end; ++i) {
      payloads_.push_back(records[i].data);
    }
    SLUICE_TRY_DO(query_->evaluate(payloads_, answers_));
    SLUICE_CHECK(answers_.size() == payloads_.size());
    for (std::size_t i = first; i < end; ++i) {
      if (auto partition = partition_of_answer(i - first)) {
        routed.routes.push_back({*partition});
        continue;
      } else {
        routed.routes.push_back({{}, ObjectKind::processing_failed});
        routed.refusals.push_back(
            {static_cast<std::uint32_t>(i),
             {std::string(extraction_failed_code), std::move(partition).error(), ""}});
      }
    }
  }
  return {};
}

// Or why it has none.
std::expected<PartitionId, std::string> RecordRouter::partition_of_answer(std::size_t answer) {
  if (answers_.is_refused(answer)) {
    return std::unexpected(std::string(answers_.why(answer)));
  }
  const std::span<const std::string> keys = query_->keys();
  name_.clear();
  for (const std::size_t key : used_) {
    append_name(name_, keys[key]);
    append_name(name_, answers_.value(answer, key));
  }
  if (const auto known = ids_.find(std::string_view(name_)); known != ids_.end()) {
    return known->second;
  }
  PartitionValues values;
  for (const std::size_t key : used_) {
    values.emplace_back(keys[key], answers_.value(answer, key));
  }
  if (auto checked = keys_.check_partition(values); !checked) {
    return std::unexpected(
        fmt::format("partitionKeys values make no object key: {}", checked.error().message()));
  }
  return add_partition(std::move(values));
}

// name_ is that of the values.
PartitionId RecordRouter::add_partition(PartitionValues values) {
  const PartitionId id = next_;
  ++next_;
  ids_.emplace(name_, id);
  values_.emplace(id, std::move(values));
  return id;
}

PartitionId RecordRouter::partition_of(const PartitionValues& values) {
  name_.clear();
  for (const auto& [key, value] : values) {
    append_name(name_, key);
    append_name(name_, value);
  }
  const auto known = ids_.find(std::string_view(name_));
  return known != ids_.end() ? known->second : add_partition(values);
}

const PartitionValues& RecordRouter::values(PartitionId partition) const {
  return values_.at(partition);
}

void RecordRouter::keep_only(const std::set<PartitionId>& in_use) {
  std::erase_if(values_, [&](const auto& entry) { return !in_use.contains(entry.first); });
  std::erase_if(ids_, [&](const auto& entry) { return !in_use.contains(entry.second); });
}

}  // namespace sluice::delivery
