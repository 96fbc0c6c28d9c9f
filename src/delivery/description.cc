#include "delivery/description.h"

#include "base/check.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::delivery {

namespace {

std::string_view status_name(StreamStatus status) {
  switch (status) {
    case StreamStatus::creating:
      return "CREATING";
    case StreamStatus::creating_failed:
      return "CREATING_FAILED";
    case StreamStatus::deleting:
      return "DELETING";
    case StreamStatus::active:
      return "ACTIVE";
  }
  SLUICE_CHECK(false);
  return "";
}

std::string_view compression_name(ParquetCompression compression) {
  switch (compression) {
    case ParquetCompression::snappy:
      return "SNAPPY";
    case ParquetCompression::gzip:
      return "GZIP";
    case ParquetCompression::uncompressed:
      return "UNCOMPRESSED";
  }
  SLUICE_CHECK(false);
  return "";
}

template <class T>
void member_if(json::Writer& out, std::string_view name, const std::optional<T>& value) {
  if (value) {
    out.member(name, *value);
  }
}

void text_if(json::Writer& out, std::string_view name, std::string_view text) {
  if (!text.empty()) {
    out.member(name, text);
  }
}

void write_source(json::Writer& out, const DeliveryStream& stream) {
  if (stream.source_type == SourceType::kinesis_stream) {
    out.key("Source");
    out.begin_object();
    out.key("KinesisStreamSourceDescription");
    out.begin_object();
    out.member("KinesisStreamARN", stream.source_stream_arn);
    text_if(out, "RoleARN", stream.source_role_arn);
    out.member("DeliveryStartTimestamp", stream.delivery_start);
    out.end_object();
    out.end_object();
  } else if (stream.throughput_hint_mib) {
    out.key("Source");
    out.begin_object();
    out.key("DirectPutSourceDescription");
    out.begin_object();
    out.member("ThroughputHintInMBs", *stream.throughput_hint_mib);
    out.end_object();
    out.end_object();
  }
}

// The members that both descriptions of a destination have.
void write_common_members(json::Writer& out, const S3Destination& s3) {
  out.member("RoleARN", s3.role_arn);
  out.member("BucketARN", s3.bucket_arn);
  member_if(out, "Prefix", s3.prefix);
  member_if(out, "ErrorOutputPrefix", s3.error_output_prefix);
  out.key("BufferingHints");
  out.begin_object();
  out.member("SizeInMBs", s3.effective_size_mib());
  out.member("IntervalInSeconds", s3.effective_interval().count());
  out.end_object();
  out.member("CompressionFormat", s3.compression_format);
  out.key("EncryptionConfiguration");
  out.begin_object();
  if (s3.kms_key_arn) {
    out.key("KMSEncryptionConfig");
    out.begin_object();
    out.member("AWSKMSKeyARN", *s3.kms_key_arn);
    out.end_object();
  } else {
    out.member("NoEncryptionConfig", "NoEncryption");
  }
  out.end_object();
  out.key("CloudWatchLoggingOptions");
  out.begin_object();
  out.member("Enabled", s3.logging_enabled);
  text_if(out, "LogGroupName", s3.log_group);
  text_if(out, "LogStreamName", s3.log_stream);
  out.end_object();
}

void write_schema(json::Writer& out, const SchemaReference& schema) {
  out.key("SchemaConfiguration");
  out.begin_object();
  text_if(out, "RoleARN", schema.role_arn);
  text_if(out, "CatalogId", schema.catalog_id);
  text_if(out, "DatabaseName", schema.database);
  text_if(out, "TableName", schema.table);
  text_if(out, "Region", schema.region);
  out.member("VersionId", schema.version_id.empty() ? "LATEST" : schema.version_id);
  out.end_object();
}

void write_openx(json::Writer& out, const Conversion& conversion) {
  const serde::OpenXOptions& openx = *conversion.openx;
  out.key("OpenXJsonSerDe");
  out.begin_object();
  if (conversion.has_convert_dots || openx.dots_to_underscores) {
    out.member("ConvertDotsInJsonKeysToUnderscores", openx.dots_to_underscores);
  }
  if (conversion.has_case_insensitive || !openx.case_insensitive) {
    out.member("CaseInsensitive", openx.case_insensitive);
  }
  if (!openx.column_to_key.empty()) {
    out.key("ColumnToJsonKeyMappings");
    out.begin_object();
    for (const auto& [column, key] : openx.column_to_key) {
      out.member(column, key);
    }
    out.end_object();
  }
  out.end_object();
}

void write_hive(json::Writer& out, const serde::HiveOptions& hive) {
  out.key("HiveJsonSerDe");
  out.begin_object();
  if (!hive.timestamp_formats.empty()) {
    out.key("TimestampFormats");
    out.begin_array();
    for (const std::string& format : hive.timestamp_formats) {
      out.value(format);
    }
    out.end_array();
  }
  out.end_object();
}

void write_input_format(json::Writer& out, const Conversion& conversion) {
  out.key("InputFormatConfiguration");
  out.begin_object();
  out.key("Deserializer");
  out.begin_object();
  if (conversion.openx) {
    write_openx(out, conversion);
  }
  if (conversion.hive) {
    write_hive(out, *conversion.hive);
  }
  out.end_object();
  out.end_object();
}

void write_parquet(json::Writer& out, const ParquetOptions& parquet) {
  out.key("OutputFormatConfiguration");
  out.begin_object();
  out.key("Serializer");
  out.begin_object();
  out.key("ParquetSerDe");
  out.begin_object();
  member_if(out, "BlockSizeBytes", parquet.block_size_bytes);
  member_if(out, "PageSizeBytes", parquet.page_size_bytes);
  if (parquet.compression) {
    out.member("Compression", compression_name(*parquet.compression));
  }
  member_if(out, "EnableDictionaryCompression", parquet.dictionary);
  member_if(out, "MaxPaddingBytes", parquet.padding_bytes_max);
  member_if(out, "WriterVersion", parquet.writer_version);
  out.end_object();
  out.end_object();
  out.end_object();
}

void write_conversion(json::Writer& out, const Conversion& conversion) {
  out.key("DataFormatConversionConfiguration");
  out.begin_object();
  if (conversion.schema) {
    write_schema(out, *conversion.schema);
  }
  if (conversion.openx || conversion.hive) {
    write_input_format(out, conversion);
  }
  if (conversion.parquet) {
    write_parquet(out, *conversion.parquet);
  }
  out.member("Enabled", conversion.is_enabled);
  out.end_object();
}

void write_parameter(json::Writer& out, std::string_view name, std::string_view value) {
  out.begin_object();
  out.member("ParameterName", name);
  out.member("ParameterValue", value);
  out.end_object();
}

// What a Lambda processor leaves out is described as Firehose does.
void write_lambda_defaults(json::Writer& out, const Processor& processor, const S3Destination& s3) {
  const std::pair<std::string_view, std::string_view> defaults[] = {
      {"NumberOfRetries", "3"},
      {"RoleArn", s3.role_arn},
      {"BufferSizeInMBs", "1"},
      {"BufferIntervalInSeconds", "60"}};
  for (const auto& [name, value] : defaults) {
    if (processor.find(name) == nullptr) {
      write_parameter(out, name, value);
    }
  }
}

// The parameters as they were given.
void write_processing(json::Writer& out, const Processing& processing, const S3Destination& s3) {
  out.key("ProcessingConfiguration");
  out.begin_object();
  out.member("Enabled", processing.is_enabled);
  out.key("Processors");
  out.begin_array();
  for (const Processor& processor : processing.processors) {
    out.begin_object();
    out.member("Type", processor.type);
    out.key("Parameters");
    out.begin_array();
    for (const ProcessorParameter& parameter : processor.parameters) {
      write_parameter(out, parameter.name, parameter.value);
    }
    if (processor.type == "Lambda") {
      write_lambda_defaults(out, processor, s3);
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_partitioning(json::Writer& out, const DynamicPartitioning& partitioning) {
  out.key("DynamicPartitioningConfiguration");
  out.begin_object();
  out.key("RetryOptions");
  out.begin_object();
  out.member("DurationInSeconds", partitioning.retry_duration_s);
  out.end_object();
  out.member("Enabled", partitioning.is_enabled);
  out.end_object();
}

void write_destination(json::Writer& out, const DeliveryStream& stream) {
  const S3Destination& s3 = stream.s3;
  out.begin_object();
  out.member("DestinationId", destination_id);
  out.key("S3DestinationDescription");
  out.begin_object();
  write_common_members(out, s3);
  out.end_object();
  out.key("ExtendedS3DestinationDescription");
  out.begin_object();
  write_common_members(out, s3);
  if (s3.processing) {
    write_processing(out, *s3.processing, s3);
  }
  out.member("S3BackupMode", stream.backup ? "Enabled" : "Disabled");
  if (stream.backup) {
    out.key("S3BackupDescription");
    out.begin_object();
    write_common_members(out, stream.backup->s3);
    out.end_object();
  }
  if (s3.conversion) {
    write_conversion(out, *s3.conversion);
  }
  if (s3.partitioning) {
    write_partitioning(out, *s3.partitioning);
  }
  text_if(out, "FileExtension", s3.file_extension.value_or(""));
  const std::string zone = s3.custom_time_zone.value_or("");
  out.member("CustomTimeZone", zone.empty() ? "UTC" : zone);
  out.end_object();
  out.end_object();
}

}  // namespace

namespace {

void write_encryption(json::Writer& out, const std::optional<Encryption>& encryption) {
  out.key("DeliveryStreamEncryptionConfiguration");
  out.begin_object();
  if (encryption) {
    if (!encryption->key_arn.empty()) {
      out.member("KeyARN", encryption->key_arn);
    }
    out.member("KeyType", encryption->key_type);
  }
  out.member("Status", encryption ? "ENABLED" : "DISABLED");
  out.end_object();
}

}  // namespace

void write_description(json::Writer& out, const DeliveryStream& stream, StreamStatus status) {
  out.begin_object();
  out.key("DeliveryStreamDescription");
  out.begin_object();
  out.member("DeliveryStreamName", stream.name);
  out.member("DeliveryStreamARN", stream.arn);
  out.member("DeliveryStreamStatus", status_name(status));
  if (stream.source_type == SourceType::direct_put) {
    write_encryption(out, stream.encryption);
  }
  out.member(
      "DeliveryStreamType",
      stream.source_type == SourceType::kinesis_stream ? "KinesisStreamAsSource" : "DirectPut");
  out.member("VersionId", fmt::format("{}", stream.version));
  out.member("CreateTimestamp", stream.created);
  if (stream.updated) {
    out.member("LastUpdateTimestamp", *stream.updated);
  }
  write_source(out, stream);
  out.key("Destinations");
  out.begin_array();
  write_destination(out, stream);
  out.end_array();
  out.member("HasMoreDestinations", false);
  out.end_object();
  out.end_object();
}

}  // namespace sluice::delivery
