#include "server/config_processing.h"

#include "base/base64.h"
#include "delivery/prefix.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {
namespace {

using delivery::Processor;

constexpr std::string_view section = "[delivery_stream.processing]";

// Of one table of processing.
class Reading {
 public:
  Reading(const ConfigReader& reader, const toml::table& table) : reader_(reader), table_(table) {}

  Result<std::vector<Processor>> processors();

 private:
  Result<void> add_decompression();
  Result<void> add_sub_records();
  Result<void> add_lambda();
  Result<void> add_query();
  Result<void> add_delimiter();

  const ConfigReader& reader_;
  const toml::table& table_;
  std::vector<Processor> processors_;
};

// As the Delimiter of AppendDelimiterToRecord is written.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Result<void> Reading::add_decompression() {
  SLUICE_TRY(format, reader_.text_or(table_, "decompression", ""));
  if (!format.empty() && format != "gzip") {
    return reader_.refuse(*table_.get("decompression"), "decompression must be \"gzip\"");
  }
  if (!format.empty()) {
    processors_.push_back({"Decompression", {{"CompressionFormat", "GZIP"}}});
  }
  SLUICE_TRY(has_messages, reader_.flag(table_, "log_messages"));
  if (has_messages) {
    processors_.push_back({"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}});
  }
  return {};
}

Result<void> Reading::add_sub_records() {
  SLUICE_TRY(form, reader_.text_or(table_, "sub_records", ""));
  SLUICE_TRY(delimiter, reader_.text_or(table_, "sub_record_delimiter", ""));
  if (!form.empty() && form != "json" && form != "delimited") {
    return reader_.refuse(*table_.get("sub_records"),
                          "sub_records must be \"json\" or \"delimited\"");
  }
  if ((form == "delimited") == delimiter.empty()) {
    return reader_.refuse(table_,
                          "sub_records = \"delimited\" and sub_record_delimiter go together");
  }
  if (form == "json") {
    processors_.push_back({"RecordDeAggregation", {{"SubRecordType", "JSON"}}});
  } else if (form == "delimited") {
    processors_.push_back(
        {"RecordDeAggregation",
         {{"SubRecordType", "DELIMITED"}, {"Delimiter", base64_encode(delimiter)}}});
  }
  return {};
}

Result<void> Reading::add_lambda() {
  SLUICE_TRY(arn, reader_.text_or(table_, "lambda", ""));
  SLUICE_TRY(retries, reader_.integer(table_, "lambda_retries", 0, 300));
  const toml::node* const batch = table_.get("lambda_batch_mb");
  if (arn.empty() && (retries || batch != nullptr)) {
    return reader_.refuse(table_, "lambda_retries and lambda_batch_mb need lambda = \"...\"");
  }
  if (arn.empty()) {
    return {};
  }
  Processor lambda{"Lambda", {{"LambdaArn", std::move(arn)}}};
  if (retries) {
    lambda.parameters.push_back({"NumberOfRetries", fmt::format("{}", *retries)});
  }
  if (batch != nullptr) {
    const auto size_mb = batch->value<double>();
    if (!batch->is_number() || !size_mb || !(*size_mb >= 0.2 && *size_mb <= 3)) {
      return reader_.refuse(*batch, "lambda_batch_mb must be a number from 0.2 to 3");
    }
    lambda.parameters.push_back({"BufferSizeInMBs", fmt::format("{}", *size_mb)});
    lambda.parameters.push_back({"BufferIntervalInSeconds", "60"});
  }
  processors_.push_back(std::move(lambda));
  return {};
}

Result<void> Reading::add_query() {
  SLUICE_TRY(query, reader_.text_or(table_, "query", ""));
  if (!query.empty()) {
    processors_.push_back(
        {"MetadataExtraction",
         {{"MetadataExtractionQuery", std::move(query)}, {"JsonParsingEngine", "JQ-1.6"}}});
  }
  return {};
}

Result<void> Reading::add_delimiter() {
  SLUICE_TRY(delimiter, reader_.text_or(table_, "delimiter", ""));
  if (!delimiter.empty()) {
    processors_.push_back({"AppendDelimiterToRecord", {{"Delimiter", escaped(delimiter)}}});
  }
  return {};
}

Result<std::vector<Processor>> Reading::processors() {
  SLUICE_TRY_DO(reader_.check_keys(table_,
                                   section,
                                   {"decompression",
                                    "log_messages",
                                    "sub_records",
                                    "sub_record_delimiter",
                                    "lambda",
                                    "lambda_retries",
                                    "lambda_batch_mb",
                                    "query",
                                    "delimiter"}));
  SLUICE_TRY_DO(add_decompression());
  SLUICE_TRY_DO(add_sub_records());
  SLUICE_TRY_DO(add_lambda());
  SLUICE_TRY_DO(add_query());
  SLUICE_TRY_DO(add_delimiter());
  return std::move(processors_);
}

bool has_partition_keys(const delivery::S3Destination& s3) {
  const auto prefixes = delivery::KeyPrefixes::parse(s3.prefix, s3.error_output_prefix);
  return prefixes && !(prefixes->query_keys().empty() && prefixes->lambda_keys().empty());
}

}  // namespace

Result<void> read_processing(const ConfigReader& reader,
                             const toml::table& delivery_stream,
                             delivery::S3Destination& s3) {
  SLUICE_TRY(given, reader.table(delivery_stream, "processing"));
  if (given != nullptr) {
    SLUICE_TRY(processors, Reading(reader, *given).processors());
    s3.processing = delivery::Processing{true, std::move(processors)};
  }
  if (has_partition_keys(s3)) {
    s3.partitioning = delivery::DynamicPartitioning{.is_enabled = true};
    return {};
  }
  for (const std::string_view setting : {"query", "sub_records"}) {
    if (const toml::node* const node = given != nullptr ? given->get(setting) : nullptr) {
      return reader.refuse(*node,
                           fmt::format("{} needs a prefix with !{{partitionKeyFromQuery:...}} or "
                                       "!{{partitionKeyFromLambda:...}}",
                                       setting));
    }
  }
  return {};
}

}  // namespace sluice::server
