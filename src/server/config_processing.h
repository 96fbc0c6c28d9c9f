// [delivery_stream.processing] of the configuration file: what becomes of records before they are
// delivered, as ProcessingConfiguration and DynamicPartitioningConfiguration.
//
//   decompression         "gzip"
//   log_messages          true: the messages of CloudWatch Logs, each a record
//   sub_records           "json" or "delimited"
//   sub_record_delimiter  the text between delimited ones
//   lambda                the ARN of a function that [[lambda]] has an endpoint for
//   lambda_retries        0..300
//   lambda_batch_mb       0.2..3
//   query                 a jq object construction: the values of partitionKeyFromQuery
//   delimiter             the text behind each record
//
// Partition keys in Prefix switch dynamic partitioning on.
#pragma once

#include "base/result.h"
#include "delivery/definition.h"
#include "server/config_reader.h"

namespace sluice::server {

// Reads the processing of a delivery stream into `s3`, whose prefixes are known.
Result<void> read_processing(const ConfigReader& reader,
                             const toml::table& delivery_stream,
                             delivery::S3Destination& s3);

}  // namespace sluice::server
