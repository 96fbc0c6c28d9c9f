// The processors of a delivery stream with dynamic partitioning: takes records apart
// (delivery/record_split.h) and sends each part to the partition of its values, which the query of
// MetadataExtraction finds.
//
// Partitions are told apart by the values of those keys that Prefix uses; other keys of the query
// must have values too, as in Firehose.  A record without values, or with values that make no
// object key, is refused with DynamicPartitioning.MetadataExtractionFailed.
//
// Nothing is allocated for a record beyond its places in what is returned, unless it is refused,
// an aggregate, or the first of its partition.
#pragma once

#include "delivery/definition.h"
#include "delivery/metadata_query.h"
#include "delivery/object_key.h"
#include "delivery/record_split.h"
#include "delivery/router.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::delivery {

// What is wrong with the values of a partition, as the error output says it.
inline constexpr std::string_view extraction_failed_code =
    "DynamicPartitioning.MetadataExtractionFailed";

class RecordRouter final : public Router {
 public:
  // `stream` is valid and partitioned, and `query` evaluates its MetadataExtractionQuery.
  // Fault::invalid if it has not the keys that Prefix uses (validate_partition_keys()).
  static Result<std::unique_ptr<RecordRouter>> create(const DeliveryStream& stream,
                                                      std::unique_ptr<MetadataQuery> query);

  // Fault::corrupt if a record of which parts are delivered falls into another number of parts now.
  Result<Routed> route(const Route& route) override;

  PartitionId partition_of(const PartitionValues& values) override;
  const PartitionValues& values(PartitionId partition) const override;

  std::size_t partitions() const override { return values_.size(); }

  void keep_only(const std::set<PartitionId>& in_use) override;

  bool can_be_slow() const override { return query_->can_be_slow(); }

  void interrupt() override { query_->interrupt(); }

 private:
  struct TextHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  RecordRouter(const DeliveryStream& stream, ObjectKeys keys, std::unique_ptr<MetadataQuery> query);

  const SplitRule& split_rule(std::uint32_t version) const;
  Result<void> take_apart(const Route& route, std::vector<SourceRecord>& parts);
  Result<void> find_partitions(Routed& routed);
  std::expected<PartitionId, std::string> partition_of_answer(std::size_t answer);
  PartitionId add_partition(PartitionValues values);

  const ObjectKeys keys_;
  const std::unique_ptr<MetadataQuery> query_;
  const std::uint32_t version_;
  std::vector<EarlierSplit> splits_;  // the rule in force last
  std::vector<std::size_t> used_;     // of the keys of the query, those that Prefix uses

  // By names and values, one after the other, each behind its length.
  std::unordered_map<std::string, PartitionId, TextHash, std::equal_to<>> ids_;
  std::map<PartitionId, PartitionValues> values_;
  PartitionId next_{1};

  // Reused.
  RecordSplitter splitter_;
  std::vector<ByteView> parts_;
  std::vector<ByteView> payloads_;
  QueryAnswers answers_;
  std::string name_;
};

}  // namespace sluice::delivery
