// Sends records through a Lambda function, a batch at a time, and takes in what it answers.
//
//   event   {"invocationId":"…","deliveryStreamArn":"…","region":"…","sourceKinesisStreamArn":"…",
//            "records":[{"recordId":"…","approximateArrivalTimestamp":…,"data":"<base64>",
//                        "kinesisRecordMetadata":{…}}]}        the last for a Kinesis source only
//   answer  {"records":[{"recordId":"…","result":"Ok|Dropped|ProcessingFailed","data":"<base64>",
//                        "metadata":{"partitionKeys":{"<key>":"<value>"}}}]}
//
// A record that the function answers Ok has the answer's data from then on, and the values of those
// partition keys that Prefix takes from the function; one that it drops is dropped; any other, also
// one that lacks such a value, is refused, as it was sent, with Firehose's code.  An invocation
// that fails, or whose function does, is tried again NumberOfRetries times; then all records of the
// batch are refused.  What was answered is final.
#pragma once

#include "base/random.h"
#include "delivery/definition.h"
#include "delivery/lambda.h"
#include "delivery/router.h"
#include "json/tape.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::delivery {

// Not thread-safe but for interrupt().
class LambdaProcessor {
 public:
  // `stream` is valid and has a Lambda processor.  The rest is borrowed.
  LambdaProcessor(const DeliveryStream& stream,
                  std::unique_ptr<LambdaFunction> function,
                  Source& source,
                  Random& random);

  // Of the records whose kind is data.  What becomes of them stands in the routes, the refusals
  // (not in order) and in the records' data, which views into texts that join `held`.
  // Fault::unavailable once interrupted.
  Result<void> process(ShardKey shard, Routed& routed, std::deque<Bytes>& held);

  // The keys that partitionKeyFromLambda names in Prefix.
  std::span<const std::string> keys() const { return keys_; }

  // The value of a key, by its place among them, of a record that was answered Ok, by its index
  // into what was processed last.  Not empty; good until the next call of process().
  std::string_view value(std::uint32_t record, std::size_t key) const {
    return values_[record * keys_.size() + key];
  }

  void interrupt() { function_->interrupt(); }

 private:
  Result<void> process_batch(ShardKey shard, Routed& routed, std::deque<Bytes>& held);
  Bytes event_of(ShardKey shard, const Routed& routed);
  void take_answer(ByteView payload, Routed& routed, std::deque<Bytes>& held);
  void take_record(json::View answer, Routed& routed, std::deque<Bytes>& held);
  std::string_view take_values(json::View answer, std::uint32_t index);
  void refuse(std::uint32_t index, std::string_view code, std::string_view message, Routed& routed);
  void refuse_batch(std::string_view code, std::string_view message, Routed& routed);

  const LambdaSettings settings_;
  const std::string arn_;  // of the delivery stream
  const std::string region_;
  const std::string source_arn_;  // empty: no Kinesis source
  const std::vector<std::string> keys_;
  const std::unique_ptr<LambdaFunction> function_;
  Source& source_;
  Random& random_;

  std::vector<std::string> values_;  // of all records, key after key

  // Of the batch under way.
  std::vector<std::uint32_t> batch_;                     // indexes into the routed records
  std::unordered_map<std::string, std::size_t> places_;  // by record id: into batch_
  std::vector<std::uint8_t> answers_;                    // how many there are for each of batch_
  std::uint32_t attempts_ = 0;
  json::Tape tape_;
};

}  // namespace sluice::delivery
