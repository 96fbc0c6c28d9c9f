// Members of the stored form, by JSON name, stand in to_json and from_json in the same order.  New
// members may be added within a format number as long as older programs may ignore them.

#include "delivery/definition.h"

#include "base/base64.h"
#include "base/check.h"
#include "delivery/lambda.h"
#include "delivery/session_tags.h"
#include "delivery/text_rules.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <utility>

namespace sluice::delivery {

namespace {

// A stream is of the lowest format that says all of it, since older programs leave out what they do
// not know: 1 would be read as one of OpenXJsonSerDe whose records are delivered as they came and
// are kept nowhere else, 2 knows HiveJsonSerDe, 3 processors, 4 backups, 5 compressed records, 6
// sessions of what a Lambda function has made of records.
constexpr std::int64_t format_number = 6;

bool has_sessions_behind_lambda(const DeliveryStream& stream) {
  const auto sessions = session_tags_of(stream.tags);
  return sessions && sessions->are_on() && stream.s3.processing && lambda_of(*stream.s3.processing);
}

std::int64_t format_of(const DeliveryStream& stream) {
  if (has_sessions_behind_lambda(stream)) {
    return 6;
  }
  const auto is_compressed = [](const EarlierSplit& split) { return split.rule.is_compressed; };
  if (split_rule_of(stream).is_compressed ||
      std::ranges::any_of(stream.earlier_splits, is_compressed)) {
    return 5;
  }
  if (stream.backup) {
    return 4;
  }
  if (stream.s3.processing && stream.s3.processing->is_enabled) {
    return 3;
  }
  return stream.s3.conversion && stream.s3.conversion->hive ? 2 : 1;
}

constexpr std::int32_t default_size_mib = 5;
constexpr std::int32_t default_converted_size_mib = 128;
constexpr std::chrono::seconds default_interval(300);

// Both directions of an enumeration; the texts are stored and must never change.
template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};

constexpr Word<SourceType> source_types[] = {{SourceType::direct_put, "direct_put"},
                                             {SourceType::kinesis_stream, "kinesis_stream"}};
constexpr Word<ParquetCompression> compressions[] = {
    {ParquetCompression::snappy, "snappy"},
    {ParquetCompression::gzip, "gzip"},
    {ParquetCompression::uncompressed, "uncompressed"}};
constexpr Word<SplitRule::Form> split_forms[] = {{SplitRule::Form::whole, "whole"},
                                                 {SplitRule::Form::json, "json"},
                                                 {SplitRule::Form::delimited, "delimited"}};
constexpr Word<ObjectName> object_names[] = {{ObjectName::firehose, "firehose"},
                                             {ObjectName::part, "part"}};

template <class Enum, std::size_t count>
std::string_view word_of(const Word<Enum> (&words)[count], Enum value) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) {
      return word.text;
    }
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

void write_conversion(json::Writer& out, const Conversion& conversion) {
  out.begin_object();
  out.member("enabled", conversion.is_enabled);
  if (conversion.schema) {
    const SchemaReference& schema = *conversion.schema;
    out.key("schema");
    out.begin_object();
    out.member("role_arn", schema.role_arn);
    out.member("catalog_id", schema.catalog_id);
    out.member("database", schema.database);
    out.member("table", schema.table);
    out.member("region", schema.region);
    out.member("version_id", schema.version_id);
    out.end_object();
  }
  if (conversion.openx) {
    const serde::OpenXOptions& openx = *conversion.openx;
    out.key("openx");
    out.begin_object();
    out.member("case_insensitive", openx.case_insensitive);
    out.member("has_case_insensitive", conversion.has_case_insensitive);
    out.member("dots_to_underscores", openx.dots_to_underscores);
    out.member("has_dots_to_underscores", conversion.has_convert_dots);
    out.key("column_to_key");
    out.begin_object();
    for (const auto& [column, key] : openx.column_to_key) {
      out.member(column, key);
    }
    out.end_object();
    out.end_object();
  }
  if (conversion.hive) {
    out.key("hive");
    out.begin_object();
    out.key("timestamp_formats");
    out.begin_array();
    for (const std::string& format : conversion.hive->timestamp_formats) {
      out.value(format);
    }
    out.end_array();
    out.end_object();
  }
  if (conversion.parquet) {
    const ParquetOptions& parquet = *conversion.parquet;
    out.key("parquet");
    out.begin_object();
    member_if(out, "block_size_bytes", parquet.block_size_bytes);
    member_if(out, "page_size_bytes", parquet.page_size_bytes);
    if (parquet.compression) {
      out.member("compression", word_of(compressions, *parquet.compression));
    }
    member_if(out, "dictionary", parquet.dictionary);
    member_if(out, "padding_bytes_max", parquet.padding_bytes_max);
    member_if(out, "writer_version", parquet.writer_version);
    out.end_object();
  }
  out.end_object();
}

