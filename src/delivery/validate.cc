#include "delivery/validate.h"

#include "delivery/buffer_tags.h"
#include "delivery/event_time.h"
#include "delivery/lambda.h"
#include "delivery/object_construction.h"
#include "delivery/object_key.h"
#include "delivery/parquet_options.h"
#include "delivery/partition_limits.h"
#include "delivery/prefix.h"
#include "delivery/raw_compression.h"
#include "delivery/session_tags.h"
#include "delivery/text_rules.h"
#include "delivery/zone.h"
#include "serde/hive.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::delivery {

namespace {

constexpr std::string_view own_tag_start = "sluice:";
constexpr std::string_view object_name_tag = "sluice:object-name";
constexpr std::array setting_tags = {partitions_max_tag,
                                     partition_overflow_tag,
                                     buffer_size_tag,
                                     buffer_interval_tag,
                                     size_of_tag,
                                     parquet_profile_tag,
                                     event_time_field_tag,
                                     event_time_format_tag,
                                     event_time_lateness_tag,
                                     event_time_late_tag,
                                     session_gap_tag,
                                     session_key_tag,
                                     session_max_tag,
                                     session_end_field_tag,
                                     session_end_value_tag};
constexpr std::int64_t block_size_bytes_min = 67'108'864;
constexpr std::int64_t page_size_bytes_min = 65'536;

Result<void> require(bool holds, std::string_view message) {
  if (!holds) {
    return fail(Fault::invalid, std::string(message));
  }
  return {};
}

Result<void> require_rule(const TextRule& rule, std::string_view text, std::string_view member) {
  if (!rule.has_good_length(text)) {
    return fail(
        Fault::invalid,
        fmt::format("{} must have {} to {} characters.", member, rule.length_min, rule.length_max));
  }
  if (!rule.has_good_form(text)) {
    return fail(Fault::invalid,
                fmt::format("{} '{}' does not match {}.", member, text, rule.pattern));
  }
  return {};
}

Result<void> validate_source(const DeliveryStream& stream) {
  if (stream.source_type == SourceType::direct_put) {
    return require(stream.source_stream_arn.empty(),
                   "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream "
                   "type");
  }
  SLUICE_TRY_DO(require(!stream.source_stream_arn.empty(),
                        "KinesisStreamSourceConfiguration is required for KinesisStreamAsSource "
                        "stream type"));
  return require_rule(kinesis_stream_arn_rule, stream.source_stream_arn, "KinesisStreamARN");
}

Result<void> validate_ranges(const S3Destination& s3) {
  const std::int32_t size_mib = s3.effective_size_mib();
  SLUICE_TRY_DO(require(size_mib >= buffer_size_mib_min && size_mib <= buffer_size_mib_max,
                        "BufferingHints.SizeInMBs must be from 1 to 128."));
  const auto interval_s = s3.effective_interval().count();
  SLUICE_TRY_DO(require(interval_s >= 0 && interval_s <= buffer_interval_s_max,
                        "BufferingHints.IntervalInSeconds must be from 0 to 900."));
  if (!s3.conversion || !s3.conversion->parquet) {
    return {};
  }
  const ParquetOptions& parquet = *s3.conversion->parquet;
  SLUICE_TRY_DO(
      require(parquet.block_size_bytes.value_or(block_size_bytes_min) >= block_size_bytes_min,
              "ParquetSerDe.BlockSizeBytes must be at least 67108864."));
  SLUICE_TRY_DO(
      require(parquet.page_size_bytes.value_or(page_size_bytes_min) >= page_size_bytes_min,
              "ParquetSerDe.PageSizeBytes must be at least 65536."));
  return require(parquet.padding_bytes_max.value_or(0) >= 0,
                 "ParquetSerDe.MaxPaddingBytes must not be negative.");
}

Result<void> validate_compression(const S3Destination& s3) {
  return require(raw_format_of(s3.compression_format).has_value(),
                 "CompressionFormat must be UNCOMPRESSED, GZIP, ZIP, Snappy or HADOOP_SNAPPY.");
}

// Firehose's checks 3 to 7, in its order.
Result<void> validate_enabled_conversion(const Conversion& conversion,
                                         const ConversionParts& parts) {
  SLUICE_TRY_DO(require(parts.has_input_format, "InputFormatConfiguration must not be null"));
  SLUICE_TRY_DO(require(parts.has_output_format, "OutputFormatConfiguration must not be null"));
  SLUICE_TRY_DO(require(conversion.schema.has_value(), "SchemaConfiguration must not be null"));
  SLUICE_TRY_DO(require(parts.has_openx || parts.has_hive, "Deserializer must not be null"));
  SLUICE_TRY_DO(require(!(parts.has_openx && parts.has_hive),
                        "More than one deserializer specified. Only one may be chosen."));
  SLUICE_TRY_DO(require(parts.has_parquet || parts.has_orc, "Serializer must not be null"));
  SLUICE_TRY_DO(require(!(parts.has_parquet && parts.has_orc),
                        "More than one serializer specified. Only one may be chosen."));
  const SchemaReference& schema = *conversion.schema;
  SLUICE_TRY_DO(
      require(!schema.role_arn.empty(), "SchemaConfiguration.RoleArn must not be null or empty"));
  SLUICE_TRY_DO(require(!schema.database.empty(),
                        "SchemaConfiguration.DatabaseName must not be null or empty"));
  SLUICE_TRY_DO(
      require(!schema.table.empty(), "SchemaConfiguration.TableName must not be null or empty"));
  if (conversion.hive) {
    if (auto patterns = serde::timestamp_patterns(*conversion.hive); !patterns) {
      return std::unexpected(std::move(patterns).error().within("Invalid deserializer option(s)"));
    }
  }
  return {};
}

Result<void> validate_conversion(const S3Destination& s3, const ConversionParts& parts) {
  if (!s3.conversion) {
    return {};
  }
  if (s3.conversion->is_enabled) {
    SLUICE_TRY_DO(
        require(s3.compression_format == "UNCOMPRESSED",
                "The S3 destination's compression format must be set to UNCOMPRESSED when data "
                "format conversion is enabled. To enable compression within the converted output "
                "format, set the appropriate serialization option in the output format "
                "configuration."));
    SLUICE_TRY_DO(require(
        s3.buffer_size_mib.value_or(buffer_size_mib_max) >= converted_buffer_size_mib_min,
        "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."));
    SLUICE_TRY_DO(validate_enabled_conversion(*s3.conversion, parts));
  }
  return require(!parts.has_orc, "OrcSerDe is not supported yet; choose ParquetSerDe.");
}

// A key that is too long would be found when its object is finished, too late for its records.
Result<void> validate_key_lengths(const DeliveryStream& stream) {
  const auto keys = ObjectKeys::create(stream);
  if (!keys) {
    return fail(Fault::invalid, keys.error().message());
  }
  for (const ObjectKind kind : {ObjectKind::data, ObjectKind::format_conversion_failed}) {
    if (auto longest = keys->longest(kind); !longest) {
      return fail(Fault::invalid, longest.error().message());
    }
  }
  return {};
}

Result<void> validate_unpartitioned(const KeyPrefixes& prefixes, const Processing& processing) {
  const std::pair<bool, std::string_view> name_spaces[] = {
      {!prefixes.query_keys().empty(), "partitionKeyFromQuery"},
      {!prefixes.lambda_keys().empty(), "partitionKeyFromLambda"}};
  for (const auto& [is_used, name_space] : name_spaces) {
    SLUICE_TRY_DO(require(
        !is_used,
        fmt::format("Ths supplied prefix(es) do not satisfy the following constraint: Prefix: {} "
                    "needs DynamicPartitioningConfiguration to be enabled.",
                    name_space)));
  }
  return require(processing.metadata_query() == nullptr &&
                     processing.split_rule().form == SplitRule::Form::whole,
                 "The processors MetadataExtraction and RecordDeAggregation need "
                 "DynamicPartitioningConfiguration to be enabled.");
}

// In Firehose's words, as far as they go.
Result<void> validate_partitioning(const S3Destination& s3) {
  if (s3.processing) {
    SLUICE_TRY_DO(validate_processing(*s3.processing));
  }
  SLUICE_TRY(prefixes, KeyPrefixes::parse(s3.prefix, s3.error_output_prefix));
  const Processing processing = s3.processing.value_or(Processing());
  if (!s3.is_partitioned()) {
    return validate_unpartitioned(prefixes, processing);
  }
  SLUICE_TRY_DO(require(!prefixes.query_keys().empty() || !prefixes.lambda_keys().empty(),
                        "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic "
                        "Partitioning is enabled"));
  SLUICE_TRY_DO(require(processing.is_enabled,
                        "Processing Configuration is not enabled when DataPartitioning is "
                        "enabled"));
  SLUICE_TRY_DO(require(prefixes.query_keys().empty() || processing.metadata_query() != nullptr,
                        "MetadataExtraction processor should be present when S3 Prefix has "
                        "partitionKeyFromQuery namespace."));
  SLUICE_TRY_DO(require(prefixes.lambda_keys().empty() || lambda_of(processing),
                        "Lambda should be present when S3 Prefix contains keys from "
                        "partitionKeyFromLambda namespace"));
  const DynamicPartitioning& partitioning = *s3.partitioning;
  SLUICE_TRY_DO(require(
      partitioning.retry_duration_s >= 0 && partitioning.retry_duration_s <= retry_duration_s_max,
      "RetryOptions.DurationInSeconds must be from 0 to 7200."));
  return require(s3.effective_interval().count() > 0,
                 "BufferingHints.IntervalInSeconds must not be 0 when dynamic partitioning is "
                 "enabled.");
}

// The tags of event time together, and with Prefix.
Result<void> validate_event_time(const DeliveryStream& stream) {
  SLUICE_TRY(prefixes, KeyPrefixes::parse(stream.s3.prefix, stream.s3.error_output_prefix));
  SLUICE_TRY(tags, event_time_tags_of(stream.tags));
  if (!prefixes.event_times().empty() && !tags.field) {
    return fail(Fault::invalid,
                fmt::format("Ths supplied prefix(es) do not satisfy the following constraint: "
                            "Prefix: '{}' needs the tag {}, which names the field that the time is "
                            "read from.",
                            prefixes.event_times().front().name,
                            event_time_field_tag));
  }
  const std::pair<bool, std::string_view> others[] = {
      {tags.format.has_value(), event_time_format_tag},
      {tags.lateness.has_value(), event_time_lateness_tag},
      {tags.late.has_value(), event_time_late_tag}};
  for (const auto& [is_given, tag] : others) {
    SLUICE_TRY_DO(require(tags.field || !is_given,
                          fmt::format("The tag {} needs the tag {}.", tag, event_time_field_tag)));
  }
  SLUICE_TRY(sessions, session_tags_of(stream.tags));
  return require(
      !tags.refuses_late() || tags.lateness || sessions.are_on(),
      fmt::format("The tag {} needs the tag {}.", event_time_late_tag, event_time_lateness_tag));
}

// Of the tags of sessions, what needs sessions, or each other.
Result<void> validate_session_tags(const SessionTags& tags) {
  const std::pair<bool, std::string_view> others[] = {
      {tags.key.has_value(), session_key_tag},
      {tags.max.has_value(), session_max_tag},
      {tags.end_path.has_value(), session_end_field_tag},
      {tags.end_value.has_value(), session_end_value_tag}};
  for (const auto& [is_given, tag] : others) {
    SLUICE_TRY_DO(require(tags.are_on() || !is_given,
                          fmt::format("The tag {} needs the tag {}.", tag, session_gap_tag)));
  }
  return require(
      tags.end_path.has_value() == tags.end_value.has_value(),
      fmt::format("The tags {} and {} go together.", session_end_field_tag, session_end_value_tag));
}

// The tags of sessions together, and with what stands beside them.
Result<void> validate_sessions(const DeliveryStream& stream) {
  SLUICE_TRY(prefixes, KeyPrefixes::parse(stream.s3.prefix, stream.s3.error_output_prefix));
  SLUICE_TRY(tags, session_tags_of(stream.tags));
  SLUICE_TRY_DO(validate_session_tags(tags));
  const SessionKey key = tags.key.value_or(SessionKey::none);
  constexpr std::string_view constraint =
      "Ths supplied prefix(es) do not satisfy the following constraint: Prefix: ";
  if (!tags.are_on()) {
    return require(!prefixes.data().names_session(),
                   fmt::format("{}session-start, session-id and session-key need the tag {}.",
                               constraint,
                               session_gap_tag));
  }
  SLUICE_TRY_DO(require(!stream.s3.is_partitioned() && prefixes.event_times().empty(),
                        fmt::format("The tag {} makes one object of a session; dynamic "
                                    "partitioning and event-time in Prefix would make several.",
                                    session_gap_tag)));
  SLUICE_TRY_DO(
      require(key != SessionKey::none || !prefixes.data().names_session_key(),
              fmt::format("{}session-key needs the tag {}.", constraint, session_key_tag)));
  return require(key != SessionKey::partition_key || stream.source_type != SourceType::direct_put,
                 fmt::format("The tag {} cannot be 'partition-key': records that are put directly "
                             "have none.",
                             session_key_tag));
}

// The leg of a backup; its members are named as those of S3BackupConfiguration.
Result<void> validate_backup(const DeliveryStream& leg) {
  const S3Destination& s3 = leg.s3;
  SLUICE_TRY_DO(require_rule(bucket_arn_rule, s3.bucket_arn, "BucketARN"));
  SLUICE_TRY_DO(validate_ranges(s3));
  SLUICE_TRY_DO(validate_compression(s3));
  SLUICE_TRY(prefixes, KeyPrefixes::parse(s3.prefix, s3.error_output_prefix));
  SLUICE_TRY_DO(require(prefixes.event_times().empty() && !prefixes.data().names_session(),
                        "Prefix: a backup holds source records as they came and knows no "
                        "event-time and no sessions."));
  return validate_key_lengths(leg);
}

}  // namespace

