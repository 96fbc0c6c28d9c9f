#include "delivery/object_key.h"

#include "base/check.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
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

// Of valid UTF-8: U+0000 to U+001F, U+007F to U+009F.
bool has_control(std::string_view text) {
  constexpr unsigned char delete_character = 0x7F;
  constexpr unsigned char lead_of_more = 0xC2;
  constexpr unsigned char last_of_more = 0x9F;
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == delete_character ||
        (before == lead_of_more && byte <= last_of_more)) {
      return true;
    }
    before = byte;
  }
  return false;
}

// Whether a file system would take one of the folders of the prefix for another.
bool has_dot_folder(std::string_view prefix) {
  while (true) {
    const std::size_t slash = prefix.find('/');
    if (slash == std::string_view::npos) {
      return false;
    }
    const std::string_view folder = prefix.substr(0, slash);
    if (folder == "." || folder == "..") {
      return true;
    }
    prefix.remove_prefix(slash + 1);
  }
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
  keys.stream_name_ = stream.object_stem();
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
  const Prefix& data = keys.prefixes_.data();
  if (!data.query_keys().empty() || !data.lambda_keys().empty() || !data.event_times().empty() ||
      data.names_session()) {
    SLUICE_TRY(longest, keys.longest(ObjectKind::data));
    keys.longest_data_ = longest;
  }
  return keys;
}

// What a prefix evaluates to varies in length with the names of months, days and zones and with the
// number of digits, which are at their most in the last millisecond of a day: a leap year of those
// shows all.
Result<ObjectKeys::Lengths> ObjectKeys::longest(ObjectKind kind) const {
  SeededRandom random(1);
  constexpr UnixMillis first_evening = UnixMillis(std::chrono::milliseconds(1'704'153'599'999));
  constexpr int days_of_a_leap_year = 366;
  Lengths longest;
  for (int day = 0; day < days_of_a_leap_year; ++day) {
    const UnixMillis evening = first_evening + std::chrono::days(day);
    SLUICE_TRY(prefix, prefixes_.evaluate(kind, {}, zone_.at(evening), zone_, random));
    SLUICE_TRY(key, make_key(kind, {}, evening, random));
    longest.prefix_characters = std::max(longest.prefix_characters, count_code_points(prefix));
    longest.key_bytes = std::max(longest.key_bytes, key.size());
  }
  return longest;
}

// Values make a key longer by the same amount at any time.
Result<void> ObjectKeys::check_partition(const PartitionValues& partition) const {
  for (const auto& [key, value] : partition) {
    if (!is_utf8(value)) {
      return fail(Fault::invalid, fmt::format("the value of {} is not valid UTF-8", key));
    }
    if (has_control(value)) {
      return fail(Fault::invalid, fmt::format("the value of {} has a control character", key));
    }
  }
  SeededRandom random(1);
  const LocalTime some_time = zone_.at(UnixMillis());
  SLUICE_TRY(without, prefixes_.evaluate(ObjectKind::data, {}, some_time, zone_, random));
  const auto with = prefixes_.evaluate(ObjectKind::data, partition, some_time, zone_, random);
  if (!with ||
      longest_data_.prefix_characters + count_code_points(*with) - count_code_points(without) >
          evaluated_prefix_characters_max ||
      longest_data_.key_bytes + with->size() - without.size() > object_key_bytes_max) {
    return fail(Fault::invalid,
                fmt::format("the values make a prefix of more than {} characters or a key of more "
                            "than {} bytes",
                            evaluated_prefix_characters_max,
                            object_key_bytes_max));
  }
  if (has_dot_folder(*with)) {
    return fail(Fault::invalid, "the values make a folder named . or ..");
  }
  return {};
}

Result<std::string> ObjectKeys::make_key(ObjectKind kind,
                                         const PartitionValues& partition,
                                         UnixMillis oldest_arrival,
                                         Random& random) const {
  SLUICE_CHECK(!stream_name_.empty());
  const LocalTime time = zone_.at(oldest_arrival);
  SLUICE_TRY(key, prefixes_.evaluate(kind, partition, time, zone_, random));
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
