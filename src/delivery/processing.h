// ProcessingConfiguration and DynamicPartitioningConfiguration of a delivery stream: what was
// given, literally, and what it asks for.
//
// Of Firehose's processors these are offered:
//   Decompression            CompressionFormat GZIP, the default
//   CloudWatchLogProcessing  DataMessageExtraction true; needs Decompression
//   RecordDeAggregation      SubRecordType JSON, or DELIMITED with Delimiter (base64)
//   Lambda                   see delivery/lambda.h
//   MetadataExtraction       MetadataExtractionQuery, a jq 1.6 object construction
//   AppendDelimiterToRecord  Delimiter: \n (the default), \r, \t and \\ stand for one character;
//                            other text for itself
// RecordDeAggregation and MetadataExtraction need dynamic partitioning.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

struct ProcessorParameter {
  std::string name;
  std::string value;

  friend bool operator==(const ProcessorParameter&, const ProcessorParameter&) = default;
};

struct Processor {
  std::string type;
  std::vector<ProcessorParameter> parameters;

  // nullptr if it was not given.
  const std::string* find(std::string_view name) const;

  friend bool operator==(const Processor&, const Processor&) = default;
};

// How a record is taken apart into sub-records.
struct SplitRule {
  enum class Form : std::uint8_t { whole, json, delimited };
  Form form = Form::whole;
  std::string delimiter{};         // delimited: not empty
  bool is_compressed = false;      // it is unpacked first
  bool extracts_messages = false;  // ... and then the messages of its log events are taken out

  friend bool operator==(const SplitRule&, const SplitRule&) = default;
};

// The rule that was in force up to a version of the definition, which those of its records need of
// which some parts are delivered and others are not.
struct EarlierSplit {
  std::uint32_t last_version = 0;
  SplitRule rule;

  friend bool operator==(const EarlierSplit&, const EarlierSplit&) = default;
};

// ProcessingConfiguration.
struct Processing {
  bool is_enabled = false;
  std::vector<Processor> processors;

  // What is in force; the configuration must be valid.

  SplitRule split_rule() const;

  // Goes behind each record of raw output; empty: nothing does.
  std::string record_delimiter() const;

  // nullptr: no MetadataExtraction.
  const std::string* metadata_query() const;

  friend bool operator==(const Processing&, const Processing&) = default;

 private:
  // nullptr if there is none, or nothing is enabled.
  const Processor* find(std::string_view type) const;
};

// DynamicPartitioningConfiguration.
struct DynamicPartitioning {
  bool is_enabled = false;
  std::int32_t retry_duration_s = 300;  // kept and described, without effect

  friend bool operator==(const DynamicPartitioning&, const DynamicPartitioning&) = default;
};

// Fault::invalid for the first rule that is broken, with Firehose's text where that is known; what
// is known and not offered is refused too.  Also of what is not enabled.
Result<void> validate_processing(const Processing& processing);

}  // namespace sluice::delivery
