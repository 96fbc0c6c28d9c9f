#include "delivery/record_router.h"

#include "base/check.h"
#include "delivery/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::delivery {

namespace {

// The answers to so many records are held at a time.
constexpr std::size_t evaluated_records_max = 4096;

// So many look-ups wait for memory together.
constexpr std::size_t looked_up_ahead = 8;

std::string late_message(UnixMillis time, UnixMillis latest, const EventTimeTags& tags) {
  const TimePattern pattern = TimePattern::parse("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").value();
  return fmt::format(
      "the event time {} of the field {} lies more than {} s before {}, the latest "
      "so far",
      pattern.format(time, TimeZone()),
      *tags.field,
      tags.lateness->count(),
      pattern.format(latest, TimeZone()));
}

void append_name(std::string& name, std::string_view text) {
  put_varint(name, text.size());
  name += text;
}

}  // namespace

bool RecordRouter::is_needed(const DeliveryStream& stream) {
  const auto prefixes = KeyPrefixes::parse(stream.s3.prefix, stream.s3.error_output_prefix);
  const auto event_time = event_time_tags_of(stream.tags);
  return stream.s3.is_partitioned() || (prefixes && !prefixes->event_times().empty()) ||
         (event_time && event_time->refuses_late()) ||
         // A record of which parts are delivered is split by an earlier rule.
         !stream.earlier_splits.empty() || split_rule_of(stream) != SplitRule() ||
         (stream.s3.processing && lambda_of(*stream.s3.processing));
}

Result<std::unique_ptr<RecordRouter>> RecordRouter::create(
    const DeliveryStream& stream,
    std::unique_ptr<MetadataQuery> query,
    std::unique_ptr<LambdaProcessor> lambda) {
  if (query != nullptr) {
    SLUICE_TRY_DO(validate_partition_keys(stream.s3, query->keys()));
  }
  SLUICE_TRY(keys, ObjectKeys::create(stream));
  SLUICE_TRY(event_time, event_time_tags_of(stream.tags));
  return std::unique_ptr<RecordRouter>(new RecordRouter(
      stream, std::move(keys), std::move(query), std::move(lambda), std::move(event_time)));
}

RecordRouter::RecordRouter(const DeliveryStream& stream,
                           ObjectKeys keys,
                           std::unique_ptr<MetadataQuery> query,
                           std::unique_ptr<LambdaProcessor> lambda,
                           EventTimeTags event_time)
    : keys_(std::move(keys)),
      query_(std::move(query)),
      lambda_(std::move(lambda)),
      parts_(stream),
      event_time_(std::move(event_time)),
      reads_event_time_(!keys_.event_times().empty() || event_time_.refuses_late()),
      drops_empty_(!stream.s3.is_partitioned() && !reads_event_time_ && !stream.s3.converts()),
      fields_({event_time_.path}),
      event_texts_(keys_.event_times(), keys_.zone()) {
  if (lambda_ != nullptr) {
    std::ranges::transform(
        lambda_->keys(), std::back_inserter(lambda_names_), lambda_key_expression);
  }
  if (query_ == nullptr) {
    return;
  }
  const std::span<const std::string> known = query_->keys();
  for (const std::string& used : keys_.query_keys()) {
    const auto at = std::ranges::find(known, used);
    SLUICE_CHECK(at != known.end());
    used_.push_back(static_cast<std::size_t>(at - known.begin()));
  }
}

Result<Routed> RecordRouter::route(const Route& route) {
  PartsOwner owner{route.owner, {}};
  Routed routed;
  if (lambda_ == nullptr && parts_.are_whole(route)) {
    routed.routes.resize(route.records.size());
  } else {
    SLUICE_TRY_DO(parts_.take_apart(route, drops_empty_, routed, owner.made));
  }
  if (lambda_ != nullptr) {
    SLUICE_TRY_DO(lambda_->process(route.shard, routed, owner.made));
  }
  if (query_ != nullptr || has_lambda_keys() || reads_event_time_) {
    SLUICE_TRY_DO(find_partitions(routed.records(route), routed));
  }
  routed.batch.owner = owner_of(std::move(owner));
  std::ranges::sort(routed.refusals, {}, &RouteRefusal::index);
  return routed;
}