void write_processing(json::Writer& out, const Processing& processing) {
  out.begin_object();
  out.member("enabled", processing.is_enabled);
  out.key("processors");
  out.begin_array();
  for (const Processor& processor : processing.processors) {
    out.begin_object();
    out.member("type", processor.type);
    out.key("parameters");
    out.begin_array();
    for (const ProcessorParameter& parameter : processor.parameters) {
      out.begin_object();
      out.member("name", parameter.name);
      out.member("value", parameter.value);
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_destination(json::Writer& out, const S3Destination& s3) {
  out.begin_object();
  out.member("role_arn", s3.role_arn);
  out.member("bucket_arn", s3.bucket_arn);
  member_if(out, "prefix", s3.prefix);
  member_if(out, "error_output_prefix", s3.error_output_prefix);
  member_if(out, "buffer_size_mib", s3.buffer_size_mib);
  member_if(out, "buffer_interval_s", s3.buffer_interval_s);
  out.member("compression_format", s3.compression_format);
  member_if(out, "kms_key_arn", s3.kms_key_arn);
  member_if(out, "file_extension", s3.file_extension);
  member_if(out, "custom_time_zone", s3.custom_time_zone);
  if (s3.conversion) {
    out.key("conversion");
    write_conversion(out, *s3.conversion);
  }
  if (s3.processing) {
    out.key("processing");
    write_processing(out, *s3.processing);
  }
  if (s3.partitioning) {
    out.key("partitioning");
    out.begin_object();
    out.member("enabled", s3.partitioning->is_enabled);
    out.member("retry_duration_s", s3.partitioning->retry_duration_s);
    out.end_object();
  }
  out.member("logging_enabled", s3.logging_enabled);
  out.member("log_group", s3.log_group);
  out.member("log_stream", s3.log_stream);
  out.end_object();
}

void write_earlier_splits(json::Writer& out, const std::vector<EarlierSplit>& splits) {
  out.key("earlier_splits");
  out.begin_array();
  for (const EarlierSplit& split : splits) {
    out.begin_object();
    out.member("last_version", split.last_version);
    out.member("form", word_of(split_forms, split.rule.form));
    out.member("delimiter", base64_encode(split.rule.delimiter));
    out.member("is_compressed", split.rule.is_compressed);
    out.member("extracts_messages", split.rule.extracts_messages);
    out.end_object();
  }
  out.end_array();
}

// Reads members of one object; remembers the first that has the wrong type.  An absent member
// leaves its target as it is.
class StoredReader {
 public:
  StoredReader(json::View object, std::string& problem) : object_(object), problem_(&problem) {
    if (!object.is(json::Kind::object)) {
      complain("an object is not one");
    }
  }

  json::View find(std::string_view name) const { return object_.find(name); }

  void read(std::string_view name, std::string& target) const {
    take(name, find(name).as_string(), target);
  }

  void read(std::string_view name, bool& target) const { take(name, find(name).as_bool(), target); }

  template <std::integral T>
  void read(std::string_view name, T& target) const {
    const std::optional<std::int64_t> number = find(name).as_int64();
    if (number && !std::in_range<T>(*number)) {
      complain(name);
      return;
    }
    take(name, number, target);
  }

  void read(std::string_view name, UnixMillis& target) const {
    std::int64_t millis = to_count(target);
    read(name, millis);
    target = unix_millis(millis);
  }

  template <class T>
  void read(std::string_view name, std::optional<T>& target) const {
    if (find(name).exists()) {
      read(name, target.emplace());
    }
  }

  template <class Enum, std::size_t count>
  void read(std::string_view name, const Word<Enum> (&words)[count], Enum& target) const {
    std::string text(word_of(words, target));
    read(name, text);
    for (const Word<Enum>& word : words) {
      if (word.text == text) {
        target = word.value;
        return;
      }
    }
    complain(name);
  }

  void complain(std::string_view what) const {
    if (problem_->empty()) {
      *problem_ = what;
    }
  }

 private:
  template <class Found, class T>
  void take(std::string_view name, const std::optional<Found>& found, T& target) const {
    if (found) {
      target = static_cast<T>(*found);
    } else if (find(name).exists()) {
      complain(name);
    }
  }

  json::View object_;
  std::string* problem_;
};

Conversion read_conversion(const StoredReader& in, std::string& problem) {
  Conversion conversion;
  in.read("enabled", conversion.is_enabled);
  if (in.find("schema").exists()) {
    const StoredReader stored(in.find("schema"), problem);
    SchemaReference& schema = conversion.schema.emplace();
    stored.read("role_arn", schema.role_arn);
    stored.read("catalog_id", schema.catalog_id);
    stored.read("database", schema.database);
    stored.read("table", schema.table);
    stored.read("region", schema.region);
    stored.read("version_id", schema.version_id);
  }
  if (in.find("openx").exists()) {
    const StoredReader stored(in.find("openx"), problem);
    serde::OpenXOptions& openx = conversion.openx.emplace();
    stored.read("case_insensitive", openx.case_insensitive);
    stored.read("has_case_insensitive", conversion.has_case_insensitive);
    stored.read("dots_to_underscores", openx.dots_to_underscores);
    stored.read("has_dots_to_underscores", conversion.has_convert_dots);
    const StoredReader mappings(stored.find("column_to_key"), problem);
    for (const json::Member& member : stored.find("column_to_key").members()) {
      mappings.read(member.key, openx.column_to_key[std::string(member.key)]);
    }
  }
  if (in.find("hive").exists()) {
    const StoredReader stored(in.find("hive"), problem);
    serde::HiveOptions& hive = conversion.hive.emplace();
    for (const json::View element : stored.find("timestamp_formats").elements()) {
      const auto format = element.as_string();
      if (!format) {
        stored.complain("timestamp_formats");
        break;
      }
      hive.timestamp_formats.emplace_back(*format);
    }
  }
  if (in.find("parquet").exists()) {
    const StoredReader stored(in.find("parquet"), problem);
    ParquetOptions& parquet = conversion.parquet.emplace();
    stored.read("block_size_bytes", parquet.block_size_bytes);
    stored.read("page_size_bytes", parquet.page_size_bytes);
    if (stored.find("compression").exists()) {
      stored.read("compression", compressions, parquet.compression.emplace());
    }
    stored.read("dictionary", parquet.dictionary);
    stored.read("padding_bytes_max", parquet.padding_bytes_max);
    stored.read("writer_version", parquet.writer_version);
  }
  return conversion;
}

Processing read_processing(const StoredReader& in, std::string& problem) {
  Processing processing;
  in.read("enabled", processing.is_enabled);
  for (const json::View element : in.find("processors").elements()) {
    const StoredReader stored(element, problem);
    Processor& processor = processing.processors.emplace_back();
    stored.read("type", processor.type);
    for (const json::View each : stored.find("parameters").elements()) {
      const StoredReader given(each, problem);
      ProcessorParameter& parameter = processor.parameters.emplace_back();
      given.read("name", parameter.name);
      given.read("value", parameter.value);
    }
  }
  return processing;
}

EarlierSplit read_earlier_split(const StoredReader& in) {
  EarlierSplit split;
  in.read("last_version", split.last_version);
  in.read("form", split_forms, split.rule.form);
  std::string delimiter;
  in.read("delimiter", delimiter);
  auto decoded = base64_decode(delimiter);
  if (!decoded || (split.rule.form == SplitRule::Form::delimited && decoded->empty())) {
    in.complain("delimiter");
  }
  split.rule.delimiter = std::move(decoded).value_or(Bytes());
  in.read("is_compressed", split.rule.is_compressed);
  in.read("extracts_messages", split.rule.extracts_messages);
  return split;
}

S3Destination read_destination(const StoredReader& in, std::string& problem) {
  S3Destination s3;
  in.read("role_arn", s3.role_arn);
  in.read("bucket_arn", s3.bucket_arn);
  in.read("prefix", s3.prefix);
  in.read("error_output_prefix", s3.error_output_prefix);
  in.read("buffer_size_mib", s3.buffer_size_mib);
  in.read("buffer_interval_s", s3.buffer_interval_s);
  in.read("compression_format", s3.compression_format);
  in.read("kms_key_arn", s3.kms_key_arn);
  in.read("file_extension", s3.file_extension);
  in.read("custom_time_zone", s3.custom_time_zone);
  if (in.find("conversion").exists()) {
    s3.conversion = read_conversion(StoredReader(in.find("conversion"), problem), problem);
  }
  if (in.find("processing").exists()) {
    s3.processing = read_processing(StoredReader(in.find("processing"), problem), problem);
  }
  if (in.find("partitioning").exists()) {
    const StoredReader stored(in.find("partitioning"), problem);
    DynamicPartitioning& partitioning = s3.partitioning.emplace();
    stored.read("enabled", partitioning.is_enabled);
    stored.read("retry_duration_s", partitioning.retry_duration_s);
  }
  in.read("logging_enabled", s3.logging_enabled);
  in.read("log_group", s3.log_group);
  in.read("log_stream", s3.log_stream);
  return s3;
}

std::uint64_t read_incarnation(const StoredReader& in) {
  std::string text;
  in.read("incarnation", text);
  std::uint64_t incarnation = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), incarnation);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    in.complain("incarnation");
  }
  return incarnation;
}

}  // namespace

