#include "server/config_webhook.h"

#include "s3/bucket_name.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::server {

Result<WebhookSetting> read_webhook(const ConfigReader& reader, const toml::table& table) {
  constexpr std::string_view section = "[[webhook]]";
  constexpr std::size_t name_size_max = 64;
  constexpr std::int64_t timeout_s_max = 300;
  constexpr std::int64_t keep_s_min = 60;
  constexpr std::int64_t keep_s_max = 31'536'000;
  SLUICE_TRY_DO(reader.check_keys(
      table,
      section,
      {"name", "url", "bucket", "prefix", "suffix", "secret_file", "timeout_s", "keep_s"}));
  WebhookSetting setting;
  SLUICE_TRY(name, reader.text(table, "name", section));
  const bool is_plain = name.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789-_") == std::string::npos;
  if (!is_plain || name.size() > name_size_max) {
    return reader.refuse(
        *table.get("name"),
        fmt::format("a webhook's name has up to {} letters, digits, - and _", name_size_max));
  }
  SLUICE_TRY(url, reader.text(table, "url", section));
  const bool is_url = url.starts_with("http://") || url.starts_with("https://");
  if (!is_url || url.find_first_of(" #\r\n\t") != std::string::npos) {
    return reader.refuse(*table.get("url"),
                         fmt::format("url \"{}\" is no address of a service; write "
                                     "\"http://HOST:PORT/PATH\"",
                                     url));
  }
  SLUICE_TRY(bucket, reader.text_or(table, "bucket", ""));
  if (const auto valid = s3::check_bucket_name(bucket); !bucket.empty() && !valid) {
    return reader.refuse(*table.get("bucket"),
                         fmt::format("bucket \"{}\": {}", bucket, valid.error().message()));
  }
  SLUICE_TRY(prefix, reader.text_or(table, "prefix", ""));
  SLUICE_TRY(suffix, reader.text_or(table, "suffix", ""));
  SLUICE_TRY(secret_file, reader.text_or(table, "secret_file", ""));
  SLUICE_TRY(timeout, reader.integer(table, "timeout_s", 1, timeout_s_max));
  SLUICE_TRY(keep, reader.integer(table, "keep_s", keep_s_min, keep_s_max));
  setting.name = std::move(name);
  setting.url = std::move(url);
  setting.bucket = std::move(bucket);
  setting.prefix = std::move(prefix);
  setting.suffix = std::move(suffix);
  setting.secret_file = std::move(secret_file);
  setting.timeout = std::chrono::seconds(timeout.value_or(setting.timeout.count()));
  setting.keep = std::chrono::seconds(keep.value_or(setting.keep.count()));
  return setting;
}

}  // namespace sluice::server
