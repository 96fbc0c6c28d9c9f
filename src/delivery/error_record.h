// The lines of the error output, in the shapes that Firehose writes (members in this order).
//
// For a record that could not be converted:
//
//   {"attemptsMade":1,"arrivalTimestamp":<ms>,"lastErrorCode":"DataFormatConversion.…",
//    "lastErrorMessage":"…","attemptEndingTimestamp":<ms>,"rawData":"<base64>",
//    "sequenceNumber":"4967…","subSequenceNumber":0,
//    "dataCatalogTable":{"catalogId":"…","databaseName":"…","tableName":"…","region":"…",
//                        "versionId":"…","roleArn":"…"}}
//
// For one that a processor refused, or that had no partition to go to:
//
//   {"rawData":"<base64>","errorCode":"DynamicPartitioning.…","errorMessage":"…","attemptsMade":1,
//    "arrivalTimestamp":<ms>,"attemptEndingTimestamp":<ms>,"lambdaARN":"arn:…"}
//
// (the last member only if it was a Lambda function), each on one line, without blanks between, and
// a newline behind.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "delivery/definition.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::delivery {

// A record that was refused.  Views must live for the call only.
struct ConversionFailure {
  std::uint32_t attempts_made = 1;
  UnixMillis arrival;
  std::string_view error_code;     // "DataFormatConversion.ParseError"
  std::string_view error_message;  // any bytes; what is not UTF-8 is written as U+FFFD
  UnixMillis attempt_ending;
  ByteView raw_data;  // the whole record as it came, with its newline
  std::string_view sequence_number;
  std::optional<std::uint64_t> sub_sequence_number = 0;  // std::nullopt: null
  std::string_view lambda_arn;                           // empty: no member
};

// Appends the second kind of line, of `failure` without the sequence numbers.
void append_processing_failure(Bytes& out, const ConversionFailure& failure);

// Writes the first kind for one delivery stream.  Immutable; thread-safe.
class ErrorRecords {
 public:
  // `schema` names the table the records were to be converted with.
  explicit ErrorRecords(const SchemaReference& schema);

  // Appends the line and its newline to `out`.
  void append_line(Bytes& out, const ConversionFailure& failure) const;

 private:
  std::string table_json_;  // the dataCatalogTable member's value
};

}  // namespace sluice::delivery