serde::SerdeOptions Conversion::serde() const {
  return hive ? serde::SerdeOptions(*hive)
              : serde::SerdeOptions(openx.value_or(serde::OpenXOptions{}));
}

std::string S3Destination::bucket() const {
  return std::string(bucket_of_arn(bucket_arn));
}

std::int32_t S3Destination::effective_size_mib() const {
  return buffer_size_mib.value_or(converts() ? default_converted_size_mib : default_size_mib);
}

std::chrono::seconds S3Destination::effective_interval() const {
  return buffer_interval_s ? std::chrono::seconds(*buffer_interval_s) : default_interval;
}

SplitRule split_rule_of(const DeliveryStream& stream) {
  return stream.s3.processing ? stream.s3.processing->split_rule() : SplitRule();
}

void remember_splits(const DeliveryStream& before, DeliveryStream& after) {
  after.earlier_splits = before.earlier_splits;
  if (SplitRule rule = split_rule_of(before); rule != split_rule_of(after)) {
    after.earlier_splits.push_back({before.version, std::move(rule)});
  }
}

std::string_view DeliveryStream::object_stem() const {
  return std::string_view(name).substr(0, name.find('/'));  // no user's name has one
}

std::vector<DeliveryStream> legs_of(const DeliveryStream& stream) {
  std::vector<DeliveryStream> legs = {stream};
  if (stream.backup) {
    DeliveryStream backup = stream;
    backup.name += "/backup";
    backup.incarnation = stream.backup->incarnation;
    backup.s3 = stream.backup->s3;
    backup.object_name = ObjectName::firehose;
    backup.tags.clear();
    backup.earlier_splits.clear();
    backup.backup.reset();
    backup.backup_of = stream.incarnation;
    legs.push_back(std::move(backup));
  }
  return legs;
}

