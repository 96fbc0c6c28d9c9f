#include "delivery/error_record.h"

#include "base/base64.h"
#include "json/writer.h"

namespace sluice::delivery {

namespace {

// base64 needs no escapes: it goes straight into the text.
void append_raw_data(json::Writer& line, Bytes& out, ByteView data) {
  line.key("rawData");
  line.raw("\"");
  base64_append(out, data);
  out += '"';
}

}  // namespace

void append_processing_failure(Bytes& out, const ConversionFailure& failure) {
  json::Writer line(out);
  line.begin_object();
  append_raw_data(line, out, failure.raw_data);
  line.member("errorCode", failure.error_code);
  line.member("errorMessage", failure.error_message);
  line.member("attemptsMade", failure.attempts_made);
  line.member("arrivalTimestamp", to_count(failure.arrival));
  line.member("attemptEndingTimestamp", to_count(failure.attempt_ending));
  if (!failure.lambda_arn.empty()) {
    line.member("lambdaARN", failure.lambda_arn);
  }
  line.end_object();
  out += '\n';
}

ErrorRecords::ErrorRecords(const SchemaReference& schema) {
  json::Writer out(table_json_);
  out.begin_object();
  out.member("catalogId", schema.catalog_id);
  out.member("databaseName", schema.database);
  out.member("tableName", schema.table);
  out.member("region", schema.region);
  out.member("versionId", schema.version_id.empty() ? "LATEST" : schema.version_id);
  out.member("roleArn", schema.role_arn);
  out.end_object();
}

void ErrorRecords::append_line(Bytes& out, const ConversionFailure& failure) const {
  json::Writer line(out);
  line.begin_object();
  line.member("attemptsMade", failure.attempts_made);
  line.member("arrivalTimestamp", to_count(failure.arrival));
  line.member("lastErrorCode", failure.error_code);
  line.member("lastErrorMessage", failure.error_message);
  line.member("attemptEndingTimestamp", to_count(failure.attempt_ending));
  append_raw_data(line, out, failure.raw_data);
  line.member("sequenceNumber", failure.sequence_number);
  line.key("subSequenceNumber");
  if (failure.sub_sequence_number) {
    line.value(*failure.sub_sequence_number);
  } else {
    line.null();
  }
  line.key("dataCatalogTable");
  line.raw(table_json_);
  line.end_object();
  out += '\n';
}

}  // namespace sluice::delivery