// What is built again has to have the bytes that it had, which a function may have made.
Result<SourceBatch> RecordRouter::split(const Route& route) {
  PartsOwner owner{route.owner, {}};
  Routed routed;
  SLUICE_TRY_DO(parts_.take_apart(route, drops_empty_, routed, owner.made));
  if (lambda_ != nullptr) {
    SLUICE_TRY_DO(lambda_->process(route.shard, routed, owner.made));
  }
  routed.batch.owner = owner_of(std::move(owner));
  return std::move(routed.batch);
}

void RecordRouter::interrupt() {
  if (lambda_ != nullptr) {
    lambda_->interrupt();
  }
  if (query_ != nullptr) {
    query_->interrupt();
  }
}

// Of the parts that are neither refused nor dropped.
Result<void> RecordRouter::find_partitions(std::span<const SourceRecord> records, Routed& routed) {
  const std::optional<UnixMillis> latest_before = latest_;
  std::uint32_t next = 0;
  while (next < records.size()) {
    payloads_.clear();
    evaluated_.clear();
    for (; next < records.size() && payloads_.size() < evaluated_records_max; ++next) {
      if (routed.routes[next].kind == ObjectKind::data) {
        payloads_.push_back(records[next].data);
        evaluated_.push_back(next);
      }
    }
    if (query_ != nullptr) {
      if (auto evaluated = query_->evaluate(payloads_, answers_); !evaluated) {
        latest_ = latest_before;  // all of them come again
        return evaluated;
      }
      SLUICE_CHECK(answers_.size() == payloads_.size());
    }
    name_partitions(records, routed);
    look_partitions_up(routed);
  }
  return {};
}

// All names first, so that their look-ups follow each other closely.
void RecordRouter::name_partitions(std::span<const SourceRecord> records, Routed& routed) {
  const bool is_by_query_alone = query_ != nullptr && !has_lambda_keys() && !reads_event_time_;
  named_.clear();
  names_.clear();
  for (std::size_t i = 0; i < evaluated_.size(); ++i) {
    // Those of the record before, if it is named.
    Named* const before = !named_.empty() && named_.back().first + named_.back().count == i
                              ? &named_.back()
                              : nullptr;
    if (is_by_query_alone && before != nullptr && answers_.is_like_before(i)) {
      ++before->count;
      continue;
    }
    Named named{.first = i, .name_begin = names_.size()};
    const std::uint32_t index = evaluated_[i];
    if (auto read = append_name_of(i, records[index], named); !read) {
      names_.resize(named.name_begin);
      routed.routes[index].kind = ObjectKind::processing_failed;
      routed.refusals.push_back({index, std::move(read).error()});
      continue;
    }
    named.name_bytes = names_.size() - named.name_begin;
    if (!is_by_query_alone && before != nullptr && name_of(*before) == name_of(named)) {
      names_.resize(named.name_begin);
      ++before->count;
      continue;
    }
    named.hashed = PartitionNames::hash(name_of(named));
    named_.push_back(named);
  }
}

void RecordRouter::look_partitions_up(Routed& routed) {
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const Named& named = named_[i];
    if (i + looked_up_ahead < named_.size()) {
      ids_.prefetch(named_[i + looked_up_ahead].hashed);
    }
    std::expected<PartitionId, Why> partition = PartitionId();
    if (const auto known = ids_.find(name_of(named), named.hashed)) {
      partition = *known;
    } else {
      partition = first_of_partition(named);
    }
    for (const std::uint32_t index : std::span(evaluated_).subspan(named.first, named.count)) {
      RecordRoute& route = routed.routes[index];
      if (partition) {
        route.partition = *partition;
      } else {
        route.kind = ObjectKind::processing_failed;
        routed.refusals.push_back({index, partition.error()});
      }
    }
  }
}

std::expected<void, RecordRouter::Why> RecordRouter::append_name_of(std::size_t evaluated,
                                                                    const SourceRecord& record,
                                                                    Named& named) {
  if (auto read = query_ != nullptr ? read_query(evaluated) : std::expected<void, Why>(); !read) {
    return read;
  }
  if (has_lambda_keys()) {
    read_lambda(evaluated_[evaluated]);
  }
  return reads_event_time_ ? read_event_time(record, named) : std::expected<void, Why>();
}

