// Reading the configuration file.
#include "server/config.h"

#include "catalog/table.h"
#include "columnar/type.h"
#include "delivery/lambda.h"
#include "delivery/prefix.h"
#include "delivery/validate.h"
#include "s3/bucket_name.h"
#include "server/config_conversion.h"
#include "server/config_processing.h"
#include "server/config_reader.h"
#include "server/config_s3.h"
#include "server/config_webhook.h"
#include "server/kinesis/shapes.h"
#include "server/memory_split.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <map>

namespace sluice::server {
namespace {

using Reader = ConfigReader;

bool is_region(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

// Scheme, host and perhaps a port, as browsers write it.
bool is_origin(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == 0 || scheme_end == text.npos) {
    return false;
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  return !rest.empty() && rest.find_first_of("/*?# ") == rest.npos;
}

Result<void> read_origins(const Reader& reader, const toml::table& table, Config& config) {
  if (const toml::node* origins = table.get("cors_origins")) {
    if (!origins->is_array()) {
      return reader.refuse(*origins,
                           "cors_origins must be a list of texts: [\"http://localhost:3000\"]");
    }
    for (const toml::node& origin : *origins->as_array()) {
      const auto value = origin.value<std::string>();
      if (!origin.is_string() || !value) {
        return reader.refuse(origin, "each of cors_origins must be a text in quotes");
      }
      if (!is_origin(*value)) {
        return reader.refuse(origin,
                             fmt::format("\"{}\" is no origin that a browser sends; write it as "
                                         "\"http://localhost:3000\", one entry for each",
                                         *value));
      }
      config.cors_origins.push_back(*value);
    }
  }
  return {};
}

// The cap of a stream's log and what happens at it.
Result<stream::SpaceRule> read_space(const Reader& reader,
                                     const toml::table& table,
                                     std::string_view cap_key,
                                     stream::SpaceRule otherwise) {
  SLUICE_TRY(cap, reader.bytes_of_mb(table, cap_key, otherwise.bytes_max));
  SLUICE_TRY(on_full,
             reader.text_or(table, "on_full", otherwise.trims_early ? "trim" : "throttle"));
  if (on_full != "throttle" && on_full != "trim") {
    return reader.refuse(*table.get("on_full"), "on_full must be \"throttle\" or \"trim\"");
  }
  return stream::SpaceRule{.bytes_max = cap, .trims_early = on_full == "trim"};
}

Result<runner::ReplayWindow> read_replay_window(const Reader& reader, const toml::table& table) {
  runner::ReplayWindow window;
  SLUICE_TRY(mebibytes, reader.integer(table, "replay_window_mb", 1, 1 << 20));
  if (mebibytes) {
    window.bytes_max = static_cast<std::uint64_t>(*mebibytes) << 20;
  }
  SLUICE_TRY(seconds, reader.integer(table, "replay_window_s", 1, 604'800));
  if (seconds) {
    window.age_max = std::chrono::seconds(*seconds);
  }
  return window;
}

Result<void> read_server(const Reader& reader, const toml::table& table, Config& config) {
  SLUICE_TRY_DO(reader.check_keys(table,
                                  "[server]",
                                  {"listen",
                                   "data_dir",
                                   "region",
                                   "account",
                                   "on_stop",
                                   "drain_timeout_s",
                                   "cors_origins",
                                   "free_space_floor_mb",
                                   "data_max_mb",
                                   "stream_max_mb",
                                   "on_full",
                                   "limits",
                                   "memory_limit_mb",
                                   "replay_window_mb",
                                   "replay_window_s",
                                   "encryption_key_file"}));
  SLUICE_TRY(listen, reader.text_or(table, "listen", config.listen));
  if (auto address = parse_listen(listen); !address) {
    return reader.refuse(*table.get("listen"), address.error().message());
  }
  config.listen = std::move(listen);
  SLUICE_TRY(directory, reader.text_or(table, "data_dir", config.data_directory));
  config.data_directory = std::move(directory);
  SLUICE_TRY(region, reader.text_or(table, "region", ""));
  if (table.contains("region") && !is_region(region)) {
    return reader.refuse(*table.get("region"),
                         "a region has the characters a-z 0-9 -, such as \"us-east-1\"");
  }
  config.region = std::move(region);
  SLUICE_TRY(account, reader.text_or(table, "account", config.account));
  if (account.size() != 12 || account.find_first_not_of("0123456789") != std::string::npos) {
    return reader.refuse(*table.get("account"), "account must be twelve digits in quotes");
  }
  config.account = std::move(account);
  SLUICE_TRY(on_stop, reader.text_or(table, "on_stop", "drain"));
  if (on_stop != "drain" && on_stop != "leave") {
    return reader.refuse(*table.get("on_stop"), "on_stop must be \"drain\" or \"leave\"");
  }
  config.on_stop = on_stop == "drain" ? OnStop::drain : OnStop::leave;
  SLUICE_TRY(timeout, reader.integer(table, "drain_timeout_s", 1, 86'400));
  config.drain_timeout = std::chrono::seconds(timeout.value_or(config.drain_timeout.count()));
  SLUICE_TRY(floor,
             reader.bytes_of_mb(table, "free_space_floor_mb", config.free_space_floor_bytes));
  config.free_space_floor_bytes = floor;
  SLUICE_TRY(data_max, reader.bytes_of_mb(table, "data_max_mb", config.data_bytes_max));
  config.data_bytes_max = data_max;
  SLUICE_TRY(space, read_space(reader, table, "stream_max_mb", config.stream_space));
  config.stream_space = space;
  SLUICE_TRY(limits, reader.text_or(table, "limits", "none"));
  if (limits != "none" && limits != "aws") {
    return reader.refuse(*table.get("limits"), "limits must be \"none\" or \"aws\"");
  }
  config.limits = limits == "aws" ? Limits::aws : Limits::none;
  SLUICE_TRY(memory, reader.bytes_of_mb(table, "memory_limit_mb", config.memory_limit_bytes));
  if (memory != 0 && memory < memory_limit_min) {
    return reader.refuse(
        *table.get("memory_limit_mb"),
        fmt::format("memory_limit_mb must be 0 (none) or at least {}", memory_limit_min >> 20));
  }
  config.memory_limit_bytes = memory;
  SLUICE_TRY(window, read_replay_window(reader, table));
  config.replay_window = window;
  SLUICE_TRY(key_file, reader.text_or(table, "encryption_key_file", ""));
  config.encryption_key_file = std::move(key_file);
  return read_origins(reader, table, config);
}

Result<TlsSetting> read_tls(const Reader& reader, const toml::table& table) {
  SLUICE_TRY_DO(reader.check_keys(table, "[tls]", {"certificate", "key", "required"}));
  SLUICE_TRY(certificate, reader.text(table, "certificate", "[tls]"));
  SLUICE_TRY(key, reader.text(table, "key", "[tls]"));
  SLUICE_TRY(required, reader.flag(table, "required"));
  return TlsSetting{std::move(certificate), std::move(key), required};
}

Result<aws::Credentials> read_credentials(const Reader& reader, const toml::table& table) {
  SLUICE_TRY_DO(
      reader.check_keys(table, "[[credentials]]", {"access_key_id", "secret_access_key"}));
  SLUICE_TRY(id, reader.text(table, "access_key_id", "[[credentials]]"));
  SLUICE_TRY(secret, reader.text(table, "secret_access_key", "[[credentials]]"));
  return aws::Credentials{std::move(id), std::move(secret), {}};
}

Result<StreamSetting> read_stream(const Reader& reader,
                                  const toml::table& table,
                                  const Config& config) {
  SLUICE_TRY_DO(reader.check_keys(table, "[[stream]]", {"name", "shards", "max_mb", "on_full"}));
  StreamSetting stream;
  SLUICE_TRY(name, reader.text(table, "name", "[[stream]]"));
  if (!stream::is_stream_name(name)) {
    return reader.refuse(*table.get("name"),
                         "a stream's name has 1 to 128 of the characters a-z A-Z 0-9 _ . -");
  }
  stream.name = std::move(name);
  constexpr std::int64_t shards_setting_max = 10'000;
  SLUICE_TRY(shards, reader.integer(table, "shards", 1, shards_setting_max));
  stream.shards = static_cast<std::uint32_t>(shards.value_or(1));
  SLUICE_TRY(space, read_space(reader, table, "max_mb", config.stream_space));
  stream.space = space;
  return stream;
}

Result<TableSetting> read_table(const Reader& reader, const toml::table& table) {
  SLUICE_TRY_DO(reader.check_keys(table, "[[table]]", {"database", "name", "columns"}));
  TableSetting setting;
  SLUICE_TRY(database, reader.text(table, "database", "[[table]]"));
  SLUICE_TRY(name, reader.text(table, "name", "[[table]]"));
  if (const auto folded = catalog::fold_name(database, "database"); !folded) {
    return reader.refuse(*table.get("database"), folded.error().message());
  }
  if (const auto folded = catalog::fold_name(name, "name"); !folded) {
    return reader.refuse(*table.get("name"), folded.error().message());
  }
  SLUICE_TRY(columns, reader.text(table, "columns", "[[table]]"));
  if (auto parsed = columnar::parse_columns(columns); !parsed) {
    return reader.refuse(*table.get("columns"), parsed.error().message());
  }
  setting.database = std::move(database);
  setting.name = std::move(name);
  setting.columns = std::move(columns);
  return setting;
}

Result<query::CrawlerDefinition> read_crawler(const Reader& reader,
                                              const toml::table& table,
                                              const Config& config) {
  constexpr std::string_view section = "[[crawler]]";
  SLUICE_TRY_DO(reader.check_keys(table, section, {"name", "database", "path", "table_prefix"}));
  query::CrawlerDefinition crawler;
  SLUICE_TRY(name, reader.text(table, "name", section));
  SLUICE_TRY(database, reader.text(table, "database", section));
  SLUICE_TRY(path, reader.text(table, "path", section));
  SLUICE_TRY(prefix, reader.text_or(table, "table_prefix", ""));
  auto folded = catalog::fold_name(database, "database");
  if (!folded) {
    return reader.refuse(*table.get("database"), folded.error().message());
  }
  auto target = query::crawl_target(std::move(path));
  if (!target) {
    return reader.refuse(*table.get("path"), target.error().message());
  }
  crawler.name = std::move(name);
  crawler.role = fmt::format("arn:aws:iam::{}:role/sluice", config.account);
  crawler.database = *std::move(folded);
  crawler.table_prefix = std::move(prefix);
  crawler.targets.push_back(*std::move(target));
  if (auto checked = query::check_crawler(crawler); !checked) {
    return reader.refuse(table, checked.error().message());
  }
  return crawler;
}

delivery::SchemaReference schema_reference(const Config& config) {
  return {.role_arn = fmt::format("arn:aws:iam::{}:role/sluice", config.account),
          .catalog_id = config.account,
          .database = {},
          .table = {},
          .region = config.delivery_account().region,
          .version_id = "LATEST"};
}

Result<void> read_if_given(const Reader& reader,
                           const toml::table& table,
                           std::string_view key,
                           std::optional<std::string>& out) {
  if (table.contains(key)) {
    SLUICE_TRY(value, reader.text_or(table, key, ""));
    out = std::move(value);
  }
  return {};
}

// The members that a destination and a backup have.
Result<void> read_destination(const Reader& reader,
                              const toml::table& table,
                              std::string_view section,
                              delivery::S3Destination& s3) {
  SLUICE_TRY(bucket, reader.text(table, "bucket", section));
  s3.bucket_arn = "arn:aws:s3:::" + bucket;
  SLUICE_TRY_DO(read_if_given(reader, table, "prefix", s3.prefix));
  SLUICE_TRY_DO(read_if_given(reader, table, "error_output_prefix", s3.error_output_prefix));
  SLUICE_TRY(size, reader.integer(table, "buffer_size_mb", 1, delivery::buffer_size_mib_max));
  SLUICE_TRY(interval,
             reader.integer(table, "buffer_interval_s", 0, delivery::buffer_interval_s_max));
  if (size.has_value() != interval.has_value()) {
    return reader.refuse(table,
                         "buffer_size_mb and buffer_interval_s go together: give both or neither");
  }
  if (size) {
    s3.buffer_size_mib = static_cast<std::int32_t>(*size);
    s3.buffer_interval_s = static_cast<std::int32_t>(*interval);
  }
  s3.error_output_prefix = delivery::with_console_default(s3.prefix, s3.error_output_prefix);
  SLUICE_TRY(compression, reader.text_or(table, "compression", s3.compression_format));
  s3.compression_format = std::move(compression);
  return {};
}

Result<std::optional<delivery::Backup>> read_backup(const Reader& reader,
                                                    const toml::table& table,
                                                    const std::string& role) {
  SLUICE_TRY(given, reader.table(table, "backup"));
  if (given == nullptr) {
    return std::nullopt;
  }
  constexpr std::string_view section = "[delivery_stream.backup]";
  SLUICE_TRY_DO(reader.check_keys(*given,
                                  section,
                                  {"bucket",
                                   "prefix",
                                   "error_output_prefix",
                                   "buffer_size_mb",
                                   "buffer_interval_s",
                                   "compression"}));
  delivery::Backup backup;
  backup.s3.role_arn = role;
  SLUICE_TRY_DO(read_destination(reader, *given, section, backup.s3));
  return backup;
}

Result<std::vector<delivery::Tag>> read_tags(const Reader& reader, const toml::table& table) {
  std::vector<delivery::Tag> tags;
  SLUICE_TRY(given, reader.table(table, "tags"));
  for (const auto& [key, value] : given == nullptr ? toml::table() : *given) {
    SLUICE_TRY(text, reader.text_or(*given, key.str(), {}));
    tags.push_back({std::string(key.str()), std::move(text)});
  }
  return tags;
}

Result<delivery::DeliveryStream> read_delivery_stream(const Reader& reader,
                                                      const toml::table& table,
                                                      const Config& config) {
  constexpr std::string_view section = "[[delivery_stream]]";
  SLUICE_TRY_DO(reader.check_keys(table,
                                  section,
                                  {"name",
                                   "source",
                                   "bucket",
                                   "prefix",
                                   "error_output_prefix",
                                   "buffer_size_mb",
                                   "buffer_interval_s",
                                   "compression",
                                   "time_zone",
                                   "file_extension",
                                   "input_format",
                                   "output_format",
                                   "table",
                                   "conversion",
                                   "object_name",
                                   "processing",
                                   "tags",
                                   "backup"}));
  const delivery::Account account = config.delivery_account();
  delivery::DeliveryStream stream;
  SLUICE_TRY(name, reader.text(table, "name", section));
  stream.name = std::move(name);
  stream.arn = delivery::delivery_stream_arn(account, stream.name);
  const std::string role = fmt::format("arn:aws:iam::{}:role/sluice", config.account);
  SLUICE_TRY(source, reader.text_or(table, "source", ""));
  if (!source.empty()) {
    stream.source_type = delivery::SourceType::kinesis_stream;
    stream.source_stream_arn = stream_arn(account, source);
    stream.source_role_arn = role;
  }
  stream.s3.role_arn = role;
  SLUICE_TRY_DO(read_destination(reader, table, section, stream.s3));
  SLUICE_TRY_DO(read_if_given(reader, table, "time_zone", stream.s3.custom_time_zone));
  SLUICE_TRY_DO(read_if_given(reader, table, "file_extension", stream.s3.file_extension));
  SLUICE_TRY_DO(read_processing(reader, table, stream.s3));
  SLUICE_TRY(backup, read_backup(reader, table, role));
  stream.backup = std::move(backup);
  SLUICE_TRY(conversion, read_conversion(reader, table, schema_reference(config)));
  stream.s3.conversion = std::move(conversion);
  SLUICE_TRY(tags, read_tags(reader, table));
  stream.tags = std::move(tags);
  SLUICE_TRY(object_name, reader.text_or(table, "object_name", "firehose"));
  if (object_name != "firehose" && object_name != "part") {
    return reader.refuse(*table.get("object_name"), "object_name must be \"firehose\" or \"part\"");
  }
  if (object_name == "part") {
    stream.tags.push_back({"sluice:object-name", "part"});
  }
  if (const auto named = delivery::object_name_of(stream.tags)) {
    stream.object_name = *named;
  }
  if (auto valid = delivery::validate(stream); !valid) {
    return reader.refuse(
        table, fmt::format("delivery stream {}: {}", stream.name, valid.error().message()));
  }
  return stream;
}

// `name_of` says what must be different in each.
template <class Setting, class Read, class NameOf>
Result<void> read_all(const Reader& reader,
                      const toml::table& root,
                      std::string_view key,
                      std::vector<Setting>& out,
                      const Read& read,
                      const NameOf& name_of) {
  SLUICE_TRY(tables, reader.tables(root, key));
  std::map<std::string, std::string> places;
  for (const toml::table* table : tables) {
    SLUICE_TRY(setting, read(*table));
    const auto [known, is_new] = places.emplace(name_of(setting), reader.place_of(*table));
    if (!is_new) {
      return reader.refuse(*table,
                           fmt::format("there is a [[{}]] {} already, at {}; remove one of them",
                                       key,
                                       known->first,
                                       known->second));
    }
    out.push_back(std::move(setting));
  }
  return {};
}

Result<BucketSetting> read_bucket(const Reader& reader, const toml::table& table) {
  SLUICE_TRY_DO(reader.check_keys(table, "[[bucket]]", {"name"}));
  SLUICE_TRY(name, reader.text(table, "name", "[[bucket]]"));
  if (const auto valid = s3::check_bucket_name(name); !valid) {
    return reader.refuse(*table.get("name"),
                         fmt::format("bucket \"{}\": {}", name, valid.error().message()));
  }
  return BucketSetting{std::move(name)};
}

// A bucket is here or there.
Result<void> check_places(const Reader& reader, const toml::table& root, const Config& config) {
  for (std::size_t at = 0; at < config.buckets.size(); ++at) {
    const std::string& bucket = config.buckets[at].name;
    if (const S3Setting* setting = setting_of(config.s3, bucket)) {
      return reader.refuse((*root["bucket"].as_array())[at],
                           fmt::format("bucket \"{}\" is one of the [[s3]] at {}, and so not kept "
                                       "here; remove it from one of them",
                                       bucket,
                                       setting->place));
    }
  }
  return {};
}

Result<LambdaSetting> read_lambda(const Reader& reader, const toml::table& table) {
  constexpr std::int64_t timeout_s_max = 900;
  SLUICE_TRY_DO(reader.check_keys(table, "[[lambda]]", {"arn", "endpoint", "timeout_s"}));
  LambdaSetting setting;
  SLUICE_TRY(arn, reader.text(table, "arn", "[[lambda]]"));
  if (!delivery::lambda_name_of(arn)) {
    return reader.refuse(*table.get("arn"),
                         fmt::format("arn \"{}\" is no ARN of a Lambda function; write "
                                     "\"arn:aws:lambda:REGION:ACCOUNT:function:NAME\"",
                                     arn));
  }
  SLUICE_TRY(endpoint, reader.text(table, "endpoint", "[[lambda]]"));
  while (endpoint.ends_with('/')) {
    endpoint.pop_back();
  }
  const bool is_url = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!is_url || endpoint.find_first_of(" ?#") != std::string::npos) {
    return reader.refuse(*table.get("endpoint"),
                         fmt::format("endpoint \"{}\" is no address of a service; write "
                                     "\"http://HOST:PORT\"",
                                     endpoint));
  }
  SLUICE_TRY(timeout, reader.integer(table, "timeout_s", 1, timeout_s_max));
  setting.arn = std::move(arn);
  setting.endpoint = std::move(endpoint);
  setting.timeout = std::chrono::seconds(timeout.value_or(setting.timeout.count()));
  return setting;
}

Result<WebhookSetting> read_local_webhook(const Reader& reader,
                                          const toml::table& table,
                                          const Config& config) {
  SLUICE_TRY(setting, read_webhook(reader, table));
  if (const S3Setting* remote = setting_of(config.s3, setting.bucket)) {
    return reader.refuse(*table.get("bucket"),
                         fmt::format("bucket \"{}\" is one of the [[s3]] at {}: ask that store to "
                                     "notify you of its objects",
                                     setting.bucket,
                                     remote->place));
  }
  return setting;
}

// What delivery streams, buckets and queries are helped by: tables, functions, webhooks, crawlers.
Result<void> read_helpers(const Reader& reader, const toml::table& root, Config& config) {
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "table",
      config.tables,
      [&](const toml::table& table) { return read_table(reader, table); },
      [](const TableSetting& one) {
        return *catalog::fold_name(one.database, "database") + "." +
               *catalog::fold_name(one.name, "name");
      }));
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "lambda",
      config.lambdas,
      [&](const toml::table& table) { return read_lambda(reader, table); },
      [](const LambdaSetting& one) { return one.arn; }));
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "webhook",
      config.webhooks,
      [&](const toml::table& table) { return read_local_webhook(reader, table, config); },
      [](const WebhookSetting& one) { return one.name; }));
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "crawler",
      config.crawlers,
      [&](const toml::table& table) { return read_crawler(reader, table, config); },
      [](const query::CrawlerDefinition& one) { return one.name; }));
  return {};
}

