// The processors of a delivery stream: takes records apart (delivery/record_split.h), has a Lambda
// function transform the parts (delivery/lambda_processor.h) and sends each to the partition of its
// values, which the query of MetadataExtraction and the event time of the record decide; all that
// as far as there are such.
//
// A record without log events becomes an empty one; of raw records without partitions, where that
// is nothing at all, it is dropped.
//
// Partitions are told apart by the values of those keys of the query and of the function's answers
// that Prefix uses; other keys of the query must have values too, as in Firehose.  A record without
// values, or with values that make no object key, is refused with
// DynamicPartitioning.MetadataExtractionFailed; one without an event time with EventTime.Invalid,
// and one that is late, where tags want that, with EventTime.Late.
//
// Late is what lies further behind the latest event time of the records so far than the tag allows.
// An event time ahead of the record's arrival counts as the arrival there, so that one wrong clock
// does not make all others late.  Every life of a router counts anew.
//
// Nothing is allocated for a record beyond its places in what is returned, unless it is refused,
// compressed, an aggregate, or the first of its partition.
#pragma once

#include "delivery/definition.h"
#include "delivery/event_time.h"
#include "delivery/field_reader.h"
#include "delivery/lambda_processor.h"
#include "delivery/metadata_query.h"
#include "delivery/object_key.h"
#include "delivery/partition_names.h"
#include "delivery/record_parts.h"
#include "delivery/router.h"
#include "delivery/time_texts.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// What is wrong with the values of a partition, as the error output says it.
inline constexpr std::string_view extraction_failed_code =
    "DynamicPartitioning.MetadataExtractionFailed";

inline constexpr std::string_view event_time_invalid_code = "EventTime.Invalid";
inline constexpr std::string_view event_time_late_code = "EventTime.Late";

class RecordRouter final : public Router {
 public:
  // Whether records of the valid delivery stream have to be routed.
  static bool is_needed(const DeliveryStream& stream);

  // `stream` is valid; `query` evaluates its MetadataExtractionQuery and `lambda` is its Lambda
  // processor, none without one.  Fault::invalid if the query has not the keys that Prefix uses
  // (validate_partition_keys()).
  static Result<std::unique_ptr<RecordRouter>> create(
      const DeliveryStream& stream,
      std::unique_ptr<MetadataQuery> query,
      std::unique_ptr<LambdaProcessor> lambda = nullptr);

  // Fault::corrupt if a record of which parts are delivered falls into another number of parts now.
  Result<Routed> route(const Route& route) override;
  Result<SourceBatch> split(const Route& route) override;

  std::optional<PartitionId> partition_of(const PartitionValues& values) override;
  const PartitionValues& values(PartitionId partition) const override;

  std::size_t partitions() const override { return values_.size(); }

  void keep_only(const std::set<PartitionId>& in_use) override;

  void rewind(const std::map<PartitionId, PartitionValues>& parked) override;

  bool remembers_records() const override { return event_time_.refuses_late(); }

  bool has_partitions() const override {
    return query_ != nullptr || has_lambda_keys() || !keys_.event_times().empty();
  }

  bool can_be_slow() const override {
    return lambda_ != nullptr || (query_ != nullptr && query_->can_be_slow());
  }

  void interrupt() override;

 private:
  using Why = serde::Rejection;

  RecordRouter(const DeliveryStream& stream,
               ObjectKeys keys,
               std::unique_ptr<MetadataQuery> query,
               std::unique_ptr<LambdaProcessor> lambda,
               EventTimeTags event_time);

  // Records on their way to their partition, one after the other, and that one's name.
  struct Named {
    std::size_t first = 0;  // of the evaluated ones
    std::size_t count = 1;
    UnixMillis event_time{};  // of the first, where it counts
    std::size_t name_begin = 0;
    std::size_t name_bytes = 0;
    std::size_t hashed = 0;
  };

  bool has_lambda_keys() const { return lambda_ != nullptr && !lambda_->keys().empty(); }

  Result<void> find_partitions(std::span<const SourceRecord> records, Routed& routed);
  void name_partitions(std::span<const SourceRecord> records, Routed& routed);
  void look_partitions_up(Routed& routed);
  std::expected<void, Why> append_name_of(std::size_t evaluated,
                                          const SourceRecord& record,
                                          Named& named);
  std::expected<void, Why> read_query(std::size_t answer);
  std::expected<void, Why> read_event_time(const SourceRecord& record, Named& named);
  void read_lambda(std::uint32_t index);
  std::string_view name_of(const Named& named) const;
  std::expected<PartitionId, Why> first_of_partition(const Named& named);
  PartitionId add_partition(std::string_view name, PartitionValues values);

  const ObjectKeys keys_;
  const std::unique_ptr<MetadataQuery> query_;
  const std::unique_ptr<LambdaProcessor> lambda_;
  RecordParts parts_;
  std::vector<std::size_t> used_;          // of the keys of the query, those that Prefix uses
  std::vector<std::string> lambda_names_;  // of the keys of the function, as partition keys
  const EventTimeTags event_time_;
  const bool reads_event_time_;
  const bool drops_empty_;  // records without log events
  FieldReader fields_;      // the event time
  TimeTexts event_texts_;
  std::optional<UnixMillis> latest_;  // event time so far

  PartitionNames ids_;  // names and values, one after the other, each behind its length
  std::map<PartitionId, PartitionValues> values_;
  PartitionId next_{1};

  // Reused.
  std::vector<std::uint32_t> evaluated_;  // whose payloads follow
  std::vector<ByteView> payloads_;
  QueryAnswers answers_;
  std::vector<Named> named_;
  std::string names_;  // of those
};

}  // namespace sluice::delivery