Result<void> validate_partition_keys(const S3Destination& s3, std::span<const std::string> keys) {
  if (keys.size() > query_keys_max) {
    return fail(Fault::invalid,
                fmt::format("MetadataExtractionQuery must have at most {} keys, not {}.",
                            query_keys_max,
                            keys.size()));
  }
  SLUICE_TRY(prefixes, KeyPrefixes::parse(s3.prefix, s3.error_output_prefix));
  for (const std::string& used : prefixes.query_keys()) {
    if (std::ranges::find(keys, used) == keys.end()) {
      return fail(Fault::invalid,
                  fmt::format("Ths supplied prefix(es) do not satisfy the following constraint: "
                              "Prefix: partitionKeyFromQuery:{} is no key of "
                              "MetadataExtractionQuery, which has {}.",
                              used,
                              fmt::join(keys, ", ")));
    }
  }
  return {};
}

ConversionParts parts_of(const Conversion& conversion) {
  ConversionParts parts;
  parts.has_openx = conversion.openx.has_value();
  parts.has_hive = conversion.hive.has_value();
  parts.has_input_format = parts.has_openx || parts.has_hive;
  parts.has_output_format = parts.has_parquet = conversion.parquet.has_value();
  return parts;
}

bool is_own_tag(const Tag& tag) {
  return tag.key.starts_with(own_tag_start);
}