Result<Config> read_root(const Reader& reader, const toml::table& root) {
  SLUICE_TRY_DO(reader.check_keys(root,
                                  "the file",
                                  {"server",
                                   "tls",
                                   "credentials",
                                   "bucket",
                                   "s3",
                                   "stream",
                                   "table",
                                   "lambda",
                                   "webhook",
                                   "crawler",
                                   "delivery_stream"}));
  Config config;
  SLUICE_TRY(server, reader.table(root, "server"));
  if (server != nullptr) {
    SLUICE_TRY_DO(read_server(reader, *server, config));
  }
  SLUICE_TRY(tls, reader.table(root, "tls"));
  if (tls != nullptr) {
    SLUICE_TRY(setting, read_tls(reader, *tls));
    config.tls = std::move(setting);
  }
  const auto name_of = [](const auto& setting) { return setting.name; };
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "credentials",
      config.credentials,
      [&](const toml::table& table) { return read_credentials(reader, table); },
      [](const aws::Credentials& one) { return one.access_key_id; }));
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "bucket",
      config.buckets,
      [&](const toml::table& table) { return read_bucket(reader, table); },
      name_of));
  SLUICE_TRY(remote, read_s3_settings(reader, root, config.region));
  config.s3 = std::move(remote);
  SLUICE_TRY_DO(check_places(reader, root, config));
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "stream",
      config.streams,
      [&](const toml::table& table) { return read_stream(reader, table, config); },
      name_of));
  SLUICE_TRY_DO(read_helpers(reader, root, config));
  SLUICE_TRY_DO(read_all(
      reader,
      root,
      "delivery_stream",
      config.delivery_streams,
      [&](const toml::table& table) -> Result<delivery::DeliveryStream> {
        SLUICE_TRY(stream, read_delivery_stream(reader, table, config));
        config.delivery_stream_places[stream.name] = reader.place_of(table);
        return stream;
      },
      name_of));
  return config;
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& name) {
  try {
    const toml::table root = toml::parse(text, name);
    return read_root(Reader(name), root);
  } catch (const toml::parse_error& error) {
    return fail(
        Fault::invalid,
        fmt::format(
            "{}:{}: not valid TOML: {}", name, error.source().begin.line, error.description()));
  }
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::string_view port_text =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, fault] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    host = {};
  }
  if (host.empty() || port_text.empty() || fault != std::errc() ||
      end != port_text.data() + port_text.size()) {
    return fail(Fault::invalid,
                fmt::format("'{}' is no address to listen on; write HOST:PORT, such as "
                            "127.0.0.1:4566 or [::1]:4566",
                            text));
  }
  return ListenAddress{std::string(host), port};
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") {
    return true;
  }
  if (!host.starts_with("127.")) {
    return false;
  }
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace sluice::server