std::string encode(const DeliveryStream& stream) {
  SLUICE_CHECK(!stream.backup_of);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format_of(stream));
  out.member("name", stream.name);
  out.member("arn", stream.arn);
  // As text: JSON numbers of other programs end at 2^53.
  out.member("incarnation", fmt::format("{}", stream.incarnation));
  out.member("version", stream.version);
  out.member("created_ms", to_count(stream.created));
  if (stream.updated) {
    out.member("updated_ms", to_count(*stream.updated));
  }
  out.member("source_type", word_of(source_types, stream.source_type));
  out.member("source_stream_arn", stream.source_stream_arn);
  out.member("source_role_arn", stream.source_role_arn);
  out.member("delivery_start_ms", to_count(stream.delivery_start));
  member_if(out, "throughput_hint_mib", stream.throughput_hint_mib);
  out.key("s3");
  write_destination(out, stream.s3);
  out.member("is_extended", stream.is_extended);
  out.key("tags");
  out.begin_array();
  for (const Tag& tag : stream.tags) {
    out.begin_object();
    out.member("key", tag.key);
    out.member("value", tag.value);
    out.end_object();
  }
  out.end_array();
  out.member("object_name", word_of(object_names, stream.object_name));
  if (!stream.earlier_splits.empty()) {
    write_earlier_splits(out, stream.earlier_splits);
  }
  if (stream.encryption) {
    out.key("encryption");
    out.begin_object();
    out.member("key_type", stream.encryption->key_type);
    out.member("key_arn", stream.encryption->key_arn);
    out.end_object();
  }
  if (stream.backup) {
    out.key("backup");
    out.begin_object();
    out.member("incarnation", fmt::format("{}", stream.backup->incarnation));
    out.key("s3");
    write_destination(out, stream.backup->s3);
    out.end_object();
  }
  out.end_object();
  return text;
}

