// Comparing the file with what is there.
#include "server/config_drift.h"

#include "base/count_text.h"
#include "columnar/type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace sluice::server {
namespace {

constexpr std::string_view remedy =
    "what exists is kept; correct the file, or delete it and start again to have it made anew";

std::string bucket_of(const std::optional<delivery::Backup>& backup) {
  return backup ? backup->s3.bucket_arn : std::string();
}

}  // namespace

std::optional<std::string> drift_of(const StreamSetting& wanted,
                                    const stream::StreamDefinition& found) {
  if (found.open_shards() == wanted.shards) {
    return std::nullopt;
  }
  return fmt::format("stream {} has {}, the configuration file says {}: {}",
                     wanted.name,
                     counted(found.open_shards(), "shard", "shards"),
                     wanted.shards,
                     remedy);
}

std::optional<std::string> drift_of(const TableSetting& wanted, const catalog::Table& found) {
  const auto wanted_schema = columnar::parse_columns(wanted.columns);
  const auto found_schema = catalog::record_schema(found);
  // Case does not count: the catalog does not keep that of names.
  const auto text_of = [](const columnar::Schema& schema) {
    std::string text;
    for (const columnar::Field& column : schema.columns) {
      text += fmt::format(
          "{}{} {}", text.empty() ? "" : ", ", column.name, columnar::to_string(column.type));
    }
    for (char& c : text) {
      c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return text;
  };
  const std::string there = found_schema ? text_of(*found_schema) : found_schema.error().message();
  if (wanted_schema && text_of(*wanted_schema) == there) {
    return std::nullopt;
  }
  return fmt::format("table {}.{} has the columns \"{}\", the configuration file says \"{}\": {}",
                     wanted.database,
                     wanted.name,
                     there,
                     wanted.columns,
                     remedy);
}

std::optional<std::string> drift_of(const delivery::DeliveryStream& wanted,
                                    const delivery::DeliveryStream& found) {
  const auto table_of = [](const delivery::DeliveryStream& stream) {
    return stream.s3.converts()
               ? stream.s3.conversion->schema->database + "." + stream.s3.conversion->schema->table
               : std::string();
  };
  std::vector<std::string_view> settings;
  const auto compare = [&settings](std::string_view setting, bool is_same) {
    if (!is_same) {
      settings.push_back(setting);
    }
  };
  compare("source", wanted.source_stream_arn == found.source_stream_arn);
  compare("bucket", wanted.s3.bucket_arn == found.s3.bucket_arn);
  compare("prefix", wanted.s3.prefix == found.s3.prefix);
  compare("error_output_prefix", wanted.s3.error_output_prefix == found.s3.error_output_prefix);
  compare("buffer_size_mb", wanted.s3.effective_size_mib() == found.s3.effective_size_mib());
  compare("buffer_interval_s", wanted.s3.effective_interval() == found.s3.effective_interval());
  compare("compression", wanted.s3.compression_format == found.s3.compression_format);
  compare("processing", wanted.s3.processing == found.s3.processing);
  compare("time_zone", wanted.s3.custom_time_zone == found.s3.custom_time_zone);
  compare("file_extension", wanted.s3.file_extension == found.s3.file_extension);
  compare("table", table_of(wanted) == table_of(found));
  compare("object_name", wanted.object_name == found.object_name);
  compare("backup", bucket_of(wanted.backup) == bucket_of(found.backup));
  if (settings.empty()) {
    return std::nullopt;
  }
  return fmt::format("delivery stream {} differs from the configuration file in {}: {}",
                     wanted.name,
                     fmt::join(settings, ", "),
                     remedy);
}

std::optional<std::string> moved_from(const delivery::DeliveryStream& found,
                                      const delivery::Account& account) {
  const std::string arn = delivery::delivery_stream_arn(account, found.name);
  if (arn == found.arn) {
    return std::nullopt;
  }
  return fmt::format(
      "delivery stream {} was made as {}, but region and account are now {} and {}: it keeps its "
      "ARNs, those of streams follow; set region and account back, or delete it and make it anew",
      found.name,
      found.arn,
      account.region,
      account.id);
}

}  // namespace sluice::server