Result<void> validate_encryption(const Encryption& encryption) {
  if (encryption.key_type == "CUSTOMER_MANAGED_CMK" && encryption.key_arn.empty()) {
    return fail(Fault::invalid, "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK");
  }
  return {};
}

Result<void> validate_tags(const std::vector<Tag>& tags) {
  SLUICE_TRY_DO(require(tags.size() <= tags_max,
                        fmt::format("A delivery stream has at most {} tags.", tags_max)));
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    SLUICE_TRY_DO(require_rule(tag_key_rule, tag->key, "The key of a tag"));
    SLUICE_TRY_DO(require_rule(tag_value_rule, tag->value, "The value of a tag"));
    const bool is_repeated =
        std::any_of(tags.begin(), tag, [&](const Tag& earlier) { return earlier.key == tag->key; });
    if (is_repeated) {
      return fail(Fault::invalid, fmt::format("The tag '{}' is given twice.", tag->key));
    }
  }
  SLUICE_TRY_DO(object_name_of(tags));
  SLUICE_TRY_DO(partition_limits_of(tags));
  SLUICE_TRY_DO(buffer_tags_of(tags));
  SLUICE_TRY_DO(parquet_profile_of(tags));
  SLUICE_TRY_DO(event_time_tags_of(tags));
  SLUICE_TRY_DO(session_tags_of(tags));
  return {};
}

