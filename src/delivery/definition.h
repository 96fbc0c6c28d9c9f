// The definition of a delivery stream: what CreateDeliveryStream and the configuration file both
// end in.  Plain data, valid once validate() has passed it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "delivery/processing.h"
#include "serde/options.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

enum class SourceType : std::uint8_t { direct_put, kinesis_stream };

enum class ParquetCompression : std::uint8_t { snappy, gzip, uncompressed };

// ParquetSerDe.
struct ParquetOptions {
  std::optional<std::int64_t> block_size_bytes;  // at least 64 MiB
  std::optional<std::int64_t> page_size_bytes;   // at least 64 KiB
  std::optional<ParquetCompression> compression;
  std::optional<bool> dictionary;
  std::optional<std::int64_t> padding_bytes_max;
  std::optional<std::string> writer_version;  // "V1" or "V2"
};

// SchemaConfiguration.
struct SchemaReference {
  std::string role_arn;
  std::string catalog_id;
  std::string database;
  std::string table;
  std::string region;
  std::string version_id;  // empty: not given
};

// DataFormatConversionConfiguration.
struct Conversion {
  bool is_enabled = true;
  std::optional<SchemaReference> schema;
  // InputFormatConfiguration: of these at most one.
  std::optional<serde::OpenXOptions> openx;  // OpenXJsonSerDe
  std::optional<serde::HiveOptions> hive;    // HiveJsonSerDe
  std::optional<ParquetOptions> parquet;     // OutputFormatConfiguration with ParquetSerDe
  // Which options of OpenXJsonSerDe were given, for an exact echo.
  bool has_case_insensitive = false;
  bool has_convert_dots = false;

  // The SerDe in force, with its options.
  serde::SerdeOptions serde() const;
};

// How the last part of a key is formed.
enum class ObjectName : std::uint8_t {
  firehose,  // <stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><extension>
  part,      // part-<uuid><extension>
};

// ExtendedS3DestinationConfiguration.
struct S3Destination {
  std::string role_arn;
  std::string bucket_arn;
  std::optional<std::string> prefix;
  std::optional<std::string> error_output_prefix;
  std::optional<std::int32_t> buffer_size_mib;    // 1..128; 64..128 with conversion
  std::optional<std::int32_t> buffer_interval_s;  // 0..900
  std::string compression_format = "UNCOMPRESSED";
  std::optional<std::string> kms_key_arn;  // KMSEncryptionConfig: described, without effect
  std::optional<std::string> file_extension;
  std::optional<std::string> custom_time_zone;
  std::optional<Conversion> conversion;
  std::optional<Processing> processing;
  std::optional<DynamicPartitioning> partitioning;
  bool logging_enabled = false;
  std::string log_group;
  std::string log_stream;

  // The bucket's name, from its ARN.
  std::string bucket() const;

  bool converts() const { return conversion && conversion->is_enabled; }

  bool is_partitioned() const { return partitioning && partitioning->is_enabled; }

  // The hints in force: as given, or 5 MiB (128 with conversion) and 300 s.
  std::int32_t effective_size_mib() const;
  std::chrono::seconds effective_interval() const;
};

struct Tag {
  std::string key;
  std::string value;
};

// DeliveryStreamEncryptionConfiguration: the log of direct puts is encrypted.  Which key clients
// name makes no difference (stream/keyring.h has the one that is used).
struct Encryption {
  std::string key_type;  // AWS_OWNED_CMK, CUSTOMER_MANAGED_CMK
  std::string key_arn;   // of CUSTOMER_MANAGED_CMK

  // What the stream of the log is told.
  const std::string& key() const { return key_arn.empty() ? key_type : key_arn; }

  friend bool operator==(const Encryption&, const Encryption&) = default;
};

// S3BackupMode Enabled: the source records as they came, in objects of their own.
struct Backup {
  S3Destination s3;               // S3BackupConfiguration; never converts
  std::uint64_t incarnation = 0;  // of its ledger and its spool folder
};

struct DeliveryStream {
  std::string name;
  std::string arn;
  std::uint64_t incarnation = 0;  // distinguishes streams of one name over time
  std::uint32_t version = 1;      // VersionId
  UnixMillis created;
  std::optional<UnixMillis> updated;
  SourceType source_type = SourceType::direct_put;
  std::string source_stream_arn;  // kinesis_stream
  std::string source_role_arn;
  UnixMillis delivery_start;
  std::optional<std::int32_t> throughput_hint_mib;  // direct_put: stored, without effect
  std::optional<Encryption> encryption;             // direct_put
  S3Destination s3;
  bool is_extended = true;  // given as ExtendedS3DestinationConfiguration
  std::vector<Tag> tags;
  ObjectName object_name = ObjectName::firehose;  // tag sluice:object-name
  std::vector<EarlierSplit> earlier_splits;       // ascending
  std::optional<Backup> backup;

  // Of the leg that writes a backup: the incarnation of the delivery stream it belongs to.  Never
  // stored.
  std::optional<std::uint64_t> backup_of;

  // What S3 objects are named by: the name, of a backup that of the delivery stream it belongs to.
  std::string_view object_stem() const;
};

// The rule that records are split by now.
SplitRule split_rule_of(const DeliveryStream& stream);

// To be called with the definition that takes the place of `before`, of a later version: it keeps
// in mind how records were split until now.
void remember_splits(const DeliveryStream& before, DeliveryStream& after);

// What carries out a definition: the delivery stream itself and, where it has a backup, another one
// that delivers the same records as they are, named "<name>/backup".  Each has its own ledger and
// settles by itself; the source keeps a record until both have.
std::vector<DeliveryStream> legs_of(const DeliveryStream& stream);

// Stored form: versioned JSON text, stable across program versions.
std::string encode(const DeliveryStream& stream);
Result<DeliveryStream> decode_delivery_stream(std::string_view text);

}  // namespace sluice::delivery
