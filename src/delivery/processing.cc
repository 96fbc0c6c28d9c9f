#include "delivery/processing.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "delivery/lambda.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::delivery {

namespace {

constexpr std::string_view de_aggregation = "RecordDeAggregation";
constexpr std::string_view metadata_extraction = "MetadataExtraction";
constexpr std::string_view append_delimiter = "AppendDelimiterToRecord";
constexpr std::string_view decompression = "Decompression";
constexpr std::string_view log_processing = "CloudWatchLogProcessing";
constexpr std::string_view lambda = "Lambda";
constexpr std::array offered = {
    decompression, log_processing, de_aggregation, lambda, metadata_extraction, append_delimiter};

std::unexpected<Error> refuse(std::string message) {
  return fail(Fault::invalid, std::move(message));
}

std::size_t count_of(const Processing& processing, std::string_view type) {
  return static_cast<std::size_t>(
      std::ranges::count(processing.processors, type, &Processor::type));
}

bool has_repeated_parameter(const Processor& processor) {
  const auto& given = processor.parameters;
  return std::ranges::any_of(given, [&](const ProcessorParameter& one) {
    return std::ranges::count(given, one.name, &ProcessorParameter::name) > 1;
  });
}

Result<void> validate_lambda(const Processor& processor) {
  const std::string* const arn = processor.find("LambdaArn");
  if (arn == nullptr) {
    return refuse("LambdaArn is required when Lambda processor is used.");
  }
  SLUICE_TRY_DO(lambda_name_of(*arn));
  const bool has_size = processor.find("BufferSizeInMBs") != nullptr;
  const bool has_interval = processor.find("BufferIntervalInSeconds") != nullptr;
  if (has_size != has_interval) {
    return refuse(
        "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for "
        "lambda processor.");
  }
  return validate_lambda_numbers(processor);
}

Result<void> validate_de_aggregation(const Processor& processor) {
  const std::string* const type = processor.find("SubRecordType");
  const std::string* const delimiter = processor.find("Delimiter");
  if (type == nullptr) {
    return refuse("SubRecordType is required when RecordDeAggregation processor is used.");
  }
  if (*type == "JSON") {
    return {};
  }
  if (*type != "DELIMITED") {
    return refuse(fmt::format(
        "SubRecordType of RecordDeAggregation must be JSON or DELIMITED, not {}.", *type));
  }
  if (delimiter == nullptr) {
    return refuse("Delimiter is required when SubRecordType is DELIMITED.");
  }
  if (const auto decoded = base64_decode(*delimiter); !decoded || decoded->empty()) {
    return refuse("Delimiter of RecordDeAggregation must be base64 of at least one byte.");
  }
  return {};
}

Result<void> validate_extraction(const Processor& processor) {
  if (processor.find("MetadataExtractionQuery") == nullptr) {
    return refuse("MetadataExtractionQuery is required when MetadataExtraction processor is used.");
  }
  const std::string* const engine = processor.find("JsonParsingEngine");
  if (engine != nullptr && *engine != "JQ-1.6") {
    return refuse(
        fmt::format("JsonParsingEngine of MetadataExtraction must be JQ-1.6, not {}.", *engine));
  }
  return {};
}

Result<void> validate_decompression(const Processor& processor) {
  const std::string* const format = processor.find("CompressionFormat");
  if (format != nullptr && *format != "GZIP") {
    return refuse(fmt::format("CompressionFormat of Decompression must be GZIP, not {}.", *format));
  }
  return {};
}

Result<void> validate_log_processing(const Processor& processor) {
  const std::string* const extraction = processor.find("DataMessageExtraction");
  if (extraction == nullptr) {
    return refuse(
        "DataMessageExtraction is required when CloudWatchLogProcessing processor is used.");
  }
  if (*extraction != "true") {
    return refuse(fmt::format(
        "DataMessageExtraction of CloudWatchLogProcessing must be true, not {}.", *extraction));
  }
  return {};
}

Result<void> validate_processor(const Processor& processor) {
  if (processor.type == lambda) {
    return validate_lambda(processor);
  }
  if (processor.type == de_aggregation) {
    return validate_de_aggregation(processor);
  }
  if (processor.type == metadata_extraction) {
    return validate_extraction(processor);
  }
  if (processor.type == decompression) {
    return validate_decompression(processor);
  }
  if (processor.type == log_processing) {
    return validate_log_processing(processor);
  }
  return {};
}

// "\n" written with two characters is one.
std::string unescaped(std::string_view text) {
  constexpr std::string_view letters = "nrt\\";
  constexpr std::string_view meanings = "\n\r\t\\";
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t letter =
        text[at] == '\\' && at + 1 < text.size() ? letters.find(text[at + 1]) : std::string::npos;
    if (letter == std::string::npos) {
      out += text[at];
    } else {
      out += meanings[letter];
      ++at;
    }
  }
  return out;
}

}  // namespace

const std::string* Processor::find(std::string_view name) const {
  const auto at = std::ranges::find(parameters, name, &ProcessorParameter::name);
  return at == parameters.end() ? nullptr : &at->value;
}

const Processor* Processing::find(std::string_view type) const {
  const auto at = std::ranges::find(processors, type, &Processor::type);
  return !is_enabled || at == processors.end() ? nullptr : &*at;
}

SplitRule Processing::split_rule() const {
  SplitRule rule;
  rule.is_compressed = find(decompression) != nullptr;
  rule.extracts_messages = find(log_processing) != nullptr;
  const Processor* const processor = find(de_aggregation);
  if (processor == nullptr) {
    return rule;
  }
  const std::string* const delimiter = processor->find("Delimiter");
  if (*processor->find("SubRecordType") == "JSON" || delimiter == nullptr) {
    rule.form = SplitRule::Form::json;
  } else {
    rule.form = SplitRule::Form::delimited;
    rule.delimiter = base64_decode(*delimiter).value_or(Bytes());
  }
  return rule;
}

std::string Processing::record_delimiter() const {
  const Processor* const processor = find(append_delimiter);
  if (processor == nullptr) {
    return {};
  }
  const std::string* const delimiter = processor->find("Delimiter");
  return delimiter == nullptr ? "\n" : unescaped(*delimiter);
}

const std::string* Processing::metadata_query() const {
  const Processor* const processor = find(metadata_extraction);
  return processor == nullptr ? nullptr : processor->find("MetadataExtractionQuery");
}

Result<void> validate_processing(const Processing& processing) {
  if (std::ranges::any_of(processing.processors, has_repeated_parameter)) {
    return refuse("Duplicate ProcessorParameter passed to ProcessingConfiguration.");
  }
  if (count_of(processing, lambda) > 1) {
    return refuse("Cannot have more than 1 Lambda processor.");
  }
  for (const Processor& processor : processing.processors) {
    SLUICE_TRY_DO(validate_processor(processor));
  }
  for (const Processor& processor : processing.processors) {
    if (std::ranges::find(offered, processor.type) == offered.end()) {
      return refuse(fmt::format("The processor {} is not supported yet; there are {}.",
                                processor.type,
                                fmt::join(offered, ", ")));
    }
    if (count_of(processing, processor.type) > 1) {
      return refuse(fmt::format("Cannot have more than 1 {} processor.", processor.type));
    }
  }
  if (count_of(processing, log_processing) > 0 && count_of(processing, decompression) == 0) {
    return refuse("The CloudWatchLogProcessing processor needs the Decompression processor.");
  }
  return {};
}

}  // namespace sluice::delivery