Result<DeliveryStream> decode_delivery_stream(std::string_view text) {
  auto document = json::Document::parse(Bytes(text));
  if (!document) {
    return fail(Fault::corrupt,
                fmt::format("stored delivery stream: {}", document.error().message()));
  }
  const json::View root = document->root();
  const std::optional<std::int64_t> format = root.find("format").as_int64();
  if (format && *format > format_number) {
    return fail(Fault::unsupported,
                fmt::format("stored delivery stream: format {} is newer than this program, which "
                            "reads up to {}; run the newer program",
                            *format,
                            format_number));
  }
  std::string problem;
  const StoredReader in(root, problem);
  if (!format || *format < 1) {
    in.complain("format");
  }
  DeliveryStream stream;
  in.read("name", stream.name);
  in.read("arn", stream.arn);
  stream.incarnation = read_incarnation(in);
  in.read("version", stream.version);
  in.read("created_ms", stream.created);
  in.read("updated_ms", stream.updated);
  in.read("source_type", source_types, stream.source_type);
  in.read("source_stream_arn", stream.source_stream_arn);
  in.read("source_role_arn", stream.source_role_arn);
  in.read("delivery_start_ms", stream.delivery_start);
  in.read("throughput_hint_mib", stream.throughput_hint_mib);
  stream.s3 = read_destination(StoredReader(root.find("s3"), problem), problem);
  in.read("is_extended", stream.is_extended);
  for (const json::View element : root.find("tags").elements()) {
    const StoredReader stored(element, problem);
    Tag& tag = stream.tags.emplace_back();
    stored.read("key", tag.key);
    stored.read("value", tag.value);
  }
  in.read("object_name", object_names, stream.object_name);
  for (const json::View element : root.find("earlier_splits").elements()) {
    stream.earlier_splits.push_back(read_earlier_split(StoredReader(element, problem)));
  }
  if (root.find("encryption").exists()) {
    const StoredReader stored(root.find("encryption"), problem);
    Encryption& encryption = stream.encryption.emplace();
    stored.read("key_type", encryption.key_type);
    stored.read("key_arn", encryption.key_arn);
  }
  if (root.find("backup").exists()) {
    const StoredReader stored(root.find("backup"), problem);
    Backup& backup = stream.backup.emplace();
    backup.incarnation = read_incarnation(stored);
    backup.s3 = read_destination(StoredReader(stored.find("s3"), problem), problem);
  }
  if (stream.name.empty()) {
    in.complain("name");
  }
  if (!problem.empty()) {
    return fail(Fault::corrupt,
                fmt::format("stored delivery stream '{}': bad member '{}'", stream.name, problem));
  }
  return stream;
}

}  // namespace sluice::delivery
