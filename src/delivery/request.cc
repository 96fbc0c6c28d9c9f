#include "delivery/request.h"

#include "delivery/text_rules.h"
#include "delivery/update_request.h"
#include "delivery/validate.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace sluice::delivery {

namespace {

// Destinations of the model that are not offered; a request adds "Configuration" or "Update".
constexpr std::array<std::string_view, 8> other_destinations = {
    "RedshiftDestination",
    "ElasticsearchDestination",
    "AmazonopensearchserviceDestination",
    "AmazonOpenSearchServerlessDestination",
    "SplunkDestination",
    "HttpEndpointDestination",
    "SnowflakeDestination",
    "IcebergDestination"};

// Enumerations in the order in which the service prints them, where that was seen.
constexpr std::string_view stream_types =
    "[DirectPut, KinesisStreamAsSource, MSKAsSource, DatabaseAsSource]";
constexpr std::string_view compression_formats = "[ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]";
constexpr std::string_view parquet_compressions = "[SNAPPY, GZIP, UNCOMPRESSED]";
constexpr std::string_view parquet_versions = "[V1, V2]";
constexpr std::string_view orc_compressions = "[ZLIB, SNAPPY, NONE]";
constexpr std::string_view orc_versions = "[V0_11, V0_12]";
constexpr std::string_view processor_types =
    "[Decompression, Lambda, RecordDeAggregation, MetadataExtraction, AppendDelimiterToRecord, "
    "CloudWatchLogProcessing]";
constexpr std::string_view parameter_names =
    "[DataMessageExtraction, NumberOfRetries, Delimiter, RoleArn, JsonParsingEngine, "
    "SubRecordType, MetadataExtractionQuery, BufferIntervalInSeconds, LambdaArn, BufferSizeInMBs, "
    "CompressionFormat]";

constexpr IntegerRange block_size_range = {67'108'864, std::nullopt};
constexpr IntegerRange page_size_range = {65'536, std::nullopt};
constexpr IntegerRange padding_range = {0, std::nullopt};
constexpr IntegerRange orc_stripe_range = {8'388'608, std::nullopt};
constexpr IntegerRange orc_stride_range = {1000, std::nullopt};
constexpr IntegerRange throughput_hint_range = {1, 100};
constexpr IntegerRange retry_duration_range = {0, retry_duration_s_max};
constexpr IntegerRange tags_range = {1, 50};
constexpr IntegerRange any_size = {0, std::nullopt};

// What is given replaces what was there.
template <class T, class Given>
void replace_if_given(T& target, std::optional<Given> given) {
  if (given) {
    target = *std::move(given);
  }
}

// Reads one request into a definition: a new one, or one that it changes.  What it asks for beyond
// what is offered is remembered and refused after everything else has been found good.
class RequestReader {
 public:
  // For a request that makes a delivery stream.
  RequestReader(json::View request, const Account& account)
      : root_(request, report_), account_(account) {}

  // For a request that changes the destination of `current`.
  RequestReader(json::View request, const Account& account, const DeliveryStream& current)
      : root_(request, report_),
        account_(account),
        stream_(current),
        is_update_(true),
        parts_(current.s3.conversion ? parts_of(*current.s3.conversion) : ConversionParts()),
        was_partitioned_(current.s3.is_partitioned()) {}

  void read_creation();
  void read_update();

  // What is wrong with the form of what was read.
  std::optional<Refusal> form_refusal() const { return report_.refusal(); }

  // What an update names.
  UpdateTarget target() const { return target_; }

  // The definition that was read, unless it is refused.
  std::expected<DeliveryStream, Refusal> judged();

 private:
  // "S3Destination" is a member "S3DestinationUpdate" of a request that changes one.
  std::string member_of(std::string_view destination) const {
    return fmt::format("{}{}", destination, is_update_ ? "Update" : "Configuration");
  }

  // Of members without which there is no destination.
  Presence presence_of_essentials() const {
    return is_update_ ? Presence::optional : Presence::required;
  }

  void read_source();
  void read_encryption(const FormShape& given);
  void read_destinations();
  void read_destination(const FormShape& s3, S3Destination& target);
  void read_backup(const FormShape& s3);
  void read_object_encryption(const FormShape& given, S3Destination& target);
  void read_buffering_hints(const FormShape& given, S3Destination& target);
  void read_extended_destination(const FormShape& s3);
  void read_conversion(const FormShape& given);
  void read_output_format(const FormShape& given);
  void read_input_format(const FormShape& given);
  void read_parquet(const FormShape& given);
  void read_orc(const FormShape& given);
  void read_deserializer(const FormShape& deserializer);
  void read_schema(const FormShape& given);
  void read_processing(const FormShape& given);
  void read_partitioning(const FormShape& given);
  void read_tags();

  // What spans members, in the order in which it is refused.
  Result<void> judge();
  Result<void> judge_destinations() const;
  Result<void> judge_source() const;

  void refuse_later(bool is_asked_for, std::string_view message) {
    if (is_asked_for && unsupported_.empty()) {
      unsupported_ = message;
    }
  }

  FormReport report_;
  FormShape root_;
  const Account& account_;
  DeliveryStream stream_;
  const bool is_update_ = false;
  UpdateTarget target_;
  std::string stream_type_ = "DirectPut";
  ConversionParts parts_;
  bool was_partitioned_ = false;
  bool has_half_of_buffering_hints_ = false;
  std::string unsupported_;
};

void RequestReader::read_source() {
  stream_type_ = root_.choice("DeliveryStreamType", stream_types).value_or("DirectPut");
  stream_.source_type =
      stream_type_ == "KinesisStreamAsSource" ? SourceType::kinesis_stream : SourceType::direct_put;
  const FormShape direct_put = root_.structure("DirectPutSourceConfiguration");
  if (const auto hint =
          direct_put.integer("ThroughputHintInMBs", throughput_hint_range, Presence::required)) {
    stream_.throughput_hint_mib = static_cast<std::int32_t>(*hint);
  }
  const FormShape kinesis = root_.structure("KinesisStreamSourceConfiguration");
  stream_.source_stream_arn =
      kinesis.text("KinesisStreamARN", kinesis_stream_arn_rule, Presence::required).value_or("");
  stream_.source_role_arn = kinesis.role("RoleARN", role_arn_rule, Presence::required).value_or("");
  read_encryption(root_.structure("DeliveryStreamEncryptionConfigurationInput"));
}

void RequestReader::read_encryption(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  Encryption& encryption = stream_.encryption.emplace();
  encryption.key_arn = given.text("KeyARN", kms_key_arn_rule).value_or("");
  encryption.key_type =
      given.choice("KeyType", "[AWS_OWNED_CMK, CUSTOMER_MANAGED_CMK]", Presence::required)
          .value_or("");
}

void RequestReader::read_destination(const FormShape& s3, S3Destination& target) {
  replace_if_given(target.role_arn, s3.role("RoleARN", role_arn_rule, presence_of_essentials()));
  replace_if_given(target.bucket_arn,
                   s3.text("BucketARN", bucket_arn_rule, presence_of_essentials()));
  replace_if_given(target.prefix, s3.text("Prefix", prefix_rule));
  replace_if_given(target.error_output_prefix, s3.text("ErrorOutputPrefix", prefix_rule));
  read_buffering_hints(s3.structure("BufferingHints"), target);
  replace_if_given(target.compression_format, s3.choice("CompressionFormat", compression_formats));

  read_object_encryption(s3.structure("EncryptionConfiguration"), target);
  const FormShape logging = s3.structure("CloudWatchLoggingOptions");
  if (logging.is_given()) {
    target.logging_enabled = logging.boolean("Enabled").value_or(false);
    target.log_group = logging.text("LogGroupName", log_group_rule).value_or("");
    target.log_stream = logging.text("LogStreamName", log_stream_rule).value_or("");
  }
}

// Replaced as a whole.
void RequestReader::read_object_encryption(const FormShape& given, S3Destination& target) {
  if (!given.is_given()) {
    return;
  }
  const bool is_none = given.choice("NoEncryptionConfig", "[NoEncryption]").has_value();
  const FormShape kms = given.structure("KMSEncryptionConfig");
  target.kms_key_arn = kms.text("AWSKMSKeyARN", kms_key_arn_rule, Presence::required);
  refuse_later(
      is_none && kms.is_given(),
      "EncryptionConfiguration takes NoEncryptionConfig or KMSEncryptionConfig, not both.");
}

// Replaced as a whole.
void RequestReader::read_buffering_hints(const FormShape& given, S3Destination& target) {
  if (!given.is_given()) {
    return;
  }
  const auto size = given.integer("SizeInMBs", {buffer_size_mib_min, buffer_size_mib_max});
  const auto interval = given.integer("IntervalInSeconds", {0, buffer_interval_s_max});
  has_half_of_buffering_hints_ |= size.has_value() != interval.has_value();
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  target.buffer_size_mib = size.transform(narrow);
  target.buffer_interval_s = interval.transform(narrow);
}

void RequestReader::read_extended_destination(const FormShape& s3) {
  S3Destination& target = stream_.s3;
  read_backup(s3);
  replace_if_given(target.file_extension, s3.text("FileExtension", file_extension_rule));
  replace_if_given(target.custom_time_zone, s3.text("CustomTimeZone", time_zone_rule));
  read_conversion(s3.structure("DataFormatConversionConfiguration"));
  read_processing(s3.structure("ProcessingConfiguration"));
  read_partitioning(s3.structure("DynamicPartitioningConfiguration"));
}

// Without a mode it stays as it is.  A configuration that comes without one that is enabled is
// judged and has no effect.
void RequestReader::read_backup(const FormShape& s3) {
  const auto mode = s3.choice("S3BackupMode", "[Disabled, Enabled]");
  const FormShape given = s3.structure(is_update_ ? "S3BackupUpdate" : "S3BackupConfiguration");
  S3Destination target = stream_.backup ? stream_.backup->s3 : S3Destination();
  if (given.is_given()) {
    read_destination(given, target);
  }
  const bool is_enabled = stream_.backup.has_value();
  refuse_later(is_enabled && mode == "Disabled",
               "S3BackupMode cannot be Disabled any more once it has been Enabled.");
  refuse_later(!is_enabled && mode == "Enabled" && !given.is_given(),
               "S3BackupConfiguration must not be null when S3BackupMode is Enabled.");
  if (is_enabled) {
    stream_.backup->s3 = std::move(target);
  } else if (mode == "Enabled" && given.is_given()) {
    stream_.backup = Backup{std::move(target), 0};
  }
}

// The service reports serializers, then deserializers, then the schema.  Of what is there already,
// the formats are replaced as a whole, the schema member by member; only `Enabled` is true when it
// is not given.
void RequestReader::read_conversion(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  std::optional<Conversion>& conversion = stream_.s3.conversion;
  if (!conversion) {
    conversion.emplace();
  }
  conversion->is_enabled = given.boolean("Enabled").value_or(true);
  read_output_format(given.structure("OutputFormatConfiguration"));
  read_input_format(given.structure("InputFormatConfiguration"));
  read_schema(given.structure("SchemaConfiguration"));
}

void RequestReader::read_output_format(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  stream_.s3.conversion->parquet.reset();
  parts_.has_output_format = true;
  const FormShape serializer = given.structure("Serializer");
  read_parquet(serializer.structure("ParquetSerDe"));
  read_orc(serializer.structure("OrcSerDe"));
}

void RequestReader::read_input_format(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  Conversion& conversion = *stream_.s3.conversion;
  conversion.openx.reset();
  conversion.hive.reset();
  conversion.has_case_insensitive = conversion.has_convert_dots = false;
  parts_.has_input_format = true;
  parts_.has_openx = parts_.has_hive = false;
  read_deserializer(given.structure("Deserializer"));
}

void RequestReader::read_parquet(const FormShape& given) {
  parts_.has_parquet = given.is_given();
  if (!given.is_given()) {
    return;
  }
  ParquetOptions& parquet = stream_.s3.conversion->parquet.emplace();
  parquet.padding_bytes_max = given.integer("MaxPaddingBytes", padding_range);
  parquet.block_size_bytes = given.integer("BlockSizeBytes", block_size_range);
  parquet.page_size_bytes = given.integer("PageSizeBytes", page_size_range);
  const auto compression = given.choice("Compression", parquet_compressions);
  if (compression == "SNAPPY") {
    parquet.compression = ParquetCompression::snappy;
  } else if (compression == "GZIP") {
    parquet.compression = ParquetCompression::gzip;
  } else if (compression == "UNCOMPRESSED") {
    parquet.compression = ParquetCompression::uncompressed;
  }
  parquet.writer_version = given.choice("WriterVersion", parquet_versions);
  parquet.dictionary = given.boolean("EnableDictionaryCompression");
}

void RequestReader::read_orc(const FormShape& given) {
  parts_.has_orc = given.is_given();
  given.proportion("DictionaryKeyThreshold");
  given.integer("BlockSizeBytes", block_size_range);
  given.integer("RowIndexStride", orc_stride_range);
  given.proportion("PaddingTolerance");
  given.integer("StripeSizeBytes", orc_stripe_range);
  given.choice("Compression", orc_compressions);
  given.choice("FormatVersion", orc_versions);
  given.proportion("BloomFilterFalsePositiveProbability");
  given.texts("BloomFilterColumns", no_white_space_rule);
}

void RequestReader::read_deserializer(const FormShape& deserializer) {
  Conversion& conversion = *stream_.s3.conversion;
  const FormShape given = deserializer.structure("OpenXJsonSerDe");
  if (given.is_given()) {
    parts_.has_openx = true;
    serde::OpenXOptions& openx = conversion.openx.emplace();
    const auto case_insensitive = given.boolean("CaseInsensitive");
    const auto convert_dots = given.boolean("ConvertDotsInJsonKeysToUnderscores");
    conversion.has_case_insensitive = case_insensitive.has_value();
    conversion.has_convert_dots = convert_dots.has_value();
    openx.case_insensitive = case_insensitive.value_or(true);
    openx.dots_to_underscores = convert_dots.value_or(false);
    for (const FormShape::Entry& entry :
         given.map("ColumnToJsonKeyMappings", no_white_space_rule, non_blank_rule)) {
      openx.column_to_key.insert_or_assign(std::string(entry.key), std::string(entry.value));
    }
  }
  const FormShape hive = deserializer.structure("HiveJsonSerDe");
  if (hive.is_given()) {
    parts_.has_hive = true;
    conversion.hive.emplace().timestamp_formats = hive.texts("TimestampFormats", non_blank_rule);
  }
}

void RequestReader::read_schema(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  std::optional<SchemaReference>& known = stream_.s3.conversion->schema;
  SchemaReference& schema = known ? *known : known.emplace();
  replace_if_given(schema.version_id, given.text("VersionId", no_white_space_rule));
  replace_if_given(schema.catalog_id, given.text("CatalogId", no_white_space_rule));
  replace_if_given(schema.database, given.text("DatabaseName", no_white_space_rule));
  replace_if_given(schema.role_arn, given.role("RoleARN", no_white_space_rule));
  replace_if_given(schema.region, given.text("Region", no_white_space_rule));
  replace_if_given(schema.table, given.text("TableName", no_white_space_rule));
}

// Enabled: absent it means no, unlike that of a conversion.
void RequestReader::read_processing(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  Processing& processing = stream_.s3.processing.emplace();
  processing.is_enabled = given.boolean("Enabled").value_or(false);
  given.structures("Processors", any_size, [&](const FormShape& shape) {
    Processor& processor = processing.processors.emplace_back();
    processor.type = shape.choice("Type", processor_types, Presence::required).value_or("");
    shape.structures("Parameters", any_size, [&](const FormShape& one) {
      ProcessorParameter& parameter = processor.parameters.emplace_back();
      parameter.name =
          one.choice("ParameterName", parameter_names, Presence::required).value_or("");
      parameter.value =
          one.text("ParameterValue", parameter_value_rule, Presence::required).value_or("");
    });
  });
}

void RequestReader::read_partitioning(const FormShape& given) {
  if (!given.is_given()) {
    return;
  }
  DynamicPartitioning& partitioning = stream_.s3.partitioning.emplace();
  partitioning.is_enabled = given.boolean("Enabled").value_or(false);
  const auto duration =
      given.structure("RetryOptions").integer("DurationInSeconds", retry_duration_range);
  if (duration) {
    partitioning.retry_duration_s = static_cast<std::int32_t>(*duration);
  }
}

void RequestReader::read_tags() {
  root_.structures("Tags", tags_range, [this](const FormShape& given) {
    Tag& tag = stream_.tags.emplace_back();
    tag.key = given.text("Key", tag_key_rule, Presence::required).value_or("");
    tag.value = given.text("Value", tag_value_rule).value_or("");
  });
}

Result<void> RequestReader::judge_destinations() const {
  std::size_t destinations = 0;
  std::string other;
  for (const std::string_view destination : other_destinations) {
    if (root_.has(member_of(destination))) {
      ++destinations;
      other = member_of(destination);
    }
  }
  for (const std::string_view destination : {"S3Destination", "ExtendedS3Destination"}) {
    destinations += root_.has(member_of(destination)) ? 1 : 0;
  }
  if (destinations != 1) {
    return fail(Fault::invalid,
                "Exactly one destination configuration is supported for a Firehose");
  }
  if (!other.empty()) {
    return fail(
        Fault::invalid,
        fmt::format("{} is not supported; choose {}.", other, member_of("ExtendedS3Destination")));
  }
  return {};
}

Result<void> RequestReader::judge_source() const {
  if (stream_type_ == "MSKAsSource" || stream_type_ == "DatabaseAsSource" ||
      root_.has("MSKSourceConfiguration") || root_.has("DatabaseSourceConfiguration")) {
    return fail(Fault::invalid,
                "Of the sources, DirectPut and KinesisStreamAsSource are supported so far.");
  }
  if (stream_.throughput_hint_mib && stream_.source_type != SourceType::direct_put) {
    return fail(Fault::invalid,
                "DirectPutSourceConfiguration is only applicable for DirectPut stream type");
  }
  if (stream_.encryption && stream_.source_type != SourceType::direct_put) {
    return fail(Fault::invalid,
                "DeliveryStreamEncryptionConfigurationInput is only applicable for DirectPut "
                "stream type");
  }
  return stream_.encryption ? validate_encryption(*stream_.encryption) : Result<void>();
}

Result<void> RequestReader::judge() {
  SLUICE_TRY_DO(judge_destinations());
  if (!is_update_) {
    SLUICE_TRY_DO(judge_source());
  } else if (stream_.s3.is_partitioned() != was_partitioned_) {
    return fail(Fault::invalid,
                "Dynamic partitioning can be enabled only when a delivery stream is created, and "
                "never be disabled.");
  }
  if (has_half_of_buffering_hints_) {
    return fail(Fault::invalid,
                "BufferingHints must give both SizeInMBs and IntervalInSeconds, or neither.");
  }
  SLUICE_TRY_DO(validate(stream_, parts_));
  if (!unsupported_.empty()) {
    return fail(Fault::invalid, unsupported_);
  }
  SLUICE_TRY(object_name, object_name_of(stream_.tags));
  stream_.object_name = object_name;
  return {};
}

void RequestReader::read_destinations() {
  const FormShape plain = root_.structure(member_of("S3Destination"));
  const FormShape extended = root_.structure(member_of("ExtendedS3Destination"));
  if (plain.is_given()) {
    stream_.is_extended = is_update_ && stream_.is_extended;
    read_destination(plain, stream_.s3);
  }
  if (extended.is_given()) {
    stream_.is_extended = true;
    read_destination(extended, stream_.s3);
    read_extended_destination(extended);
  }
}

std::expected<DeliveryStream, Refusal> RequestReader::judged() {
  if (std::optional<Refusal> refusal = form_refusal()) {
    return std::unexpected(std::move(*refusal));
  }
  if (const Result<void> judged = judge(); !judged) {
    return std::unexpected(Refusal{RefusalLayer::argument, judged.error().message()});
  }
  apply_account_defaults(stream_, account_);
  return std::move(stream_);
}

void RequestReader::read_creation() {
  stream_.name =
      root_.text("DeliveryStreamName", delivery_stream_name_rule, Presence::required).value_or("");
  read_source();
  read_destinations();
  read_tags();
}

void RequestReader::read_update() {
  const auto text = [this](std::string_view name, const TextRule& rule) {
    return root_.text(name, rule, Presence::required).value_or("");
  };
  target_.name = text("DeliveryStreamName", delivery_stream_name_rule);
  target_.version_id = text("CurrentDeliveryStreamVersionId", version_id_rule);
  target_.destination_id = text("DestinationId", destination_id_rule);
  read_destinations();
}

}  // namespace

std::string delivery_stream_arn(const Account& account, std::string_view name) {
  return fmt::format("arn:aws:firehose:{}:{}:deliverystream/{}", account.region, account.id, name);
}

void apply_account_defaults(DeliveryStream& stream, const Account& account) {
  stream.arn = delivery_stream_arn(account, stream.name);
  if (!stream.s3.conversion || !stream.s3.conversion->schema) {
    return;
  }
  SchemaReference& schema = *stream.s3.conversion->schema;
  if (schema.catalog_id.empty()) {
    schema.catalog_id = account.id;
  }
  if (schema.region.empty()) {
    schema.region = account.region;
  }
}

std::expected<DeliveryStream, Refusal> parse_create_request(json::View request,
                                                            const Account& account) {
  RequestReader reader(request, account);
  reader.read_creation();
  return reader.judged();
}

Result<DeliveryStream> with_tags(const DeliveryStream& current, std::vector<Tag> tags) {
  DeliveryStream next = current;
  next.tags = std::move(tags);
  SLUICE_TRY_DO(validate(next));
  SLUICE_TRY(object_name, object_name_of(next.tags));
  next.object_name = object_name;
  return next;
}

std::expected<UpdateTarget, Refusal> parse_update_request(json::View request) {
  const Account nowhere;
  const DeliveryStream nothing;
  RequestReader reader(request, nowhere, nothing);
  reader.read_update();
  if (std::optional<Refusal> refusal = reader.form_refusal()) {
    return std::unexpected(std::move(*refusal));
  }
  return reader.target();
}

std::expected<DeliveryStream, Refusal> apply_update_request(json::View request,
                                                            const DeliveryStream& current,
                                                            const Account& account) {
  RequestReader reader(request, account, current);
  reader.read_update();
  return reader.judged();
}

}  // namespace sluice::delivery
