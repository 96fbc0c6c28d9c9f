#include "delivery/object_key.h"

#include "base/check.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace sluice::delivery {

namespace {

struct RawFormat {
  std::string_view name;
  std::string_view extension;
  std::string_view encoding;
};

// As observed on the service: HADOOP_SNAPPY ends in .snappy, not in the documented .hsnappy.
constexpr RawFormat raw_formats[] = {
    {"UNCOMPRESSED", "", ""},
    {"GZIP", ".gz", "gzip"},
    {"ZIP", ".zip", "zip"},
    {"Snappy", ".snappy", "snappy-java"},
    {"HADOOP_SNAPPY", ".snappy", "hadoop-snappy"},
};

constexpr std::string_view parquet_extension = ".parquet";

const RawFormat& raw_format(std::string_view compression_format) {
  for (const RawFormat& format : raw_formats) {
    if (format.name == compression_format) {
      return format;
    }
  }
  return raw_formats[0];
}

}  // namespace

std::string_view compression_extension(std::string_view compression_format) {
  return raw_format(compression_format).extension;
}

std::string_view compression_encoding(std::string_view compression_format) {
  return raw_format(compression_format).encoding;
}

Result<ObjectKeys> ObjectKeys::create(const DeliveryStream& stream) {
  const S3Destination& s3 = stream.s3;
  ObjectKeys keys;
  SLUICE_TRY(prefixes, KeyPrefixes::parse(s3.prefix, s3.error_output_prefix));
  keys.prefixes_ = std::move(prefixes);
  SLUICE_TRY(zone, TimeZone::find(s3.custom_time_zone.value_or("")));
  keys.zone_ = std::move(zone);
  keys.stream_name_ = stream.name;
  keys.version_ = stream.version;
  keys.object_name_ = stream.object_name;
  if (s3.file_extension && !s3.file_extension->empty()) {
    keys.data_extension_ = *s3.file_extension;
  } else {
    keys.data_extension_ =
        s3.converts() ? parquet_extension : compression_extension(s3.compression_format);
  }
  // Firehose sends "hadoop-snappy" with Parquet files although they are plain ones; it makes some
  // clients try to decode them, so nothing is sent here.
  keys.data_encoding_ = s3.converts() ? "" : compression_encoding(s3.compression_format);
  return keys;
}

Result<std::string> ObjectKeys::make_key(ObjectKind kind,
                                         UnixMillis oldest_arrival,
                                         Random& random) const {
  SLUICE_CHECK(!stream_name_.empty());
  const LocalTime time = zone_.at(oldest_arrival);
  SLUICE_TRY(key, prefixes_.evaluate(kind, time, zone_, random));
  auto to = std::back_inserter(key);
  switch (object_name_) {
    case ObjectName::firehose:
      fmt::format_to(to,
                     "{}-{}-{:04}-{:02}-{:02}-{:02}-{:02}-{:02}-{}",
                     stream_name_,
                     version_,
                     time.year,
                     time.month,
                     time.day,
                     time.hour,
                     time.minute,
                     time.second,
                     uuid_v4(random));
      break;
    case ObjectName::part:
      fmt::format_to(to, "part-{}", uuid_v4(random));
      break;
  }
  if (kind == ObjectKind::data) {
    key += data_extension_;
  }
  if (key.size() > object_key_bytes_max) {
    return fail(Fault::too_large,
                fmt::format("the object key has {} bytes, more than S3's {}: {}",
                            key.size(),
                            object_key_bytes_max,
                            key));
  }
  return key;
}

ContentHeaders ObjectKeys::headers(ObjectKind kind) const {
  return {"application/octet-stream", kind == ObjectKind::data ? data_encoding_ : ""};
}

}  // namespace sluice::delivery