Result<ObjectName> object_name_of(const std::vector<Tag>& tags) {
  ObjectName name = ObjectName::firehose;
  for (const Tag& tag : tags) {
    if (!is_own_tag(tag)) {
      continue;
    }
    if (std::ranges::find(setting_tags, tag.key) != setting_tags.end()) {
      continue;
    }
    if (tag.key != object_name_tag) {
      return fail(Fault::invalid,
                  fmt::format("unknown tag '{}': of the tags that begin with '{}' there are {} and "
                              "{}.",
                              tag.key,
                              own_tag_start,
                              fmt::join(setting_tags, ", "),
                              object_name_tag));
    }
    if (tag.value != "part" && tag.value != "firehose") {
      return fail(
          Fault::invalid,
          fmt::format(
              "the tag {} must be 'firehose' or 'part', not '{}'.", object_name_tag, tag.value));
    }
    name = tag.value == "part" ? ObjectName::part : ObjectName::firehose;
  }
  return name;
}

Result<void> validate(const DeliveryStream& stream) {
  return validate(stream,
                  stream.s3.conversion ? parts_of(*stream.s3.conversion) : ConversionParts());
}

Result<void> validate(const DeliveryStream& stream, const ConversionParts& parts) {
  const S3Destination& s3 = stream.s3;
  SLUICE_TRY_DO(require_rule(delivery_stream_name_rule, stream.name, "DeliveryStreamName"));
  SLUICE_TRY_DO(validate_source(stream));
  SLUICE_TRY_DO(require_rule(bucket_arn_rule, s3.bucket_arn, "BucketARN"));
  SLUICE_TRY_DO(validate_conversion(s3, parts));
  SLUICE_TRY_DO(validate_ranges(s3));
  SLUICE_TRY_DO(validate_compression(s3));
  SLUICE_TRY_DO(require_rule(file_extension_rule, s3.file_extension.value_or(""), "FileExtension"));
  SLUICE_TRY_DO(validate_partitioning(s3));
  SLUICE_TRY_DO(TimeZone::find(s3.custom_time_zone.value_or("")));
  SLUICE_TRY_DO(validate_key_lengths(stream));
  for (const DeliveryStream& leg : legs_of(stream)) {
    if (auto valid = leg.backup_of ? validate_backup(leg) : Result<void>(); !valid) {
      return std::unexpected(std::move(valid).error().within("S3BackupConfiguration"));
    }
  }
  SLUICE_TRY_DO(validate_tags(stream.tags));
  SLUICE_TRY_DO(validate_event_time(stream));
  return validate_sessions(stream);
}

}  // namespace sluice::delivery