std::expected<void, RecordRouter::Why> RecordRouter::read_query(std::size_t answer) {
  if (answers_.is_refused(answer)) {
    return std::unexpected(
        Why{std::string(extraction_failed_code), std::string(answers_.why(answer)), ""});
  }
  const std::span<const std::string> keys = query_->keys();
  for (const std::size_t key : used_) {
    append_name(names_, keys[key]);
    append_name(names_, answers_.value(answer, key));
  }
  return {};
}

void RecordRouter::read_lambda(std::uint32_t index) {
  for (std::size_t key = 0; key < lambda_names_.size(); ++key) {
    append_name(names_, lambda_names_[key]);
    append_name(names_, lambda_->value(index, key));
  }
}

std::expected<void, RecordRouter::Why> RecordRouter::read_event_time(const SourceRecord& record,
                                                                     Named& named) {
  if (!fields_.read(record.data)) {
    return std::unexpected(
        Why{std::string(event_time_invalid_code),
            fmt::format("the field {} is missing: the record is no JSON", *event_time_.field),
            ""});
  }
  const auto time = event_time_of(fields_.field(0), event_time_);
  if (!time) {
    return std::unexpected(Why{std::string(event_time_invalid_code), time.error(), ""});
  }
  if (event_time_.refuses_late()) {
    if (latest_ && *time < *latest_ - *event_time_.lateness) {
      return std::unexpected(
          Why{std::string(event_time_late_code), late_message(*time, *latest_, event_time_), ""});
    }
    latest_ = std::max(latest_.value_or(UnixMillis::min()), std::min(*time, record.arrival));
  }
  named.event_time = *time;
  for (const auto& [expression, text] : event_texts_.at(*time)) {
    append_name(names_, expression);
    append_name(names_, text);
  }
  return {};
}

std::string_view RecordRouter::name_of(const Named& named) const {
  return std::string_view(names_).substr(named.name_begin, named.name_bytes);
}

std::expected<PartitionId, RecordRouter::Why> RecordRouter::first_of_partition(const Named& named) {
  PartitionValues values;
  for (const std::size_t key : used_) {
    values.emplace_back(query_->keys()[key], answers_.value(named.first, key));
  }
  for (std::size_t key = 0; key < lambda_names_.size(); ++key) {
    values.emplace_back(lambda_names_[key], lambda_->value(evaluated_[named.first], key));
  }
  if (reads_event_time_) {
    const PartitionValues& times = event_texts_.at(named.event_time);
    values.insert(values.end(), times.begin(), times.end());
  }
  if (auto checked = keys_.check_partition(values); !checked) {
    return std::unexpected(
        Why{std::string(extraction_failed_code),
            fmt::format("partitionKeys values make no object key: {}", checked.error().message()),
            ""});
  }
  return add_partition(name_of(named), std::move(values));
}

PartitionId RecordRouter::add_partition(std::string_view name, PartitionValues values) {
  const PartitionId id = next_;
  ++next_;
  ids_.add(name, id);
  values_.emplace(id, std::move(values));
  return id;
}

// The names of the values are those of Prefix.
std::optional<PartitionId> RecordRouter::partition_of(const PartitionValues& values) {
  std::string name;
  for (const auto& [key, value] : values) {
    append_name(name, key);
    append_name(name, value);
  }
  const auto known = ids_.find(name, PartitionNames::hash(name));
  return known ? known : add_partition(name, values);
}

const PartitionValues& RecordRouter::values(PartitionId partition) const {
  return values_.at(partition);
}

// What is late is told anew.
void RecordRouter::rewind(const std::map<PartitionId, PartitionValues>& /*parked*/) {
  latest_.reset();
}

void RecordRouter::keep_only(const std::set<PartitionId>& in_use) {
  std::erase_if(values_, [&](const auto& entry) { return !in_use.contains(entry.first); });
  ids_.keep_only([&](PartitionId partition) { return in_use.contains(partition); });
}

}  // namespace sluice::delivery
